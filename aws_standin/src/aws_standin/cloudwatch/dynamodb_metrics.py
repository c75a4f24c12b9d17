"""The AWS/DynamoDB metrics that one call leaves behind.

Only what is not zero leaves a datapoint. Source: DynamoDB Developer Guide, "DynamoDB
metrics and dimensions".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aws_standin.cloudwatch.metric_store import Datum, Metric, sample
from aws_standin.dynamodb import request_tables

NAMESPACE = "AWS/DynamoDB"
THROTTLES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
    }
)
COUNTED_ELSEWHERE = THROTTLES | {
    "ConditionalCheckFailedException",
    "TransactionConflictException",
}
"""HTTP 400 errors that have a metric of their own and are no UserErrors."""

Counted = Iterator[tuple[Metric, Datum]]


@dataclass(frozen=True)
class Call:
    """A DynamoDB call and how it ended."""

    operation: str
    parameters: Mapping[str, Any]
    status: int
    answer: Mapping[str, Any]
    milliseconds: float

    @property
    def error(self) -> str:
        """The error's name without its namespace, "" for a success."""
        return str(self.answer.get("__type", "")).rpartition("#")[2]


def metrics(call: Call) -> Counted:
    """Yield what `call` adds to which metric."""
    on_items = call.operation in request_tables.ITEM_OPERATIONS
    if call.status < 300:  # noqa: PLR2004 - HTTP's own meaning of success
        if on_items:
            yield from _successes(call)
        return
    yield from _refusals(call)
    if on_items:
        yield from _throttles(call)
        yield from _conditions(call)


def _metric(name: str, **dimensions: str) -> Metric:
    return Metric(NAMESPACE, name, frozenset(dimensions.items()))


def _successes(call: Call) -> Counted:
    for table in request_tables.tables(call.operation, call.parameters):
        dimensions = {"TableName": table, "Operation": call.operation}
        latency = sample(call.milliseconds, "Milliseconds")
        yield _metric("SuccessfulRequestLatency", **dimensions), latency
        if call.operation in {"Query", "Scan"} and call.answer.get("Count"):
            returned = sample(float(call.answer["Count"]), "Count")
            yield _metric("ReturnedItemCount", **dimensions), returned
    consumed = call.answer.get("ConsumedCapacity") or []
    for one in consumed if isinstance(consumed, list) else [consumed]:
        yield from _consumption(call.operation, one)


def _consumption(operation: str, consumed: Mapping[str, Any]) -> Counted:
    """Return the units of the table, and of each index by itself."""
    kind = "Read" if operation in request_tables.READS else "Write"
    name = f"Consumed{kind}CapacityUnits"
    table = request_tables.table_name(consumed["TableName"])
    of_table = consumed.get("Table", {}).get(
        "CapacityUnits", consumed.get("CapacityUnits", 0.0)
    )
    for local in consumed.get("LocalSecondaryIndexes", {}).values():
        of_table += local["CapacityUnits"]
    if of_table:
        yield _metric(name, TableName=table), sample(of_table, "Count")
    for index, units in consumed.get("GlobalSecondaryIndexes", {}).items():
        if units["CapacityUnits"]:
            dimensions = {"TableName": table, "GlobalSecondaryIndexName": index}
            yield _metric(name, **dimensions), sample(units["CapacityUnits"], "Count")


def _refusals(call: Call) -> Counted:
    if not call.error:
        return  # not an answer in AWS's words: the stand-in lacks the operation
    if call.status >= 500:  # noqa: PLR2004 - HTTP: the server's fault
        for table in request_tables.tables(call.operation, call.parameters):
            dimensions = {"TableName": table, "Operation": call.operation}
            yield _metric("SystemErrors", **dimensions), sample(1.0, "Count")
    elif call.error not in COUNTED_ELSEWHERE and not _only_lost_conditions(call):
        yield _metric("UserErrors"), sample(1.0, "Count")


def _throttles(call: Call) -> Counted:
    reasons = {reason.get("Code") for reason in _reasons(call)}
    throttled = call.error in THROTTLES or bool(
        reasons & {"ProvisionedThroughputExceeded", "ThrottlingError"}
    )
    if not throttled:
        return
    kind = "Read" if call.operation in request_tables.READS else "Write"
    index = request_tables.index_name(call.parameters)
    for table in request_tables.tables(call.operation, call.parameters):
        dimensions = {"TableName": table, "Operation": call.operation}
        yield _metric("ThrottledRequests", **dimensions), sample(1.0, "Count")
        place = {"TableName": table}
        if index:
            place["GlobalSecondaryIndexName"] = index
        yield _metric(f"{kind}ThrottleEvents", **place), sample(1.0, "Count")


def _conditions(call: Call) -> Counted:
    names = {
        "ConditionalCheckFailedException": "ConditionalCheckFailedRequests",
        "TransactionConflictException": "TransactionConflict",
        "ConditionalCheckFailed": "ConditionalCheckFailedRequests",
        "TransactionConflict": "TransactionConflict",
    }
    if call.error in names:
        for table in request_tables.tables(call.operation, call.parameters):
            yield _metric(names[call.error], TableName=table), sample(1.0, "Count")
    parts = request_tables.actions(call.parameters, call.operation)
    for (table, _), reason in zip(parts, _reasons(call), strict=False):
        if reason.get("Code") in names:
            name = names[reason["Code"]]
            yield _metric(name, TableName=table), sample(1.0, "Count")


def _reasons(call: Call) -> list[Mapping[str, Any]]:
    return list(call.answer.get("CancellationReasons") or [])


def _only_lost_conditions(call: Call) -> bool:
    codes = {reason.get("Code") for reason in _reasons(call)} - {"None"}
    return bool(codes) and codes <= {
        "ConditionalCheckFailed",
        "TransactionConflict",
        "ProvisionedThroughputExceeded",
        "ThrottlingError",
    }
