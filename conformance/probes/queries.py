"""Queries on a global secondary index for items of the suite's own."""

import time
from dataclasses import dataclass
from typing import Any

from conformance.aws.interlock import PARTITION_VALUE
from conformance.aws.polling import wait_for
from conformance.model import suite_keys
from conformance.model.errors import NotAssessedError
from conformance.model.item import canonical
from conformance.model.table import Index
from conformance.probes.items import Items

WRITTEN = 5
_PATIENCE_S = 20.0


@dataclass(frozen=True)
class Moves:
    """The items that the index shows as one item gains, changes and loses its key."""

    before: int = 0
    """Items in the first partition, while its only item has no index key."""
    with_key: int = 1
    """There, once a second item has one."""
    moved_from: int = 0
    """There, once that item's key has changed."""
    moved_to: int = 1
    """Items in the partition of the changed key."""
    removed: int = 0
    """There, once the item has lost its key."""


class IndexItems:
    """Items of our own, seen through one index."""

    def __init__(self, items: Items, index: Index) -> None:
        """Know the table's pool items and the declared index."""
        shared = {a.name for a in items.declared.key.attributes}
        if index.key.partition.name in shared:
            raise NotAssessedError(
                f"{index.name} shares its partition key with the table: pool items "
                "cannot be grouped in it"
            )
        self._items = items
        self._index = index

    def write(self, slots: range = range(WRITTEN)) -> list[dict[str, Any]]:
        """Write items into one partition; return them as the index must show them."""
        written = [self._grouped(slot) for slot in slots]
        for item in reversed(written):
            self._items.put(item)
        return [self._projected(item) for item in written]

    def query(self, expected: list[dict[str, Any]] | None = None) -> list[Any]:
        """Return the items of the partition in index order; wait for those expected."""

        def settled(found: list[Any]) -> bool:
            strangers = [item for item in found if item not in (expected or [])]
            return expected is None or found == expected or bool(strangers)

        return wait_for(self._query, settled, _PATIENCE_S)

    def paged(self, limit: int = 2) -> list[dict[str, Any]]:
        """Return the same items, gathered page by page."""
        found: list[dict[str, Any]] = []
        start: dict[str, Any] = {}
        while True:
            answer = self._send(0, Limit=limit, **start)
            found += [canonical(item) for item in answer["Items"]]
            # LastEvaluatedKey is absent on the last page.
            if "LastEvaluatedKey" not in answer:
                return found
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def moves(self) -> Moves:
        """Follow one item while it gains, changes and loses its index key."""
        name = self._index.key.partition.name
        names = {"#partition": name}
        self._items.put({k: v for k, v in self._grouped(1).items() if k != name})
        before = self._shown(0, 0)
        self._items.put(self._grouped(0))
        with_key = self._shown(0, 1)
        self._items.update(
            0,
            "SET #partition = :partition",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={PARTITION_VALUE: self._value(1)},
        )
        moved_to, moved_from = self._shown(1, 1), self._shown(0, 0)
        self._items.update(0, "REMOVE #partition", ExpressionAttributeNames=names)
        return Moves(before, with_key, moved_from, moved_to, self._shown(1, 0))

    correct_moves = Moves()
    """The moves that a correct index shows."""

    def delays_ms(self, writes: int = WRITTEN) -> list[float]:
        """Return the time from each write's acknowledgement to its first sight."""
        delays = []
        for slot in range(writes):
            item = self._grouped(slot) | {
                self._index.key.partition.name: self._value(slot)
            }
            self._items.put(item)
            acknowledged = time.monotonic()
            found = self._shown(slot, 1)
            seen = time.monotonic()
            delays.append((seen - acknowledged) * 1000 if found else float("inf"))
        return delays

    def _shown(self, group: int, wanted: int) -> int:
        """Count the items of a partition once it shows as many as expected."""
        return wait_for(
            lambda: int(self._send(group)["Count"]),
            lambda shown: shown == wanted,
            _PATIENCE_S,
        )

    def _query(self) -> list[dict[str, Any]]:
        return [canonical(item) for item in self._send(0)["Items"]]

    def _send(self, group: int, **rest: Any) -> dict[str, Any]:
        return self._items.send(
            "query",
            IndexName=self._index.name,
            KeyConditionExpression=f"#partition = {PARTITION_VALUE}",
            ExpressionAttributeNames={"#partition": self._index.key.partition.name},
            ExpressionAttributeValues={PARTITION_VALUE: self._value(group)},
            **rest,
        )

    def _value(self, group: int) -> dict[str, Any]:
        return self._items.index_value(self._index.key.partition, group)

    def _grouped(self, slot: int) -> dict[str, Any]:
        """Return the item of a slot, in index partition 0, sorted by slot."""
        item = self._items.item(slot)
        key = self._index.key
        item[key.partition.name] = self._value(0)
        if key.sort and key.sort not in self._items.declared.key.attributes:
            item[key.sort.name] = suite_keys.key_value(key.sort.type, slot)
        return item

    def _projected(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes of an item that the index shows."""
        projection = self._index.projection
        keys = self._items.declared.key.attributes + self._index.key.attributes
        shown = {attribute.name for attribute in keys} | projection.attributes
        whole = projection.type == "ALL"
        return canonical({k: v for k, v in item.items() if whole or k in shown})
