"""The charts of what findings have measured, by criterion."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from statistics import median
from typing import Any

from conformance.gate.decision import CriterionResult, GateResult
from conformance.gate.page.charts import (
    Bar,
    Chart,
    Line,
    Span,
    bars,
    lines,
    number,
    ticks,
    timeline,
)
from conformance.model.finding import Finding

_MOST = 24
"""The most rows of a chart: the worst are shown, and the title says of how many."""
_PERCENTILES = ("p50", "p95", "p99", "max")


def finding_charts(result: GateResult, criterion: CriterionResult) -> list[Chart]:
    """Return every chart of a criterion's measurements; none if it has none."""
    draw = _DRAWN.get(criterion.criterion.id, _by_shape)
    measured = [finding for finding in criterion.findings if finding.numbers]
    return list(draw(measured, result.gate.inputs.declared.targets))


def _lag(findings: Iterable[Finding], targets: Mapping[str, float]) -> Iterator[Chart]:
    """Draw each percentile of the lag between its bounds, by table and direction."""
    limit = targets.get("replication_lag_ms")
    values = [
        Bar(f"{finding.subject} {name}", low, high, limit)
        for finding in findings
        for name in _PERCENTILES
        if (low := finding.numbers.get(f"{name}_lag_lower_ms")) is not None
        and (high := finding.numbers.get(f"{name}_lag_upper_ms")) is not None
    ]
    yield from _worst("Replication lag: a write to its first sight", "ms", values)


def _index_delay(
    findings: Iterable[Finding], targets: Mapping[str, float]
) -> Iterator[Chart]:
    """Draw the median of each index delay as a bar, the slowest as its extension."""
    limit = targets.get("index_delay_ms")
    values = [
        Bar(finding.subject.rpartition("/")[2], median(delays), max(delays), limit)
        for finding in findings
        if (delays := finding.numbers.get("index_delay_ms"))
    ]
    title = "Index delay: a write to its sight in the index, median to slowest"
    yield from _worst(title, "ms", values)


def _backups(
    findings: Iterable[Finding], _targets: Mapping[str, float]
) -> Iterator[Chart]:
    """Draw the recovery points of each table, in hours before the check looked."""
    rows: dict[str, Line] = {}
    for finding in findings:
        moments = finding.numbers.get("timeline")
        if moments and finding.observations:
            looked = datetime.fromisoformat(finding.observations[-1].time)
            ages = [datetime.fromisoformat(moment) - looked for moment in moments]
            hours = tuple((age.total_seconds() / 3600, 0.0) for age in ages)
            name = f"{finding.subject} {finding.region}"
            rows[name] = Line(name, hours)
    if rows:
        title = "Recovery points, hours before the check"
        yield ticks(_of(title, len(rows)), "h", list(rows.values())[:_MOST])


def _by_shape(
    findings: Iterable[Finding], _targets: Mapping[str, float]
) -> Iterator[Chart]:
    """Draw each measurement of a drill or a load that has the shape of a chart.

    A run that was cut short, or too small for percentiles, has nothing to draw.
    """
    for finding in findings:
        for name, shape in _SHAPES.items():
            chart = shape(finding.subject, finding.numbers.get(name, ()))
            if chart is not None:
                yield chart


def _percentiles(subject: str, content: Any) -> Chart | None:
    """Draw `{operation: {percentile: [measured, limit or null]}}`."""
    values = [
        Bar(f"{operation} {name}", measured, measured, limit)
        for operation, percentiles in dict(content).items()
        for name, (measured, limit) in percentiles.items()
    ]
    title = f"Latency of {subject} with its limits"
    return bars(title, "ms", values) if values else None


def _series(subject: str, content: Any) -> Chart | None:
    """Draw `{"title", "unit", "limit", "series": {name: [[second, value], …]}}`.

    A series of zeros is not drawn: words say that nothing was throttled.
    """
    series = [
        Line(name, tuple((x, y) for x, y in points))
        for name, points in dict(content).get("series", {}).items()
        if any(y for _, y in points)
    ]
    if not series:
        return None
    title = f"{content['title']} of {subject}"
    return lines(title, content["unit"], series, content.get("limit"))


def _rates(subject: str, content: Any) -> Chart | None:
    """Draw `{operation: {"offered": per second, "achieved": per second}}`."""
    values = [
        Bar(f"{operation} {kind}", rates[kind], rates[kind], rates["offered"])
        for operation, rates in dict(content).items()
        for kind in ("offered", "achieved")
    ]
    title = f"Offered against achieved on {subject}"
    return bars(title, "/s", values) if values else None


def _restores(
    findings: Iterable[Finding], targets: Mapping[str, float]
) -> Iterator[Chart]:
    """Draw all restores under one another, from `[[phase, start, end], …]` of each."""
    rows = [
        (finding.subject, [Span(*phase) for phase in finding.numbers["phases_s"]])
        for finding in findings
        if finding.numbers.get("phases_s")
    ]
    if rows:
        limit = targets.get("restore_rto_s")
        within = f", within {number(limit)} s" if limit is not None else ""
        title = _of(f"Restores from request to repaired{within}", len(rows))
        slowest = sorted(rows, key=lambda row: -row[1][-1].end)[:_MOST]
        yield timeline(title, "s", [row for row in rows if row in slowest])


def _worst(title: str, unit: str, values: list[Bar]) -> Iterator[Chart]:
    if values:
        shown = sorted(values, key=lambda bar: -bar.high)[:_MOST]
        ordered = [bar for bar in values if bar in shown]
        yield bars(_of(title, len(values)), unit, ordered)


def _of(title: str, count: int) -> str:
    return title if count <= _MOST else f"{title} (the worst {_MOST} of {count})"


_Drawn = Callable[[Iterable[Finding], Mapping[str, float]], Iterable[Chart]]
_DRAWN: dict[str, _Drawn] = {
    "REP-3": _lag,
    "REP-4": _lag,
    "QRY-4": _index_delay,
    "BKP-6": _backups,
    "RST-3": _restores,
}
_SHAPES: dict[str, Callable[[str, Any], Chart | None]] = {
    "latency_percentiles_ms": _percentiles,
    "over_time": _series,
    "rates_per_s": _rates,
}
