"""Journals every write that moto accepted; a refused one leaves no entry."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from aws_standin.dynamodb.key_schema import Item
from aws_standin.dynamodb.tables import Name, Table, Tables, name_in, names_in
from aws_standin.protocols.messages import (
    Onward,
    Request,
    Response,
    answer,
    with_parameters,
)

PARTIQL = ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")
PLAIN = ("PutItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
OPERATIONS = ("UpdateItem", *PLAIN, *PARTIQL)
Document = dict[str, Any]


@dataclass
class WriteJournal:
    """Passes a write on and journals what it left.  Runs under the tables' locks."""

    tables: Tables

    def handle(self, request: Request, onward: Onward) -> Response:
        """Pass the request on and journal what came of it."""
        if request.operation == "UpdateItem":
            return self._update(request, onward)
        if request.operation in PARTIQL:
            return self._partiql(request, onward)
        response = onward(request)
        if response.ok:
            self._journal(request)
        return response

    def _journal(self, request: Request) -> None:
        given = request.parameters
        match request.operation:
            case "PutItem":
                self._put(self._table(request, given), given["Item"])
            case "DeleteItem":
                table = self._table(request, given)
                self.tables.record(table, given["Key"], None)
            case "BatchWriteItem":
                for name, actions in given["RequestItems"].items():
                    self._batch(self.tables.get(name_in(request, name)), actions)
            case "TransactWriteItems":
                for action in given["TransactItems"]:
                    self._transact(request, action)

    def _update(self, request: Request, onward: Onward) -> Response:
        """Ask for the new image, unless the caller wants another one."""
        given = request.parameters
        wanted = given.get("ReturnValues", "NONE")
        asked = request
        if wanted == "NONE":
            asked = with_parameters(request, given | {"ReturnValues": "ALL_NEW"})
        response = onward(asked)
        if not response.ok:
            return response
        table = self._table(request, given)
        document = response.json()
        if wanted in ("NONE", "ALL_NEW"):
            item = document.get("Attributes") or given["Key"]
        else:
            item = self._read(table.name, given["Key"]) or given["Key"]
        self.tables.record(table, given["Key"], item)
        if wanted == "NONE":
            document.pop("Attributes", None)
            return answer(request, document)
        return response

    def _batch(self, table: Table, actions: Iterable[Document]) -> None:
        for action in actions:
            if "PutRequest" in action:
                self._put(table, action["PutRequest"]["Item"])
            else:
                self.tables.record(table, action["DeleteRequest"]["Key"], None)

    def _transact(self, request: Request, action: Document) -> None:
        (kind, one), *_ = action.items()
        table = self._table(request, one)
        match kind:
            case "Put":
                self._put(table, one["Item"])
            case "Delete":
                self.tables.record(table, one["Key"], None)
            case "Update":
                item = self._read(table.name, one["Key"])
                self.tables.record(table, one["Key"], item)

    def _partiql(self, request: Request, onward: Onward) -> Response:
        response = onward(request)
        for name in names_in(request):
            table = self.tables.find(name)
            if table:
                self.tables.reconcile(table)
        return response

    def _put(self, table: Table, item: Item) -> None:
        self.tables.record(table, table.schema.key_of(item), item)

    def _table(self, request: Request, given: Document) -> Table:
        return self.tables.get(name_in(request, given["TableName"]))

    def _read(self, name: Name, key: Item) -> Item | None:
        read = self.tables.ask(
            "dynamodb",
            "GetItem",
            name.account,
            name.region,
            TableName=name.table,
            Key=key,
            ConsistentRead=True,
        )
        return read.get("Item")
