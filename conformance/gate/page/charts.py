"""Charts as inline SVG, each with its data as rows for those who cannot see it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from conformance.model.text import cut

WIDTH = 360
"""The width in units; small, so that text stays readable on a phone."""
_LEFT, _RIGHT, _ROW, _HEAD = 124, 46, 22, 8
_PLOT = WIDTH - _LEFT - _RIGHT
_LABEL = 21
"""The characters that fit left of the plot."""
_WHOLE = 100
"""The smallest number that needs no decimals."""


@dataclass(frozen=True)
class Chart:
    """A picture, and the same as a table."""

    title: str
    unit: str
    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Bar:
    """A measured value that lies between two bounds, with its limit."""

    label: str
    low: float
    high: float
    limit: float | None = None


@dataclass(frozen=True)
class Span:
    """A phase, from its start to its end."""

    label: str
    start: float
    end: float


@dataclass(frozen=True)
class Line:
    """A series over time."""

    label: str
    points: tuple[tuple[float, float], ...]


def bars(title: str, unit: str, values: Sequence[Bar]) -> Chart:
    """Draw horizontal bars with their limits as upright strokes."""
    top = _nice(max(max(bar.high, bar.limit or 0) for bar in values))
    parts = [_grid(top, len(values), unit)]
    for row, bar in enumerate(values):
        y = _HEAD + row * _ROW
        over = bar.limit is not None and bar.high > bar.limit
        parts.append(_label(bar.label, y))
        parts.append(_rect((0, bar.low, top), y, "bar over" if over else "bar"))
        if bar.high > bar.low:
            parts.append(_rect((bar.low, bar.high, top), y, "span"))
        parts.append(_text(_x(bar.high, top) + 4, y + 13, number(bar.high)))
        if bar.limit is not None:
            x = _x(bar.limit, top)
            parts.append(_stroke((x, y - 2, x, y + _ROW - 4), "limit"))
    rows = tuple(
        (bar.label, number(bar.low), number(bar.high), number(bar.limit))
        for bar in values
    )
    columns = ("", f"at least ({unit})", f"at most ({unit})", f"limit ({unit})")
    return _chart(title, unit, parts, len(values), (columns, rows))


def ticks(title: str, unit: str, moments: Sequence[Line]) -> Chart:
    """Draw moments on one axis for each label; `y` of a point is not shown."""
    ends = [x for line in moments for x, _ in line.points]
    low, high = min([*ends, 0]), max([*ends, 0])
    parts = [_grid(high - low, len(moments), unit, low)]
    for row, line in enumerate(moments):
        y = _HEAD + row * _ROW
        parts.append(_label(line.label, y))
        for x, _ in line.points:
            at = _x(x - low, high - low)
            parts.append(_stroke((at, y + 2, at, y + _ROW - 6), "tick"))
    rows = tuple(
        (line.label, ", ".join(number(x) for x, _ in line.points)) for line in moments
    )
    return _chart(title, unit, parts, len(moments), (("", unit), rows))


def timeline(
    title: str, unit: str, rows: Sequence[tuple[str, Sequence[Span]]]
) -> Chart:
    """Draw the phases of each row one after another, alike in all rows."""
    top = _nice(max(span.end for _, spans in rows for span in spans))
    names = list(dict.fromkeys(span.label for _, spans in rows for span in spans))
    parts = [_grid(top, len(rows), unit)]
    for row, (label, spans) in enumerate(rows):
        y = _HEAD + row * _ROW
        parts.append(_label(label, y))
        for span in spans:
            kind = f"phase{names.index(span.label)}"
            parts.append(_rect((span.start, span.end, top), y, kind))
        end = max(span.end for span in spans)
        parts.append(_text(_x(end, top) + 4, y + 13, number(end)))
    bottom = _HEAD + len(rows) * _ROW + 18
    for n, name in enumerate(names):
        y = bottom + n * _ROW
        parts.append(_rect((0, top / 10, top), y, f"phase{n}"))
        parts.append(_label(name, y))
    table = tuple(
        (label, *(_took(spans, name) for name in names), number(spans[-1].end))
        for label, spans in rows
    )
    columns = ("", *(f"{name} ({unit})" for name in names), f"in all ({unit})")
    svg = _svg(title, parts, bottom + len(names) * _ROW)
    return Chart(title, unit, svg, columns, table)


def _took(spans: Sequence[Span], name: str) -> str:
    lengths = [span.end - span.start for span in spans if span.label == name]
    return number(lengths[0] if lengths else None)


_HEIGHT, _SHOWN = 120, 40


def lines(title: str, unit: str, series: Sequence[Line], limit: float | None) -> Chart:
    """Draw series over seconds, each in a pattern of its own."""
    ends = [x for line in series for x, _ in line.points]
    highest = max([y for line in series for _, y in line.points] + [limit or 0])
    top, last = _nice(highest), max([*ends, 1])
    parts = [_text(4, _HEAD + 6, f"{number(top)} {unit}"), _frame(last)]
    for n, line in enumerate(series):
        points = " ".join(
            f"{40 + x / last * (WIDTH - 56):.1f},{_HEAD + _HEIGHT * (1 - y / top):.1f}"
            for x, y in line.points
        )
        parts.append(f'<polyline class="line line{n % 3}" points="{points}"/>')
        parts.append(_legend(n, line.label))
    if limit is not None:
        y = _HEAD + _HEIGHT * (1 - limit / top)
        parts.append(_stroke((40, y, WIDTH - 16, y), "limit"))
    rows = tuple(
        (line.label, number(x), number(y))
        for line in series
        for x, y in _thinned(line.points)
    )
    table = (("", "second", unit), rows)
    height = _HEAD + _HEIGHT + 22 + 14 * len(series)
    return Chart(title, unit, _svg(title, parts, height), *table)


def number(value: float | None) -> str:
    """Write a number with as many digits as a reader needs; `none` for None."""
    if value is None:
        return "none"
    if math.isinf(value):
        return "never"
    if value == int(value) or abs(value) >= _WHOLE:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _thinned(points: Sequence[tuple[float, float]]) -> Iterable[tuple[float, float]]:
    return points[:: max(1, len(points) // _SHOWN)]


def _chart(
    title: str,
    unit: str,
    parts: list[str],
    height: int,
    table: tuple[tuple[str, ...], tuple[tuple[str, ...], ...]],
) -> Chart:
    svg = _svg(title, parts, _HEAD + height * _ROW + 18)
    return Chart(title, unit, svg, *table)


def _svg(title: str, parts: list[str], height: float) -> Markup:
    inner = "".join(parts)
    return Markup(  # noqa: S704 -- every text in it is escaped where it is made
        f'<svg role="img" viewBox="0 0 {WIDTH} {height:g}" '
        f'aria-label="{escape(title)}">{inner}</svg>'
    )


def _nice(value: float) -> float:
    """Return the next round number, as the end of an axis."""
    if value <= 0 or math.isinf(value):
        return 1
    step = math.pow(10, math.floor(math.log10(value)))
    return next(step * n for n in (1, 2, 5, 10) if value <= step * n)


def _x(value: float, top: float) -> float:
    return _LEFT + min(max(value / top if top else 0, 0), 1) * _PLOT


def _grid(top: float, rows: int, unit: str, low: float = 0) -> str:
    """Draw three upright lines with their values below."""
    bottom = _HEAD + rows * _ROW
    parts = []
    for share in (0, 0.5, 1):
        x = _LEFT + share * _PLOT
        parts.append(_stroke((x, 2, x, bottom), "grid"))
        value = number(low + share * top)
        parts.append(
            _text(x, bottom + 13, f"{value} {unit}" if share == 1 else value, "middle")
        )
    return "".join(parts)


def _frame(last: float) -> str:
    bottom = _HEAD + _HEIGHT
    return (
        _stroke((40, _HEAD, 40, bottom), "grid")
        + _stroke((40, bottom, WIDTH - 16, bottom), "grid")
        + _text(WIDTH - 16, bottom + 13, f"{number(last)} s", "end")
        + _text(40, bottom + 13, "0")
    )


def _legend(n: int, label: str) -> str:
    y = _HEAD + _HEIGHT + 28 + 14 * n
    sample = f'<polyline class="line line{n % 3}" points="40,{y} 64,{y}"/>'
    return sample + _text(70, y + 4, label)


def _label(text: str, y: float) -> str:
    return _text(_LEFT - 6, y + 13, cut(text, _LABEL), "end")


def _rect(extent: tuple[float, float, float], y: float, kind: str) -> str:
    start, end, top = extent
    x = _x(start, top)
    width = max(_x(end, top) - x, 1)
    place = f'x="{x:.1f}" y="{y + 3}" width="{width:.1f}" height="13"'
    return f'<rect class="{kind}" {place}/>'


def _stroke(ends: tuple[float, float, float, float], kind: str) -> str:
    x1, y1, x2, y2 = ends
    place = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line class="{kind}" {place}/>'


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
