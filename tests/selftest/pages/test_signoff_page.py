import html
import json
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from operator import attrgetter
from pathlib import Path

import pytest

from conformance.config.promotion_plan import load_plan
from conformance.gate.decision import Gate, judge
from conformance.gate.expected_tests import expected_tests
from conformance.gate.page.signoff_page import signoff_page
from conformance.gate.previous_signoff import NOT_NAMED
from conformance.gate.sealed_run import SealedRun
from conformance.model.finding import Finding, Observation, Outcome
from conformance.run.inputs import load_inputs
from tests.selftest.optional_tools import needed
from tests.selftest.own_contract import SCHEMAS, own_environment

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
FOLDED = "folded-until-somebody-asks"
WHY = "it shows what people see of the page (apt-get install chromium poppler-utils)"
MEASURES = {
    "index_delay_ms": [12.5, 40.0, 980.0],
    "latency_percentiles_ms": {"GetItem": {"p50": [4.1, 10], "p99": [31.0, 30]}},
    "over_time": {
        "title": "Throughput",
        "unit": "/s",
        "limit": 1000,
        "series": {"writes": [[0, 10], [1, 990]], "reads": [[0, 50], [1, 4900]]},
    },
    "rates_per_s": {"writes": {"offered": 1000, "achieved": 970}},
    "phases_s": [["request", 0, 2], ["restoring", 2, 1300], ["verified", 1300, 1390]],
    "timeline": ["2026-01-01T00:00:00+00:00", "2026-01-01T01:00:00+00:00"],
    **{f"{p}_lag_{b}_ms": 310 for p in ("p50", "p95") for b in ("lower", "upper")},
}
NOTHING_TO_DRAW = {
    "index_delay_ms": [],
    "latency_percentiles_ms": {"GetItem": {}},
    "over_time": MEASURES["over_time"] | {"series": {"writes": []}},
    "rates_per_s": {},
    "phases_s": [],
    "timeline": [],
}


def finding(criterion, test, **changes):
    """A check that holds, resting on one request."""
    observation = Observation(
        id="main-1",
        service="dynamodb",
        operation="DescribeTable",
        region="eu-west-1",
        parameters={"TableName": "orders-local"},
        status=200,
        request_id="REQUEST0123456789" * 3,
        error="",
        time="2026-01-01T02:00:00.000Z",
        duration_ms=3.0,
    )
    values = {
        "subject": "orders/OrdersByCustomer",
        "region": "eu-west-1",
        "outcome": Outcome.PASS,
        "reason": "",
        "observed": "ACTIVE",
        "declared": "ACTIVE",
        "requirement": "It MUST be.",
        "observations": (observation,),
    }
    return Finding(criterion=criterion, test=test, **values | changes)


def findings(expected, measures):
    """A run in which everything is measured, and every outcome occurs."""
    odd = {
        "TBL-1": {"outcome": Outcome.FAIL, "observed": HOSTILE, "subject": HOSTILE},
        "TBL-2": {"outcome": Outcome.ERROR, "reason": HOSTILE * 20},
        "TBL-5": {"outcome": Outcome.NOT_ASSESSED, "reason": HOSTILE},
        "TBL-6": {"outcome": Outcome.NOT_APPLICABLE, "reason": "no TTL"},
        "PIT-1": {"observed": FOLDED, "declared": FOLDED},
        "QRY-1": {"observed": "x" * 2000, "requirement": HOSTILE},
    }
    for criterion, tests in expected.items():
        for test in sorted(tests, key=attrgetter("id")):
            yield finding(
                criterion, test.id, numbers=measures, **odd.get(criterion, {})
            ).as_json()


def made(measures):
    """The page of a gate on a local target, with whatever can be on a page."""
    environment = own_environment("local")
    inputs = replace(load_inputs(environment, SCHEMAS), waivers=(), attestations=())
    expected = expected_tests(inputs)
    now = datetime.now(UTC)
    summary = {
        "schema": 1,
        "environment": {
            "name": "local",
            "judged_as": "sit",
            "account": environment.account,
            "regions": ["eu-west-1"],
            "endpoint": "http://127.0.0.1:4566",
            "is_aws": False,
            "caller": HOSTILE,
        },
        "contract_sha256": inputs.declared.sha256,
        "version": "0",
        "commit": "c" * 40,
        "dirty": True,
        "complete": True,
        "started": now.isoformat(),
        "ended": now.isoformat(),
        "remarks": [HOSTILE],
        "findings": list(findings(expected, measures)),
    }
    run = SealedRun(environment.source.parent / HOSTILE, summary, "a" * 64, ())
    damaged = replace(run, folder=run.folder / "other", integrity_errors=(HOSTILE,))
    gate = Gate("sit", inputs, expected, sit=NOT_NAMED, now=now)
    before = {
        "made": "2026-01-01T00:00:00+00:00",
        "verdict": "NO-GO",
        "criteria": {"TBL-1": {"outcome": "PASS"}},
    }
    promotion_plan = load_plan(inputs.catalogue, inputs.declared)
    return signoff_page(judge(gate, [run, damaged]), promotion_plan, before)


@pytest.fixture(scope="module")
def page():
    """The page of a run in which everything was measured."""
    return made(MEASURES)


class Elements(HTMLParser):
    """Every element of a page, with its attributes."""

    def __init__(self, text):
        """Read the page."""
        super().__init__()
        self.all = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Keep it."""
        self.all.append((tag, dict(attrs)))

    def tagged(self, *tags):
        """The attributes of all elements with one of these tags."""
        return [attributes for tag, attributes in self.all if tag in tags]


@pytest.fixture(scope="module")
def elements(page):
    """The page's elements."""
    return Elements(page)


