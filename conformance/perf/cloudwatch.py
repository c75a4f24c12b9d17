"""What CloudWatch counted while the load was held."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from conformance.aws import Door
from conformance.declared import Declared
from conformance.deployed.series import Query, asked, merged
from conformance.waiting import wait_for
from conformance.watching.metrics import DYNAMODB, Metric

T = TypeVar("T")
_PERIOD_S = 60
_THROTTLES = ("ReadThrottleEvents", "WriteThrottleEvents")
_CONSUMED = "ConsumedWriteCapacityUnits"


def throttle_events(
    door: Door, declared: Declared, region: str, window: tuple[datetime, datetime]
) -> tuple[Mapping[tuple[str, str], float], str]:
    """Throttle events by table and index, or why there is nothing to say.

    DynamoDB sends only what is not zero, so no datapoint means none - but only once
    the consumed capacity of the same minutes has arrived.

    Raises:
        UnreadableError: CloudWatch could not be asked.
    """
    begin = window[0] + timedelta(seconds=_PERIOD_S)
    begin = begin.replace(second=0, microsecond=0)
    end = window[1].replace(second=0, microsecond=0)
    if end <= begin:
        return {}, "CloudWatch has no whole minute of so short a steady phase"
    physical = door.environment.physical

    def missing() -> list[str]:
        last = (end - timedelta(seconds=_PERIOD_S), end)
        queries = {
            name: _metric(physical(name), "", _CONSUMED) for name in declared.tables
        }
        found = _sums(door, region, queries, last)
        return sorted(name for name, total in found.items() if not total)

    patience = max(declared.targets.get("metrics_delay_s", 0.0), 1.0)
    still = wait_for(missing, lambda it: not it, patience)
    if still:
        return {}, (
            f"CloudWatch shows no consumed capacity of {', '.join(still)} "
            f"{patience:g} s after the load"
        )
    metrics = {
        (name, index, kind): _metric(physical(name), index, kind)
        for name, table in declared.tables.items()
        for index in ("", *table.indexes)
        for kind in _THROTTLES
    }
    found: dict[tuple[str, str], float] = {}
    for (name, index, _), total in _sums(door, region, metrics, (begin, end)).items():
        found[name, index] = found.get((name, index), 0.0) + total
    return found, ""


def _metric(table: str, index: str, name: str) -> Metric:
    where = {("TableName", table)}
    if index:
        where.add(("GlobalSecondaryIndexName", index))
    return Metric(DYNAMODB, name, frozenset(where))


def _sums(
    door: Door,
    region: str,
    metrics: Mapping[T, Metric],
    window: tuple[datetime, datetime],
) -> dict[T, float]:
    queries = [
        asked(n, Query(it, "Sum", _PERIOD_S)) for n, it in enumerate(metrics.values())
    ]
    answer = door.ask(
        "cloudwatch",
        region,
        "GetMetricData",
        MetricDataQueries=queries,
        StartTime=window[0].astimezone(UTC),
        EndTime=window[1].astimezone(UTC),
    )
    values = merged(answer)
    # No datapoint: the metric was never sent, or nothing but zero was.
    return {
        each: sum(values.get(f"m{n}", {}).values()) for n, each in enumerate(metrics)
    }
