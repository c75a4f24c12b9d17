"""Refuses what AWS refuses and moto lets through, before moto sees it."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aws_standin.dynamodb import quotas
from aws_standin.dynamodb.expression_validation import check_expressions
from aws_standin.dynamodb.key_validation import check_definitions, check_item, check_key
from aws_standin.dynamodb.query_validation import check_query
from aws_standin.dynamodb.tables import Table, Tables, name_in
from aws_standin.dynamodb.update_validation import Updates
from aws_standin.protocols.messages import AwsError, Onward, Request, Response

Document = dict[str, Any]
Check = Callable[[Request], None]
TWICE = "Transaction request cannot include multiple operations on one item"
DUPLICATES = "Provided list of item keys contains duplicates"


@dataclass
class RequestValidation:
    """Checks requests against the table's schema and DynamoDB's limits."""

    tables: Tables
    updates: Updates

    def __post_init__(self) -> None:
        """Say which check is whose."""
        self._checks: dict[str, Check] = {
            "BatchGetItem": self._batch_get_item,
            "BatchWriteItem": self._batch_write_item,
            "CreateTable": self._create_table,
            "DeleteItem": self._with_key,
            "GetItem": self._with_key,
            "PutItem": self._put_item,
            "Query": self._query,
            "Scan": self._query,
            "TransactGetItems": self._transact_get_items,
            "TransactWriteItems": self._transact_write_items,
            "UpdateItem": self._update_item,
            "UpdateTable": self._update_table,
        }

    def handle(self, request: Request, onward: Onward) -> Response:
        """Pass on what AWS would accept; refuse the rest with AWS's words."""
        self._checks[request.operation](request)
        return onward(request)

    @property
    def operations(self) -> tuple[str, ...]:
        """Return the operations that are checked."""
        return tuple(self._checks)

    def _table(self, request: Request, given: Document) -> Table:
        return self._named(request, given["TableName"])

    def _named(self, request: Request, name: str) -> Table:
        table = self.tables.find(name_in(request, name))
        if table is None:
            message = "Requested resource not found"
            raise AwsError("ResourceNotFoundException", message)
        return table

    def _put_item(self, request: Request) -> None:
        self._put(request, request.parameters)

    def _update_item(self, request: Request) -> None:
        self._update(request, request.parameters)

    def _with_key(self, request: Request) -> None:
        self._keyed(request, request.parameters)

    def _put(self, request: Request, given: Document) -> None:
        check_expressions(given)
        check_item(self._table(request, given).schema, given["Item"])

    def _update(self, request: Request, given: Document) -> None:
        self._keyed(request, given)
        self.updates.check(self._table(request, given), given)

    def _keyed(self, request: Request, given: Document) -> None:
        check_expressions(given)
        check_key(self._table(request, given).schema, given["Key"])

    def _query(self, request: Request) -> None:
        given = request.parameters
        check_expressions(given)
        table = self._table(request, given)
        name = given.get("IndexName")
        index = table.schema.index(name) if name else None
        if name and not index:
            problem = f"The table does not have the specified index: {name}"
            raise AwsError("ValidationException", problem)
        if request.operation == "Query":
            keys = index.keys if index else table.schema.keys
            check_query(given, {key: table.schema.types[key] for key in keys})

    def _batch_write_item(self, request: Request) -> None:
        quotas.check_batch_write(request.parameters)
        for given, actions in request.parameters["RequestItems"].items():
            schema = self._named(request, given).schema
            for action in actions:
                if "PutRequest" in action:
                    check_item(schema, action["PutRequest"]["Item"])
                else:
                    check_key(schema, action["DeleteRequest"]["Key"])
            keys = [schema.key_of(_target(action)) for action in actions]
            _refuse_repeated(keys, DUPLICATES)

    def _batch_get_item(self, request: Request) -> None:
        quotas.check_batch_get(request.parameters)
        for given, wanted in request.parameters["RequestItems"].items():
            check_expressions(wanted)
            schema = self._named(request, given).schema
            for key in wanted["Keys"]:
                check_key(schema, key)
            _refuse_repeated(wanted["Keys"], DUPLICATES)

    def _transact_write_items(self, request: Request) -> None:
        quotas.check_transaction(request.parameters)
        targets = []
        for action in request.parameters["TransactItems"]:
            ((kind, given),) = action.items()
            checks = {"Put": self._put, "Update": self._update}
            checks.get(kind, self._keyed)(request, given)
            table = self._table(request, given)
            key = table.schema.key_of(given.get("Item") or given["Key"])
            targets.append((table.name, key))
        _refuse_repeated(targets, TWICE)

    def _transact_get_items(self, request: Request) -> None:
        quotas.check_transaction(request.parameters)
        for action in request.parameters["TransactItems"]:
            self._keyed(request, action["Get"])

    def _create_table(self, request: Request) -> None:
        check_definitions(request.parameters)
        quotas.check_indexes(request.parameters)

    def _update_table(self, request: Request) -> None:
        check_definitions(request.parameters)
        if request.parameters.get("GlobalSecondaryIndexUpdates"):
            table = self._table(request, request.parameters)
            present = sum(index.is_global for index in table.schema.indexes)
            quotas.check_index_updates(request.parameters, present)


def _target(action: Document) -> Document:
    ((_, given),) = action.items()
    target: Document = given.get("Item") or given["Key"]
    return target


def _refuse_repeated(targets: Iterable[Any], message: str) -> None:
    texts = [json.dumps(target, sort_keys=True) for target in targets]
    if len(set(texts)) < len(texts):
        raise AwsError("ValidationException", message)
