"""ConsumedCapacity as DynamoDB computes it: from the sizes of items and indexes."""

from dataclasses import dataclass
from typing import Any

from aws_standin.dynamodb.capacity_units import (
    Change,
    Consumed,
    read_many,
    read_one,
    written,
)
from aws_standin.dynamodb.key_schema import Item
from aws_standin.dynamodb.table_history import key_text
from aws_standin.dynamodb.tables import Table, Tables, name_in
from aws_standin.protocols.messages import (
    Onward,
    Request,
    Response,
    answer,
    with_parameters,
)

WRITES = (
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "TransactWriteItems",
)
READS = ("GetItem", "BatchGetItem", "TransactGetItems")
PAGES = ("Query", "Scan")
OPERATIONS = (*WRITES, *READS, *PAGES)
NARROWING = (
    "FilterExpression",
    "ProjectionExpression",
    "Select",
    "QueryFilter",
    "ScanFilter",
    "AttributesToGet",
)
"""Makes an answer smaller than what was read."""
Document = dict[str, Any]
Target = tuple[Table, Item]
"""A table and a primary key in it."""


@dataclass
class Capacity:
    """Returns the capacity that a call consumed, if the caller asks for it.

    Moto is not asked: it would spend half of a read on writing down constants.

    Runs under the tables' locks, above the journal.
    """

    tables: Tables

    def handle(self, request: Request, onward: Onward) -> Response:
        """Pass the call on; put AWS's numbers in the place of moto's."""
        how = request.parameters.get("ReturnConsumedCapacity", "NONE")
        if how not in ("TOTAL", "INDEXES"):
            return onward(request)
        asked = _unasked(request)
        if request.operation in WRITES:
            return self._write(asked, onward, how)
        if request.operation in READS:
            return self._read(asked, onward, how)
        return self._page(asked, onward, how)

    def _write(self, request: Request, onward: Onward, how: str) -> Response:
        targets = self._targets(request)
        before = [_held(table, key) for table, key in targets]
        response = onward(request)
        if not response.ok:
            return response
        after = [_held(table, key) for table, key in targets]
        changes: dict[str, list[Change]] = {}
        tables = {}
        for (table, _), old, new in zip(targets, before, after, strict=True):
            changes.setdefault(table.name.table, []).append((old, new))
            tables[table.name.table] = table
        in_transaction = request.operation == "TransactWriteItems"
        capacities = [
            written(tables[name].schema, ones, 2 if in_transaction else 1).described(
                name, how, "Write" if in_transaction else ""
            )
            for name, ones in changes.items()
        ]
        return _with(request, response, capacities)

    def _read(self, request: Request, onward: Onward, how: str) -> Response:
        response = onward(request)
        if not response.ok:
            return response
        in_transaction = request.operation == "TransactGetItems"
        consumed: dict[str, Consumed] = {}
        for table, key in self._targets(request):
            one = consumed.setdefault(table.name.table, Consumed())
            consistent = in_transaction or _consistent(request, table)
            item = _held(table, key)
            one.table += read_one(item, consistent, 2 if in_transaction else 1)
        kind = "Read" if in_transaction else ""
        capacities = [one.described(name, how, kind) for name, one in consumed.items()]
        return _with(request, response, capacities)

    def _page(self, request: Request, onward: Onward, how: str) -> Response:
        given = request.parameters
        response = onward(request)
        if not response.ok:
            return response
        whole = response
        if any(member in given for member in NARROWING):
            plain = {k: v for k, v in given.items() if k not in NARROWING}
            whole = onward(with_parameters(request, plain))
        table = self.tables.get(name_in(request, given["TableName"]))
        consistent = given.get("ConsistentRead", False)
        units = read_many(whole.json().get("Items", []), consistent)
        index = table.schema.index(given.get("IndexName", ""))
        consumed = Consumed()
        if index:
            consumed.add(index, units)
        else:
            consumed.table = units
        return _with(request, response, [consumed.described(table.name.table, how)])

    def _targets(self, request: Request) -> list[Target]:
        """Return all items that a call names."""
        given = request.parameters
        if "TransactItems" in given:
            actions = [one for item in given["TransactItems"] for one in item.values()]
            return [self._target(request, one["TableName"], one) for one in actions]
        if "RequestItems" not in given:
            return [self._target(request, given["TableName"], given)]
        return [
            self._target(request, table, one)
            for table, wanted in given["RequestItems"].items()
            for one in _named(wanted)
        ]

    def _target(self, request: Request, table_name: str, one: Document) -> Target:
        table = self.tables.get(name_in(request, table_name))
        return table, table.schema.key_of(one.get("Item") or one["Key"])


def _unasked(request: Request) -> Request:
    given = request.parameters
    plain = {k: v for k, v in given.items() if k != "ReturnConsumedCapacity"}
    return with_parameters(request, plain)


def _named(wanted: Any) -> list[Document]:
    """Return the items of one table in a batch, each with Key or Item."""
    if isinstance(wanted, dict):
        return [{"Key": key} for key in wanted["Keys"]]
    return [given for action in wanted for given in action.values()]


def _consistent(request: Request, table: Table) -> bool:
    given = request.parameters
    wanted = given.get("RequestItems", {}).get(table.name.table, given)
    return bool(wanted.get("ConsistentRead", False))


def _held(table: Table, key: Item) -> Item | None:
    entry = table.journal.latest.get(key_text(key))
    return entry.item if entry else None


def _with(request: Request, response: Response, capacities: list[Document]) -> Response:
    several = request.operation.startswith(("Batch", "Transact"))
    capacity = capacities if several else capacities[0]
    return answer(request, response.json() | {"ConsumedCapacity": capacity})
