"""A plausible past of a table's metrics, so that an environment has been in use.

A datapoint every five minutes, rising and falling with the hour; no errors, no
throttling. The same request at the same time makes the same past.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from aws_standin.cloudwatch.dynamodb_metrics import NAMESPACE
from aws_standin.cloudwatch.metric_store import Datum, Metric

STEP = timedelta(minutes=5)
SPREAD = (0.8, 0.9, 1.0, 1.1, 1.6)
"""The single samples, as parts of a typical value."""
LATENCIES = {"GetItem": 2.1, "PutItem": 3.4, "UpdateItem": 3.9, "Query": 3.1}
"""Typical milliseconds by operation."""


@dataclass(frozen=True)
class MetricHistory:
    """The history to be made."""

    table: str
    hours: float
    indexes: tuple[str, ...] = ()
    receiving: tuple[str, ...] = ()
    """The regions of the other replicas."""
    requests: float = 60.0
    """Reads, and half as many writes, in five minutes on average."""
    replication_milliseconds: float = 650.0


def data(
    past: MetricHistory, now: datetime
) -> Iterator[tuple[Metric, datetime, Datum]]:
    """Yield the datapoints from `hours` ago until now."""
    for number in range(int(timedelta(hours=past.hours) / STEP), 0, -1):
        moment = now - STEP * number
        hour = moment.hour + moment.minute / 60
        load = past.requests * (1 + 0.5 * math.sin(hour / 24 * 2 * math.pi))
        for metric, datum in _at(past, load):
            yield metric, moment, datum


def _at(past: MetricHistory, load: float) -> Iterator[tuple[Metric, Datum]]:
    reads, writes = round(load), round(load / 2)
    for name, count in (("Read", reads), ("Write", writes)):
        metric = f"Consumed{name}CapacityUnits"
        yield _metric(metric, TableName=past.table), _datum(count, 1.0, "Count")
        for index in past.indexes:
            place = {"TableName": past.table, "GlobalSecondaryIndexName": index}
            yield _metric(metric, **place), _datum(count, 1.0, "Count")
    for operation, typical in LATENCIES.items():
        place = {"TableName": past.table, "Operation": operation}
        latency = _metric("SuccessfulRequestLatency", **place)
        yield latency, _datum(max(1, reads // 4), typical, "Milliseconds", SPREAD)
    place = {"TableName": past.table, "Operation": "Query"}
    yield _metric("ReturnedItemCount", **place), _datum(reads, 1.0, "Count")
    for region in past.receiving:
        place = {"TableName": past.table, "ReceivingRegion": region}
        lag = _datum(writes, past.replication_milliseconds, "Milliseconds", SPREAD)
        yield _metric("ReplicationLatency", **place), lag


def _metric(name: str, **dimensions: str) -> Metric:
    return Metric(NAMESPACE, name, frozenset(dimensions.items()))


def _datum(
    count: int, typical: float, unit: str, spread: tuple[float, ...] = (1.0,)
) -> Datum:
    samples = [typical * factor for factor in spread]
    total = count * sum(samples) / len(samples)
    return Datum(total, min(samples), max(samples), float(count), unit, samples)
