"""Metric data queries: metrics and expressions over them, as GetMetricData has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_standin.cloudwatch.metric_math import (
    NotUnderstoodError,
    Scope,
    Series,
    series,
)
from aws_standin.cloudwatch.metric_store import Metric, Store


@dataclass(frozen=True)
class Span:
    """The time that is looked at: [start, end)."""

    start: datetime
    end: datetime

    def timeline(self, period: int) -> list[datetime]:
        """Return the beginning of every period, oldest first."""
        first = int(self.start.timestamp()) // period * period
        count = max(0, -(-int(self.end.timestamp() - first) // period))
        begin = datetime.fromtimestamp(first, UTC)
        return [begin + timedelta(seconds=period * n) for n in range(count)]


def metric(described: Mapping[str, Any]) -> Metric:
    """Return the identity of a Metric structure, or of a metric alarm."""
    dimensions = described.get("Dimensions") or []
    pairs = frozenset((one["Name"], one["Value"]) for one in dimensions)
    return Metric(described["Namespace"], described["MetricName"], pairs)


def statistics(store: Store, asked: Mapping[str, Any], stat: str, span: Span) -> Series:
    """Return one statistic of a metric per period; `asked` has Metric's members.

    A Unit that the data was not put with finds nothing.
    """
    found = store.periods(metric(asked), span.start, span.end, int(asked["Period"]))
    unit = asked.get("Unit")
    values = {
        moment: datum.statistic(stat)
        for moment, datum in found.items()
        if unit in (None, datum.unit)
    }
    return {moment: number for moment, number in values.items() if number is not None}


def answers(
    queries: Sequence[Mapping[str, Any]], store: Store, span: Span
) -> dict[str, Series]:
    """Return each query's series by its id; raises NotUnderstoodError."""
    found: dict[str, Series] = {}
    for query in queries:
        if stat := query.get("MetricStat"):
            asked = {**stat["Metric"], "Period": stat["Period"]}
            asked |= {"Unit": stat["Unit"]} if stat.get("Unit") else {}
            found[query["Id"]] = statistics(store, asked, stat["Stat"], span)
    metrics = tuple(found)
    waiting = [query for query in queries if query.get("Expression")]
    period = longest_period(queries)
    while waiting:
        scope = Scope(found, metrics, span.timeline(period), period)
        solved = {q["Id"]: s for q in waiting if (s := _solved(q, scope)) is not None}
        if not solved:
            raise NotUnderstoodError(waiting[0]["Expression"])
        found |= solved
        waiting = [query for query in waiting if query["Id"] not in solved]
    return found


def longest_period(queries: Sequence[Mapping[str, Any]]) -> int:
    """Return the period in seconds that expressions over these queries have."""
    stated = [q["MetricStat"]["Period"] for q in queries if q.get("MetricStat")]
    stated += [query["Period"] for query in queries if query.get("Period")]
    return max((int(one) for one in stated), default=60)


def _solved(query: Mapping[str, Any], scope: Scope) -> Series | None:
    try:
        return series(query["Expression"], scope)
    except NotUnderstoodError:
        return None
