"""CloudWatch's metric data: counted from the DynamoDB traffic, put, and read.

Served here and not by moto, whose GetMetricData looks at no namespace and takes a
metric without dimensions for the sum over all dimensions. PutMetricData accepts the
AWS/ namespaces, which AWS refuses: that is how single datapoints are injected.

    POST /_standin/metrics/past   {"account", "region", "table", "hours": 25, …} puts
                                  a plausible past of a table; see past.py
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from conformance.standin import parameters, touched
from conformance.standin.ground import Ground
from conformance.standin.watching import queries
from conformance.standin.watching.counting import Call, metrics
from conformance.standin.watching.expression import NotUnderstoodError, Series
from conformance.standin.watching.past import Past, data
from conformance.standin.watching.series import Datum, Metric, Store, sample
from conformance.standin.wire import (
    AwsError,
    Onward,
    Request,
    Response,
    answer,
    with_parameters,
)

Members = dict[str, Any]
MOST_DATAPOINTS = 1440
"""GetMetricStatistics: "The maximum number of data points returned … is 1,440"."""
LISTED = 500
"""Metrics on one page of ListMetrics."""
FORGOTTEN = timedelta(days=14)
"""ListMetrics lists no metric without data in the past two weeks."""
RECENT = timedelta(hours=3)
"""RecentlyActive PT3H."""


@dataclass
class Settings:
    """Of the metrics."""

    counting: bool = True
    """Whether DynamoDB calls leave metrics."""


class Metrics:
    """Counts every DynamoDB call, and answers for CloudWatch's metric data."""

    name = "metrics"

    def __init__(self, standin: Ground) -> None:
        self.settings = Settings()
        self._clock = standin.clock
        self._lock = threading.Lock()
        standin.door.route("POST", "metrics/past", self._put_past)
        self._stores: dict[tuple[str, str], Store] = defaultdict(Store)
        self._operations: dict[str, Callable[[Store, Members], Members]] = {
            "PutMetricData": self._put,
            "GetMetricData": self._get,
            "GetMetricStatistics": self._statistics,
            "ListMetrics": self._list,
        }

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer metric operations; count DynamoDB's, and pass on the rest."""
        if request.service == "cloudwatch" and request.operation in self._operations:
            given = parameters.of(request)
            with self._lock:
                store = self._stores[request.account, request.region]
                return answer(
                    request, self._operations[request.operation](store, given)
                )
        counted = request.service.startswith("dynamodb") and not request.internal
        if counted and self.settings.counting:
            return self._counted(request, onward)
        return onward(request)

    def add(
        self,
        where: tuple[str, str],
        counted: Iterable[tuple[Metric, Datum]],
        at: datetime | None = None,
    ) -> None:
        """Add to the metrics of an account and region, as of now or of `at`."""
        moment = at or self._clock.now()
        with self._lock:
            for metric, datum in counted:
                self._stores[where].put(metric, moment, datum)

    def store(self, account: str, region: str) -> Store:
        """Return the metric data of an account and region."""
        return self._stores[account, region]

    def _put_past(self, wanted: Members) -> Members:
        """Put a past: {"account", "region", "table", "hours"} and more of `Past`."""
        where = wanted.pop("account"), wanted.pop("region")
        lists = {
            key: tuple(value)
            for key, value in wanted.items()
            if isinstance(value, list)
        }
        past = Past(**{**wanted, **lists})
        count = 0
        with self._lock:
            for metric, moment, datum in data(past, self._clock.now()):
                self._stores[where].put(metric, moment, datum)
                count += 1
        return {"datapoints": count}

    def _counted(self, request: Request, onward: Onward) -> Response:
        begun = time.perf_counter()
        response = _measured(request, onward)
        milliseconds = (time.perf_counter() - begun) * 1000
        try:
            members = response.json()
        except ValueError:
            return response  # not AWS's words: the operation is not implemented
        call = Call(
            request.operation,
            request.parameters,
            response.status,
            members,
            milliseconds,
        )
        self.add((request.account, request.region), list(metrics(call)))
        return _as_asked(request, response, members)

    def _put(self, store: Store, given: Members) -> Members:
        for one in given.get("MetricData", []):
            metric = queries.metric({"Namespace": given["Namespace"], **one})
            moment = one.get("Timestamp") or self._clock.now()
            for datum in _data(one):
                store.put(metric, moment, datum)
        return {}

    def _get(self, store: Store, given: Members) -> Members:
        asked = given["MetricDataQueries"]
        span = _span(given)
        try:
            found = queries.answers(asked, store, span)
        except NotUnderstoodError as problem:
            message = f"The stand-in does not understand the expression: {problem}"
            raise AwsError("ValidationError", message) from None
        ascending = given.get("ScanBy") == "TimestampAscending"
        return {
            "MetricDataResults": [
                _result(query, found[query["Id"]], ascending=ascending)
                for query in asked
                if query.get("ReturnData", True)
            ],
            "Messages": [],
        }

    def _statistics(self, store: Store, given: Members) -> Members:
        span, period = _span(given), int(given["Period"])
        count = len(span.timeline(period))
        if count > MOST_DATAPOINTS:
            raise AwsError(
                "InvalidParameterCombination",
                f"You have requested up to {count} datapoints, which exceeds the limit "
                f"of {MOST_DATAPOINTS}. You may reduce the datapoints requested by "
                "increasing Period, or decreasing the time range.",
            )
        found = store.periods(queries.metric(given), span.start, span.end, period)
        return {
            "Label": given["MetricName"],
            "Datapoints": [
                _datapoint(given, {"Timestamp": moment, "Unit": datum.unit}, datum)
                for moment, datum in found.items()
                if given.get("Unit") in (None, datum.unit)
            ],
        }

    def _list(self, store: Store, given: Members) -> Members:
        begin = int(given.get("NextToken") or 0)
        recent = RECENT if given.get("RecentlyActive") else FORGOTTEN
        since = (self._clock.now() - recent).timestamp()
        found = [
            metric
            for metric in store.known()
            if _wanted(metric, given) and max(store.minutes[metric]) >= since
        ]
        page: Members = {
            "Metrics": [_described(one) for one in found[begin : begin + LISTED]]
        }
        if len(found) > begin + LISTED:
            page["NextToken"] = str(begin + LISTED)
        return page