def test_hostile_text_stays_text(elements, page):
    """Ids, AWS's strings and people's words are shown, and never run."""
    assert html.escape("<script>alert(1)</script>") in page
    assert elements.tagged("script", "img", "iframe", "object", "link", "form") == []
    names = [name for _, attributes in elements.all for name in attributes]
    handlers = [name for name in names if name.startswith("on")]
    assert handlers == []


def test_nothing_is_loaded_from_elsewhere(elements, page):
    """The page forbids every request, and makes none."""
    metas = elements.tagged("meta")
    policy = [meta["content"] for meta in metas if "http-equiv" in meta]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert {link["href"][0] for link in elements.tagged("a")} == {"#"}
    assert "url(" not in page
    assert "@import" not in page


def test_links_resolve(elements):
    """Every link leads to one place of this page."""
    ids = [attributes["id"] for _, attributes in elements.all if "id" in attributes]
    targets = {link["href"].removeprefix("#") for link in elements.tagged("a")}
    assert len(ids) == len(set(ids))
    assert targets - set(ids) == set()


def test_a_screen_reader_finds_its_way(elements):
    """Language, headings in order, scopes of headers, names of pictures."""
    levels = [int(tag[1]) for tag, _ in elements.all if re.fullmatch("h[1-6]", tag)]
    assert elements.tagged("html") == [{"lang": "en"}]
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert all(header["scope"] in ("col", "row") for header in elements.tagged("th"))
    assert all(picture["aria-label"] for picture in elements.tagged("svg"))


def test_every_chart_has_its_numbers(page):
    """Who cannot see a picture reads the same as a table."""
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    titles = " ".join(figures)
    assert all(figure.count("<table>") == 1 for figure in figures)
    for title in ("Index delay", "Recovery points", "Latency", "Throughput", "Offered"):
        assert title in titles
    assert "Restores from" in titles


def test_a_run_that_measured_nothing_has_a_page():
    """Percentiles of too few samples are withheld: then there is no chart of them."""
    assert "<figure" not in made(NOTHING_TO_DRAW)


def test_changes_since_the_previous_signoff_are_shown(page):
    """A criterion that passed when it was signed last says so."""
    row = re.search(r'<tr id="TBL-1">.*?</tr>', page, re.DOTALL)[0]
    assert "was PASS" in row


SCRIPT = (Path(__file__).parent / "measure_page.js").read_text(encoding="utf-8")


def browser(tmp_path, *arguments):
    """Run Chromium without a window."""
    chromium = needed("chromium", WHY)
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-sync")
    quiet = ("--no-first-run", "--disable-background-networking")
    return subprocess.run(
        [chromium, *flags, *quiet, f"--user-data-dir={tmp_path}/profile", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    ).stdout


@pytest.fixture(scope="module")
def seen(page, tmp_path_factory):
    """The measures of the page in a browser, as wide as a desk's and as a phone's."""
    folder = tmp_path_factory.mktemp("seen")
    without_policy = re.sub(r'<meta http-equiv="Content-Security[^>]*>', "", page)
    frames = "".join(
        f'<iframe width="{width}" height="900" style="border:0" '
        f'srcdoc="{html.escape(without_policy)}"></iframe>'
        for width in (1280, 390)
    )
    (folder / "frames.html").write_text(
        f"<!DOCTYPE html><body>{frames}<script>{SCRIPT}</script>", encoding="utf-8"
    )
    dumped = browser(folder, "--dump-dom", (folder / "frames.html").as_uri())
    found = re.search(r"<pre>(.*)</pre>", dumped, re.DOTALL)
    assert found, dumped[-2000:]
    desk, phone = json.loads(html.unescape(found[1]))
    return {"desk": desk, "phone": phone}


@pytest.mark.parametrize("where", ["desk", "phone"])
def test_every_text_has_contrast(seen, where):
    """All texts stand out by 4.5 to 1 at least, folded ones included."""
    assert seen[where]["texts"] > 1000
    assert seen[where]["low"] == []


@pytest.mark.parametrize("where", ["desk", "phone"])
def test_nothing_scrolls_sideways(seen, where):
    """The page fits a desk and a phone of 390 px, however long a word is."""
    assert (seen[where]["overflow"], seen[where]["wide"]) == (0, [])


@pytest.mark.parametrize("where", ["desk", "phone"])
def test_the_verdict_comes_first(seen, where):
    """Who opens the page sees the verdict without scrolling."""
    assert seen[where]["verdict"] < 150


def test_evidence_that_holds_is_folded(seen):
    """What holds is folded by the browser itself."""
    assert seen["desk"]["folded"] > 20
    assert seen["desk"]["unhidden"] == 0


def test_paper_shows_what_the_screen_folds(page, tmp_path):
    """Printing unfolds all evidence, without a script."""
    file, paper = tmp_path / "signoff.html", tmp_path / "signoff.pdf"
    file.write_text(page, encoding="utf-8")
    browser(tmp_path, f"--print-to-pdf={paper}", file.as_uri())
    pdftotext = needed("pdftotext", WHY)
    text = subprocess.run(
        [pdftotext, str(paper), "-"], capture_output=True, encoding="utf-8", check=True
    ).stdout
    assert "NO-GO" in text[:400]
    assert FOLDED in text
    assert "Signature" in text
