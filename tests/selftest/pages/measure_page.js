// Measures the frames of a page from outside: the page itself holds no script.
addEventListener("load", () => {
  const channel = (text) => text.match(/[\d.]+/g).map(Number);
  const linear = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = channel(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const look = (frame) => {
    const page = frame.contentDocument, low = [];
    const folded = [...page.querySelectorAll("details:not([open])")];
    const hidden = folded.filter((it) => it.lastElementChild.checkVisibility({contentVisibilityAuto: true}));
    folded.forEach((it) => { it.open = true; });
    const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
    let texts = 0;
    while (walker.nextNode()) {
      const node = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
      if (!text) continue;
      texts += 1;
      const style = getComputedStyle(node);
      const ink = light(channel(node.ownerSVGElement ? style.fill : style.color));
      const ground = light(behind(node));
      const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
      if (ratio < 4.5) low.push([ratio, text.slice(0, 40)]);
    }
    const wide = [...page.body.querySelectorAll("*")].filter((it) => !it.closest("svg, .skip, thead") && it.getBoundingClientRect().right > frame.clientWidth + 1);
    return {
      texts, low, folded: folded.length, unhidden: hidden.length,
      wide: wide.slice(0, 5).map((it) => it.outerHTML.slice(0, 120)),
      overflow: page.documentElement.scrollWidth - page.documentElement.clientWidth,
      verdict: page.querySelector(".verdict").getBoundingClientRect().top,
    };
  };
  const found = [...document.querySelectorAll("iframe")].map(look);
  document.body.innerHTML = "<pre>" + JSON.stringify(found).replaceAll("&", "&amp;").replaceAll("<", "&lt;") + "</pre>";
});
