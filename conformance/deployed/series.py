"""Datapoints of CloudWatch, many metrics at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.deployed.facts import Facts
from conformance.model.cloudwatch.metrics import Metric, described
from conformance.model.errors import UnreadableError

_QUERIES = 500
"""The largest number of queries in one GetMetricData (MetricDataQueries)."""


@dataclass(frozen=True)
class Series:
    """The datapoints of one metric."""

    values: Mapping[datetime, float]

    @property
    def above_zero(self) -> Mapping[datetime, float]:
        """The datapoints above 0: DynamoDB omits 0, or means a standstill by it."""
        return {time: value for time, value in self.values.items() if value > 0}

    @property
    def total(self) -> float:
        """The sum; 0 where there is no datapoint."""
        return sum(self.values.values())

    @property
    def peak(self) -> float:
        """The highest datapoint; 0 where there is none."""
        return max(self.values.values(), default=0.0)


@dataclass(frozen=True)
class Span:
    """The time that is looked back at, in whole periods as an alarm sees them."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> float:
        """The length of the span, in hours."""
        return (self.end - self.start).total_seconds() / 3600


def window_before(now: datetime, window: timedelta, period_s: int) -> Span:
    """Return the window that ends with the last whole period."""
    now_s = int(now.timestamp())
    end = datetime.fromtimestamp(now_s - now_s % period_s, UTC)
    return Span(end - window, end)


@dataclass(frozen=True)
class Query:
    """One statistic of one metric."""

    metric: Metric
    statistic: str
    period_s: int


def read_series(
    facts: Facts, region: str, queries: Iterable[Query], span: Span
) -> Mapping[Query, Series]:
    """Return the datapoints of each query; an empty series if there are none.

    Raises:
        UnreadableError: CloudWatch could not give one of them in full.
    """
    wanted = list(dict.fromkeys(queries))
    found: dict[Query, Series] = {}
    for first in range(0, len(wanted), _QUERIES):
        part = wanted[first : first + _QUERIES]
        answer = facts.read(
            "cloudwatch",
            region,
            "GetMetricData",
            MetricDataQueries=[asked(n, query) for n, query in enumerate(part)],
            StartTime=span.start,
            EndTime=span.end,
            ScanBy="TimestampAscending",
        )
        values = merged(answer)
        for number, query in enumerate(part):
            if f"m{number}" not in values:
                raise UnreadableError(
                    f"cloudwatch:GetMetricData in {region} answered without a result "
                    f"for {query.metric}"
                )
            found[query] = Series(values[f"m{number}"])
    return found


def merged(answer: dict[str, Any]) -> dict[str, dict[datetime, float]]:
    """Return the datapoints of all pages, by the query's id.

    Raises:
        UnreadableError: CloudWatch could not give one of them in full.
    """
    found: dict[str, dict[datetime, float]] = {}
    for result in answer["MetricDataResults"]:
        # PartialData only says that another page follows, and all pages were read.
        if result["StatusCode"] not in ("Complete", "PartialData"):
            raise UnreadableError(
                f"cloudwatch:GetMetricData: {result['StatusCode']} "
                f"for {result['Label']}"
            )
        times, values = result["Timestamps"], result["Values"]
        if len(times) != len(values):
            raise UnreadableError(
                f"cloudwatch:GetMetricData: {len(times)} times, {len(values)} values "
                f"for {result['Label']}"
            )
        found.setdefault(result["Id"], {}).update(zip(times, values, strict=True))
    return found


def asked(number: int, query: Query) -> dict[str, Any]:
    """Return the query as a parameter of GetMetricData, with a number as its id."""
    return {
        "Id": f"m{number}",
        "MetricStat": {
            "Metric": described(query.metric),
            "Period": query.period_s,
            "Stat": query.statistic,
        },
    }
