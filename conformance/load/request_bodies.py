"""The requests of a load: made once, then sent with a new version each time."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from conformance.config.declared.load import TableLoad
from conformance.model import suite_keys
from conformance.model.table import OFF, Index, Table

VERSION = "conformance_version"
"""The attribute that every write changes; it is part of no key."""
_MARK = "\x00version"
_MARK_JSON = json.dumps(_MARK).strip('"')
BATCH = 10
"""The number of items in a batch."""
_ENVELOPE = 40
"""Bytes of an item beside its filler: names and types of what is added to it."""
WRITES = {
    "put": "PutItem",
    "conditional_put": "PutItem",
    "update": "UpdateItem",
    "transact_write": "TransactWriteItems",
}
READS = {"get": "GetItem", "get_strong": "GetItem", "batch_get": "BatchGetItem"}
QUERY = "query"


class Kind(NamedTuple):
    """A kind of request; requests of a kind are counted together."""

    table: str
    operation: str
    """The operation as the workload names it, such as `conditional_put`."""
    api: str
    index: str = ""  # type: ignore[assignment]  # hides tuple.index, which nobody uses

    @property
    def writes(self) -> bool:
        """Return True for a write."""
        return self.operation in WRITES

    @property
    def name(self) -> str:
        """Return the name of the kind within its table."""
        return f"{self.operation} {self.index}".strip()


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `version` goes between the parts of its body."""

    kind: Kind
    parts: tuple[bytes, ...]

    def body(self, version: int) -> bytes:
        """Return the bytes to send."""
        return str(version).encode().join(self.parts)


class Bodies:
    """Every request that a load may send to one table."""

    def __init__(
        self, table: Table, physical: str, load: TableLoad, count: int
    ) -> None:
        """Use the first `count` slots of the suite's keys for loads."""
        self._table = table
        self._physical = physical
        self._load = load
        self.slots = range(count)

    def make(self, operation: str, slot: int, index: str = "") -> Request:
        """Make a request of the workload, about the item in this slot."""
        content: dict[str, Any]
        match operation:
            case "put":
                content = {"Item": self.item(slot)}
            case "conditional_put":
                content = {"Item": self.item(slot)} | self._exists()
            case "update":
                content = {"Key": self.key(slot)} | _SET_VERSION
            case "transact_write":
                return self._request(operation, self._transaction(slot))
            case "get":
                content = {"Key": self.key(slot)}
            case "get_strong":
                content = {"Key": self.key(slot), "ConsistentRead": True}
            case "batch_get":
                return self._request(operation, self._batch(slot))
            case _:
                content = self._query(slot, self._table.indexes[index])
        return self._request(operation, self._named() | content, index)

    def delete(self, slot: int) -> Request:
        """Make the request that deletes the item in this slot."""
        content = self._named() | {"Key": self.key(slot)}
        return Request(Kind(self._table.name, "delete", "DeleteItem"), _split(content))

    def keys_of(self, slots: Iterable[int]) -> Request:
        """Make the request for the keys of the items in at most 100 slots."""
        keys = suite_keys.batch_get_request([self.key(slot) for slot in slots])
        return self._request("batch_get", {"RequestItems": {self._physical: keys}})

    def scan(self, start: Mapping[str, Any] | None) -> Request:
        """Make the request that counts the items of the next page of the table."""
        content = self._named() | {"Select": "COUNT"}
        if start:
            content["ExclusiveStartKey"] = start
        return Request(Kind(self._table.name, "scan", "Scan"), _split(content))

    def key(self, slot: int) -> dict[str, Any]:
        """Return the primary key of the item in this slot."""
        return suite_keys.load_key(self._table.key, slot)

    def item(self, slot: int) -> dict[str, Any]:
        """Return a complete item like the declared sample, of the declared size.

        Its index keys take as many values as the workload says: a hot partition of an
        index must show here, and no query of a service meet it.
        """
        table = self._table
        item = {name: dict(typed) for name, typed in table.sample.items()}
        for index in table.indexes.values():
            item[index.key.partition.name] = self.index_value(index, slot)
        if table.ttl != OFF:
            item[table.ttl] = {"N": str(self._load.expires)}
        item |= self.key(slot) | {VERSION: {"N": _MARK}}
        missing = (
            self._load.item_bytes - len(json.dumps(item, default=_base64)) - _ENVELOPE
        )
        return item | ({"filler": {"S": "x" * missing}} if missing > 0 else {})

    def index_value(self, index: Index, slot: int) -> dict[str, Any]:
        """Return the partition key value of the item in this slot, in an index."""
        attribute = index.key.partition
        distinct = self._load.distinct.get(attribute.name, len(self.slots))
        return suite_keys.load_value(attribute.type, slot % distinct)

    def everything(self) -> Iterator[Request]:
        """Yield every request about every slot that this load may send."""
        for slot in self.slots:
            for operation in (*self._load.writes, *self._load.reads):
                indexes = self._table.indexes if operation == QUERY else [""]
                for index in indexes:
                    yield self.make(operation, slot, index)
            yield self.make("put", slot)
            yield self.make("get_strong", slot)
            yield self.delete(slot)

    def _named(self) -> dict[str, Any]:
        return {"TableName": self._physical, "ReturnConsumedCapacity": "INDEXES"}

    def _exists(self) -> dict[str, Any]:
        return {
            "ConditionExpression": "attribute_exists(#partition)",
            "ExpressionAttributeNames": {"#partition": self._table.key.partition.name},
        }

    def _transaction(self, slot: int) -> dict[str, Any]:
        """Return the parameters that put the items of this slot and the next."""
        both = (slot, (slot + 1) % len(self.slots))
        puts = [
            {"Put": {"TableName": self._physical, "Item": self.item(written)}}
            for written in both
        ]
        return {
            "TransactItems": puts,
            "ReturnConsumedCapacity": "INDEXES",
        }

    def _batch(self, slot: int) -> dict[str, Any]:
        size = min(BATCH, len(self.slots))
        keys = [self.key((slot + n) % len(self.slots)) for n in range(size)]
        return {
            "RequestItems": {self._physical: {"Keys": keys}},
            "ReturnConsumedCapacity": "INDEXES",
        }

    def _query(self, slot: int, index: Index) -> dict[str, Any]:
        return {
            "IndexName": index.name,
            "KeyConditionExpression": "#partition = :partition",
            "ExpressionAttributeNames": {"#partition": index.key.partition.name},
            "ExpressionAttributeValues": {":partition": self.index_value(index, slot)},
            "Limit": self._load.query_items,
        }

    def _request(
        self, operation: str, content: Mapping[str, Any], index: str = ""
    ) -> Request:
        api = (WRITES | READS | {QUERY: "Query"})[operation]
        return Request(Kind(self._table.name, operation, api, index), _split(content))


_SET_VERSION = {
    "UpdateExpression": "SET #version = :version",
    "ExpressionAttributeNames": {"#version": VERSION},
    "ExpressionAttributeValues": {":version": {"N": _MARK}},
}


def _split(content: Mapping[str, Any]) -> tuple[bytes, ...]:
    text = json.dumps(content, separators=(",", ":"), default=_base64)
    return tuple(part.encode() for part in text.split(_MARK_JSON))


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()
