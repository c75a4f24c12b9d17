"""Queries on a global secondary index for items of the suite's own."""

import time
from dataclasses import dataclass
from typing import Any

from conformance.aws.interlock import PARTITION_VALUE
from conformance.aws.polling import wait_for
from conformance.model import suite_keys
from conformance.model.errors import NotApplicableError
from conformance.model.item import canonical
from conformance.model.table import Index
from conformance.probes.items import Items

WRITTEN = suite_keys.SHARED_SLOTS
_PATIENCE_S = 20.0
_MOVED = ":moved"


@dataclass(frozen=True)
class Moves:
    """The items that the index shows as one item gains, changes and loses its key."""

    before: int = 0
    """Items in the first partition, while its only item has no index key."""
    with_key: int = 1
    """There, once the item has one."""
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
        self._items = items
        self._index = index
        own = items.declared.key.attributes
        self._shared = index.key.partition in own
        self._moved_by = next((a for a in index.key.attributes if a not in own), None)
        """The index key attribute that an item can gain, change and lose."""
        self._position = self._moved_by if self._shared else None
        """The sort key by which it moves within a partition that it cannot leave."""

    def write(self) -> list[dict[str, Any]]:
        """Write items into one partition; return them as the index must show them."""
        self._wait_until_empty()
        written = [self._items.in_index(slot, self._index) for slot in self._slots()]
        for item in reversed(written):
            self._items.put(item)
        return self._in_order([self._projected(item) for item in written])

    def query(self, expected: list[dict[str, Any]] | None = None) -> list[Any]:
        """Return the items of the partition in index order; wait for those expected."""

        def settled(found: list[Any]) -> bool:
            strangers = [item for item in found if item not in (expected or [])]
            return expected is None or found == expected or bool(strangers)

        return wait_for(self._query, settled, _PATIENCE_S)

    def paged(self, limit: int = 2) -> list[dict[str, Any]]:
        """Return the same items, gathered page by page.

        Raises:
            NotApplicableError: a partition of this index never has two items.
        """
        if len(self._slots()) == 1:
            raise NotApplicableError(
                f"{self._index.name} has the table's only key attribute as partition "
                "key: its partitions have one item each, and so no pages"
            )
        found: list[dict[str, Any]] = []
        start: dict[str, Any] = {}
        while True:
            answer = self._send(0, Limit=limit, **start)
            found += [canonical(item) for item in answer["Items"]]
            # LastEvaluatedKey is absent on the last page.
            if "LastEvaluatedKey" not in answer:
                return self._in_order(found)
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def moves(self) -> Moves:
        """Follow one item while it gains, changes and loses its index key."""
        self._wait_until_empty()
        if self._moved_by is None:
            return self._moves_of_key()
        name = self._moved_by.name
        self._items.put({k: v for k, v in self._placed(1).items() if k != name})
        before = self._shown(0, 0)
        self._items.put(self._placed(0))
        with_key = self._shown(0, 1)
        self._change(f"SET #moved = {_MOVED}", {_MOVED: self._placed(1)[name]})
        moved_to, moved_from = self._shown(1, 1), self._shown(0, 0)
        self._change("REMOVE #moved")
        return Moves(before, with_key, moved_from, moved_to, self._shown(1, 0))

    correct_moves = Moves()
    """The moves that a correct index shows."""

    def delays_ms(self) -> list[float]:
        """Return the time from each write's acknowledgement to its first sight."""
        self._wait_until_empty()
        delays = []
        for written, slot in enumerate(self._slots(), start=1):
            self._items.put(self._items.in_index(slot, self._index))
            acknowledged = time.monotonic()
            found = self._counted(0, written)
            seen = time.monotonic()
            delays.append(
                (seen - acknowledged) * 1000 if found == written else float("inf")
            )
        return delays

    def _slots(self) -> range:
        """Return the slots whose items can be in one partition of the index.

        A key that consists of one attribute has one item for each value of it.
        """
        alone = self._shared and self._items.declared.key.sort is None
        return range(1 if alone else WRITTEN)

    def _moves_of_key(self) -> Moves:
        """Follow items whose index key is their primary key, which never changes.

        An item gains its index entry as it is written, and loses it as it is deleted.
        """
        first, second = self._placed(0), self._placed(1)
        before = self._shown(0, 0)
        self._items.put(first)
        with_key = self._shown(0, 1)
        self._items.remove(first)
        self._items.put(second)
        moved_to, moved_from = self._shown(1, 1), self._shown(0, 0)
        self._items.remove(second)
        return Moves(before, with_key, moved_from, moved_to, self._shown(1, 0))

    def _placed(self, place: int) -> dict[str, Any]:
        """Return the same item with its index entry in another place.

        A place is a partition of the index, or a position in one if the partition
        key is a key of the table, which an item cannot change.
        """
        if self._position is None:
            return self._items.in_index(0, self._index, place)
        moved = {self._position.name: self._items.sort_value(self._index, place)}
        return self._items.in_index(0, self._index) | moved

    def _change(self, expression: str, values: dict[str, Any] | None = None) -> None:
        """Update the item that moves."""
        rest = {"ExpressionAttributeValues": values} if values else {}
        names = {"#moved": self._moved_by.name if self._moved_by else ""}
        key = self._items.key_of(self._placed(0))
        self._items.update_key(key, expression, ExpressionAttributeNames=names, **rest)

    def _shown(self, place: int, wanted: int) -> int:
        """Count the items in a place once it shows as many as expected."""
        if self._position is None:
            return self._counted(place, wanted)
        name = self._position.name
        return self._counted(0, wanted, (name, self._placed(place)[name]))

    def _wait_until_empty(self) -> None:
        """Wait until items of an earlier exercise have left partitions with fixed keys.

        Other partitions are named anew for each exercise, and so are empty.
        """
        if self._shared:
            for group in range(suite_keys.SHARED_GROUPS):
                self._counted(group, 0)

    def _counted(
        self, group: int, wanted: int, sort: tuple[str, Any] | None = None
    ) -> int:
        """Count the items of a partition once it shows as many as expected."""
        return wait_for(
            lambda: int(self._send(group, sort)["Count"]),
            lambda shown: shown == wanted,
            _PATIENCE_S,
        )

    def _query(self) -> list[dict[str, Any]]:
        found = [canonical(item) for item in self._send(0)["Items"]]
        return self._in_order(found)

    def _in_order(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the items as they are, or sorted if the index promises no order.

        Only a sort key orders the items of a partition (DynamoDB Developer Guide,
        "Using Global Secondary Indexes", and Query's ScanIndexForward).
        """
        keys = self._items.declared.key.attributes

        def primary_key(item: dict[str, Any]) -> str:
            return str([item[attribute.name] for attribute in keys])

        return items if self._index.key.sort else sorted(items, key=primary_key)

    def _send(
        self, group: int, sort: tuple[str, Any] | None = None, **rest: Any
    ) -> dict[str, Any]:
        condition = f"#partition = {PARTITION_VALUE}"
        names = {"#partition": self._index.key.partition.name}
        values = {PARTITION_VALUE: self._items.partition_value(self._index, group)}
        if sort:
            condition += " AND #sort = :sort"
            names["#sort"], values[":sort"] = sort
        return self._items.send(
            "query",
            IndexName=self._index.name,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            **rest,
        )

    def _projected(self, item: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes of an item that the index shows."""
        projection = self._index.projection
        keys = self._items.declared.key.attributes + self._index.key.attributes
        shown = {attribute.name for attribute in keys} | projection.attributes
        whole = projection.type == "ALL"
        return canonical({k: v for k, v in item.items() if whole or k in shown})
