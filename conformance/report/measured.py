"""Which charts the numbers of findings give, by criterion."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from statistics import median
from typing import Any

from conformance.finding import Finding
from conformance.report.charts import Bar, Chart, Line, Span, bars, lines, phases, ticks
from conformance.signoff.decision import Decided, Decision

_MOST = 24
"""Rows of a chart; the worst are shown, and the title says of how many."""
_PERCENTILES = ("p50", "p95", "p99", "max")


def charts(decision: Decision, decided: Decided) -> list[Chart]:
    """Every chart that the criterion's numbers give; none without numbers."""
    drawn = _DRAWN.get(decided.criterion.id, _by_shape)
    with_numbers = [it for it in decided.findings if it.numbers]
    return list(drawn(with_numbers, decision.gate.declared.targets))


def _lag(findings: Iterable[Finding], targets: Mapping[str, float]) -> Iterator[Chart]:
    """Replication lag: each percentile between its bounds, by table and direction."""
    limit = targets.get("replication_lag_ms")
    values = [
        Bar(f"{it.subject} {name}", low, high, limit)
        for it in findings
        for name in _PERCENTILES
        if (low := it.numbers.get(f"{name}_lag_lower_ms")) is not None
        and (high := it.numbers.get(f"{name}_lag_upper_ms")) is not None
    ]
    yield from _worst("Replication lag: a write to its first sight", "ms", values)


def _index_delay(
    findings: Iterable[Finding], targets: Mapping[str, float]
) -> Iterator[Chart]:
    """Index delay: the median as a bar, the slowest as its extension."""
    limit = targets.get("index_delay_ms")
    values = [
        Bar(it.subject.rpartition("/")[2], median(delays), max(delays), limit)
        for it in findings
        if (delays := it.numbers.get("index_delay_ms"))
    ]
    title = "Index delay: a write to its sight in the index, median to slowest"
    yield from _worst(title, "ms", values)


def _backups(
    findings: Iterable[Finding], _targets: Mapping[str, float]
) -> Iterator[Chart]:
    """Recovery points of each table, in hours before the check looked."""
    rows: dict[str, Line] = {}
    for finding in findings:
        moments = finding.numbers.get("timeline")
        if moments and finding.observations:
            looked = datetime.fromisoformat(finding.observations[-1].time)
            hours = tuple(
                ((datetime.fromisoformat(it) - looked).total_seconds() / 3600, 0.0)
                for it in moments
            )
            name = f"{finding.subject} {finding.region}"
            rows[name] = Line(name, hours)
    if rows:
        title = "Recovery points, hours before the check"
        yield ticks(_of(title, len(rows)), "h", list(rows.values())[:_MOST])


def _by_shape(
    findings: Iterable[Finding], _targets: Mapping[str, float]
) -> Iterator[Chart]:
    """Charts of drills and load runs, from numbers that have the shape of one."""
    for finding in findings:
        for name, shape in _SHAPES.items():
            if name in finding.numbers:
                yield shape(finding.subject, finding.numbers[name])


def _percentiles(subject: str, content: Mapping[str, Any]) -> Chart:
    """`{operation: {percentile: [measured, limit or null]}}`."""
    values = [
        Bar(f"{operation} {name}", measured, measured, limit)
        for operation, percentiles in content.items()
        for name, (measured, limit) in percentiles.items()
    ]
    return bars(f"Latency of {subject} with its limits", "ms", values)


def _series(subject: str, content: Mapping[str, Any]) -> Chart:
    """`{"title", "unit", "limit" or null, "series": {name: [[second, value], …]}}`."""
    series = [
        Line(name, tuple((x, y) for x, y in points))
        for name, points in content["series"].items()
    ]
    title = f"{content['title']} of {subject}"
    return lines(title, content["unit"], series, content.get("limit"))


def _rates(subject: str, content: Mapping[str, Any]) -> Chart:
    """`{operation: {"offered": per second, "achieved": per second}}`."""
    values = [
        Bar(f"{operation} {kind}", rates[kind], rates[kind], rates["offered"])
        for operation, rates in content.items()
        for kind in ("offered", "achieved")
    ]
    return bars(f"Offered against achieved on {subject}", "/s", values)


def _phases(subject: str, content: Iterable[Any]) -> Chart:
    """`[[phase, start, end], …]` in seconds since the request."""
    spans = [Span(name, start, end) for name, start, end in content]
    return phases(f"Restore of {subject}", "s", spans)


def _worst(title: str, unit: str, values: list[Bar]) -> Iterator[Chart]:
    if values:
        shown = sorted(values, key=lambda it: -it.high)[:_MOST]
        ordered = [it for it in values if it in shown]
        yield bars(_of(title, len(values)), unit, ordered)


def _of(title: str, count: int) -> str:
    return title if count <= _MOST else f"{title} (the worst {_MOST} of {count})"


_Drawn = Callable[[Iterable[Finding], Mapping[str, float]], Iterable[Chart]]
_DRAWN: dict[str, _Drawn] = {
    "REP-3": _lag,
    "REP-4": _lag,
    "QRY-4": _index_delay,
    "BKP-6": _backups,
}
_SHAPES: dict[str, Callable[[str, Any], Chart]] = {
    "latency_percentiles_ms": _percentiles,
    "over_time": _series,
    "rates_per_s": _rates,
    "phases_s": _phases,
}
