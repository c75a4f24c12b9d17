"""The trial of an UpdateItem in a table that nobody sees.

Needed only where the answer decides whether the update is refused and cannot be read
off the request: an update that may outgrow the largest item, or that computes an
index key.
"""

import threading
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aws_standin.dynamodb.key_schema import Item, Schema
from aws_standin.dynamodb.tables import Ask
from aws_standin.protocols.messages import AwsError

BACKSTAGE = ("000000000000", "us-east-1")
"""The account and region of the tables that nobody sees."""
WITHOUT = (
    "ConditionExpression",
    "ReturnConsumedCapacity",
    "ReturnItemCollectionMetrics",
)


@dataclass
class UpdateTrial:
    """Tries updates on copies."""

    ask: Ask
    _number: "count[int]" = field(default_factory=count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def outcome(self, schema: Schema, item: Item, given: dict[str, Any]) -> Item | None:
        """Return the item after the update; None when the update itself is refused.

        Raises `AwsError` when moto finds the item too large: it would leave the item
        half updated.
        """
        with self._lock:
            table = f"rehearsal-{next(self._number)}"
        wanted = {k: v for k, v in given.items() if k not in WITHOUT}
        wanted |= {"TableName": table, "ReturnValues": "ALL_NEW"}
        self._call("CreateTable", **_plain_table(schema, table))
        try:
            self._call("PutItem", TableName=table, Item=item)
            updated: Item = self._call("UpdateItem", **wanted)["Attributes"]
        except AwsError as problem:
            if "size" in problem.message:
                raise
            return None
        finally:
            self._call("DeleteTable", TableName=table)
        return updated

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.ask("dynamodb", operation, *BACKSTAGE, **parameters)


def _plain_table(schema: Schema, name: str) -> dict[str, Any]:
    kinds = zip(schema.keys, ("HASH", "RANGE"), strict=False)
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": n, "KeyType": kind} for n, kind in kinds],
        "AttributeDefinitions": [
            {"AttributeName": n, "AttributeType": schema.types[n]} for n in schema.keys
        ],
    }
