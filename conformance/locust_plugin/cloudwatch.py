"""CloudWatch's throttle events while the load was held."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial

from conformance.aws.client import AwsClients
from conformance.aws.polling import wait_for
from conformance.config.declared import Declared
from conformance.deployed.facts import Facts
from conformance.deployed.series import Query, Series, Span, read_series
from conformance.load.results_view import CloudWatchThrottles
from conformance.model.cloudwatch.metrics import DYNAMODB, Metric

_PERIOD_S = 60
_PERIOD = timedelta(seconds=_PERIOD_S)
_PAUSE_S = 10.0
"""The pause between two looks: each is in the ledger, and is paid for."""
_CONSUMED = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
_ALL = ("ReadThrottleEvents", "WriteThrottleEvents")
_BY_REASON = {
    f"{use}{reason}ThrottleEvents": f"{use}{reason}"
    for use in ("Read", "Write")
    for reason in (
        *("AccountLimit", "KeyRangeThroughput"),
        *("MaxOnDemandThroughput", "ProvisionedThroughput"),
    )
}


def throttles(
    clients: AwsClients,
    declared: Declared,
    region: str,
    window: tuple[datetime, datetime],
) -> CloudWatchThrottles:
    """Return throttle events by table, index and reason, or why they are not known.

    DynamoDB sends only what is not zero, so no datapoint means none - but only once
    the consumed capacity of every minute has arrived.

    Raises:
        UnreadableError: CloudWatch could not be asked.
    """
    span = _whole_minutes(window)
    if span.end <= span.start:
        return CloudWatchThrottles(
            missing="CloudWatch has no whole minute of so short a steady phase"
        )
    patience = max(declared.targets.get("metrics_delay_s", 0.0), 1.0)
    late = partial(_late, clients, declared, region, span)
    if still := wait_for(late, lambda tables: not tables, patience, _PAUSE_S):
        return CloudWatchThrottles(
            missing=f"CloudWatch lacks minutes of consumed capacity of "
            f"{', '.join(still)} {patience:g} s after the load"
        )
    events = dict(_events(declared, clients))
    return _counted(events, read_series(Facts(clients), region, events, span))


def _late(
    clients: AwsClients, declared: Declared, region: str, span: Span
) -> list[str]:
    """Return the tables of which a minute of consumed capacity has not arrived."""
    consumed = {
        _sum_of(metric, clients.environment.physical(name)): name
        for name, load in declared.load.tables.items()
        if name in declared.tables
        for metric, rate in zip(
            _CONSUMED, (load.reads_per_s, load.writes_per_s), strict=True
        )
        if rate
    }
    # New facts each time: an earlier answer must not be repeated.
    found = read_series(Facts(clients), region, consumed, span)
    minutes = (span.end - span.start) / _PERIOD
    return sorted(
        {
            name
            for query, name in consumed.items()
            if len(found[query].above_zero) < minutes
        }
    )


def _whole_minutes(window: tuple[datetime, datetime]) -> Span:
    """Return the minutes that lie in the window from first to last second."""
    begin, end = (moment.replace(second=0, microsecond=0) for moment in window)
    return Span(begin if begin == window[0] else begin + _PERIOD, end)


def _events(
    declared: Declared, clients: AwsClients
) -> Iterator[tuple[Query, tuple[str, str, str]]]:
    """Yield each query with the table, index and metric that it is about."""
    for name, table in declared.tables.items():
        for index in ("", *table.indexes):
            for metric in (*_ALL, *_BY_REASON):
                query = _sum_of(metric, clients.environment.physical(name), index)
                yield query, (name, index, metric)


def _sum_of(metric: str, table: str, index: str = "") -> Query:
    where = {("TableName", table)}
    if index:
        where.add(("GlobalSecondaryIndexName", index))
    return Query(Metric(DYNAMODB, metric, frozenset(where)), "Sum", _PERIOD_S)


def _counted(
    events: Mapping[Query, tuple[str, str, str]], found: Mapping[Query, Series]
) -> CloudWatchThrottles:
    throttled: dict[tuple[str, str], float] = {}
    reasons: dict[tuple[str, str], dict[str, float]] = {}
    for query, (name, index, metric) in events.items():
        total, about = found[query].total, (name, index)
        if metric in _ALL:
            throttled[about] = throttled.get(about, 0.0) + total
        elif total:
            reasons.setdefault(about, {})[_BY_REASON[metric]] = total
    return CloudWatchThrottles(throttled, reasons)