def _measured(request: Request, onward: Onward) -> Response:
    """Pass on, asking for the consumed capacity of table and indexes."""
    if request.operation not in touched.ITEM_OPERATIONS:
        return onward(request)
    asked = {**request.parameters, "ReturnConsumedCapacity": "INDEXES"}
    return onward(with_parameters(request, asked))


def _as_asked(request: Request, response: Response, members: Members) -> Response:
    """Leave out of the answer what the caller has not asked for."""
    asked = request.parameters.get("ReturnConsumedCapacity", "NONE")
    if asked == "INDEXES" or not response.ok or "ConsumedCapacity" not in members:
        return response
    consumed = members.pop("ConsumedCapacity")
    if asked == "TOTAL":
        members["ConsumedCapacity"] = (
            [_total(one) for one in consumed]
            if isinstance(consumed, list)
            else _total(consumed)
        )
    return answer(request, members, response.status)


def _total(consumed: Mapping[str, Any]) -> Members:
    parts = ("Table", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")
    return {key: value for key, value in consumed.items() if key not in parts}


def _span(given: Members) -> queries.Span:
    if given["StartTime"] >= given["EndTime"]:
        raise AwsError(
            "ValidationError", "The parameter StartTime must be less than EndTime."
        )
    return queries.Span(given["StartTime"], given["EndTime"])


def _data(one: Mapping[str, Any]) -> list[Datum]:
    unit = one.get("Unit", "None")
    if stated := one.get("StatisticValues"):
        return [
            Datum(
                stated["Sum"],
                stated["Minimum"],
                stated["Maximum"],
                stated["SampleCount"],
                unit,
            )
        ]
    values = one.get("Values") or [one["Value"]]
    counts = one.get("Counts") or [1.0] * len(values)
    return [
        sample(float(value), unit, float(count))
        for value, count in zip(values, counts, strict=True)
    ]


def _result(query: Members, found: Series, *, ascending: bool) -> Members:
    moments = sorted(found, reverse=not ascending)
    named = query.get("MetricStat", {}).get("Metric", {}).get("MetricName")
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or named or query["Id"],
        "Timestamps": moments,
        "Values": [found[moment] for moment in moments],
        "StatusCode": "Complete",
    }


def _datapoint(given: Members, point: Members, datum: Datum) -> Members:
    for name in given.get("Statistics", []):
        point[name] = datum.statistic(name)
    if extended := given.get("ExtendedStatistics"):
        known = {name: datum.statistic(name) for name in extended}
        point["ExtendedStatistics"] = {k: v for k, v in known.items() if v is not None}
    return point


def _wanted(metric: Metric, given: Members) -> bool:
    dimensions = dict(metric.dimensions)
    return (
        given.get("Namespace") in (None, metric.namespace)
        and given.get("MetricName") in (None, metric.name)
        and all(
            one["Name"] in dimensions
            and one.get("Value") in (None, dimensions[one["Name"]])
            for one in given.get("Dimensions", [])
        )
    )


def _described(metric: Metric) -> Members:
    pairs = sorted(metric.dimensions)
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in pairs],
    }
