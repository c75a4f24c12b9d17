"""CloudWatch's metric data: counted from the DynamoDB traffic, put, and read.

Served here and not by moto, whose GetMetricData looks at no namespace and takes a
metric without dimensions for the sum over all dimensions. PutMetricData accepts the
AWS/ namespaces, which AWS refuses: that is how single datapoints are injected.

    POST /_standin/metrics/past   {"account", "region", "table", "hours": 25, …} puts
                                  a plausible past of a table; see past.py
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aws_standin.behaviour_context import Context
from aws_standin.cloudwatch import metric_requests
from aws_standin.cloudwatch.dynamodb_metrics import Call, metrics
from aws_standin.cloudwatch.metric_history import MetricHistory, data
from aws_standin.cloudwatch.metric_store import Datum, Metric, Store
from aws_standin.dynamodb import request_tables
from aws_standin.protocols import parameters
from aws_standin.protocols.messages import Onward, Request, Response, answer

Members = dict[str, Any]
OPERATIONS: dict[str, Callable[[Store, Members, datetime], Members]] = {
    "PutMetricData": metric_requests.put,
    "GetMetricData": metric_requests.get,
    "GetMetricStatistics": metric_requests.statistics,
    "ListMetrics": metric_requests.listed,
}


@dataclass
class Settings:
    """The settings of the metrics."""

    counting: bool = True
    """True when DynamoDB calls leave metrics."""


class Metrics:
    """Keeps the metric data of every account and region, and counts DynamoDB calls."""

    name = "metrics"

    def __init__(self, standin: Context) -> None:
        self.settings = Settings()
        self._clock = standin.clock
        standin.control_api.route("POST", "metrics/past", self._put_past)
        self._stores: dict[tuple[str, str], Store] = {}

    def handle(self, request: Request, onward: Onward) -> Response:
        """Count a call to DynamoDB, however it ends, and pass on the rest."""
        counted = request.service.startswith("dynamodb") and not request.internal
        if counted and self.settings.counting:
            return self._counted(request, onward)
        return onward(request)

    def answer(self, request: Request, onward: Onward) -> Response:
        """Answer what CloudWatch is asked about metric data, and pass on the rest."""
        operation = OPERATIONS.get(request.operation)
        if not operation:
            return onward(request)
        given = parameters.of(request)
        store = self.store(request.account, request.region)
        return answer(request, operation(store, given, self._clock.now()))

    def add(
        self,
        where: tuple[str, str],
        counted: Iterable[tuple[Metric, Datum]],
        at: datetime | None = None,
    ) -> None:
        """Add to the metrics of an account and region, as of now or of `at`."""
        moment = at or self._clock.now()
        store = self.store(*where)
        for metric, datum in counted:
            store.put(metric, moment, datum)

    def store(self, account: str, region: str) -> Store:
        """Return the metric data of an account and region."""
        return self._stores.setdefault((account, region), Store())

    def _put_past(self, wanted: Members) -> Members:
        """Put a past: {"account", "region", "table", "hours"} and more of `Past`."""
        where = wanted.pop("account"), wanted.pop("region")
        lists = {
            key: tuple(value)
            for key, value in wanted.items()
            if isinstance(value, list)
        }
        past = MetricHistory(**{**wanted, **lists})
        count = 0
        store = self.store(*where)
        for metric, moment, datum in data(past, self._clock.now()):
            store.put(metric, moment, datum)
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


def _measured(request: Request, onward: Onward) -> Response:
    """Pass on, asking for the consumed capacity of table and indexes."""
    if request.operation not in request_tables.ITEM_OPERATIONS:
        return onward(request)
    asked = {**request.parameters, "ReturnConsumedCapacity": "INDEXES"}
    # The body stays: whoever adds the capacity takes the wish out again.
    return onward(replace(request, parameters=asked))


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
    return answer(request, members, response.status).with_id_of(response)


def _total(consumed: Mapping[str, Any]) -> Members:
    parts = ("Table", "GlobalSecondaryIndexes", "LocalSecondaryIndexes")
    return {key: value for key, value in consumed.items() if key not in parts}


@dataclass(frozen=True)
class MetricData:
    """Answers for metric data where a call can have been struck or refused before."""

    metrics: Metrics

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer metric operations, and pass on the rest."""
        return self.metrics.answer(request, onward)
