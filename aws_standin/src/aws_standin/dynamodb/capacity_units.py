"""The capacity units that reads and writes consume.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
and "Managing global secondary indexes", write throughput: an index is charged when an
item enters it, leaves it or changes in it, and twice when its key changes.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aws_standin.dynamodb.item_size import item_size
from aws_standin.dynamodb.key_schema import Index, Item, Schema

READ_UNIT, WRITE_UNIT = 4096, 1024
"""Bytes."""
Change = tuple[Item | None, Item | None]
"""An item before and after a write."""


@dataclass
class Consumed:
    """Units by where they were consumed."""

    table: float = 0.0
    global_indexes: dict[str, float] = field(default_factory=dict)
    local_indexes: dict[str, float] = field(default_factory=dict)

    def add(self, index: Index, units: float) -> None:
        """Add an index's units; none at all leave no trace."""
        if units:
            kind = self.global_indexes if index.is_global else self.local_indexes
            kind[index.name] = kind.get(index.name, 0.0) + units

    def described(self, table: str, how: str, kind: str = "") -> dict[str, Any]:
        """Return the ConsumedCapacity: TOTAL, or with INDEXES all parts.

        `kind` is "Read" or "Write" where an operation returns it too (transactions).
        """
        indexes = (*self.global_indexes.values(), *self.local_indexes.values())
        total = self.table + sum(indexes)
        capacity: dict[str, Any] = {"TableName": table, "CapacityUnits": total}
        if kind:
            capacity[f"{kind}CapacityUnits"] = total
        if how == "INDEXES":
            capacity["Table"] = _units(self.table, kind)
            parts = (
                ("GlobalSecondaryIndexes", self.global_indexes),
                ("LocalSecondaryIndexes", self.local_indexes),
            )
            for member, units in parts:
                if units:
                    capacity[member] = {
                        index: _units(consumed, kind)
                        for index, consumed in units.items()
                    }
        return capacity


def written(schema: Schema, changes: Iterable[Change], factor: int = 1) -> Consumed:
    """Return what writes consume; `factor` is 2 in a transaction."""
    consumed = Consumed()
    for before, after in changes:
        larger = max(_size(before), _size(after))
        consumed.table += factor * max(1, math.ceil(larger / WRITE_UNIT))
        for index in schema.indexes:
            consumed.add(index, factor * _index_units(schema, index, (before, after)))
    return consumed


def read_one(item: Item | None, consistent: bool, factor: int = 1) -> float:
    """Return what reading one item consumes, also one that is not there."""
    return factor * _read(_size(item)) * (1.0 if consistent else 0.5)


def read_many(items: Iterable[Item], consistent: bool) -> float:
    """Return what a page of a query or scan consumes: sizes add up."""
    return _read(sum(map(item_size, items))) * (1.0 if consistent else 0.5)


def _read(size: int) -> float:
    return float(max(1, math.ceil(size / READ_UNIT)))


def _index_units(schema: Schema, index: Index, change: Change) -> int:
    before, after = (_projected(schema, index, item) for item in change)
    if before == after:
        return 0
    if before and after and all(before[key] == after[key] for key in index.keys):
        return _write(max(_size(before), _size(after)))
    return sum(_write(_size(item)) for item in (before, after) if item)


def _projected(schema: Schema, index: Index, item: Item | None) -> Item | None:
    """Return what an index holds of an item; None when the item is not in it."""
    if item is None or not all(key in item for key in index.keys):
        return None
    if index.projection == "ALL":
        return item
    held = {*schema.keys, *index.keys, *index.included}
    return {name: value for name, value in item.items() if name in held}


def _write(size: int) -> int:
    return math.ceil(size / WRITE_UNIT)


def _size(item: Item | None) -> int:
    return item_size(item) if item else 0


def _units(units: float, kind: str) -> dict[str, float]:
    members = ["CapacityUnits", *([f"{kind}CapacityUnits"] if kind else [])]
    return dict.fromkeys(members, float(units))
