"""The keys and indexes of a table, read from its description."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
Item = Mapping[str, Mapping[str, Any]]
"""Attribute name → typed value, as DynamoDB's JSON has it: {"id": {"S": "a"}}."""


@dataclass(frozen=True)
class Index:
    """A secondary index: its key attributes and what it projects."""

    name: str
    keys: tuple[str, ...]
    projection: str
    """ALL, KEYS_ONLY or INCLUDE."""
    included: tuple[str, ...]
    is_global: bool


@dataclass(frozen=True)
class Schema:
    """A table's keys, the types of all key attributes, and its indexes."""

    keys: tuple[str, ...]
    """The partition key, then the sort key if there is one."""
    types: Mapping[str, str]
    """Attribute name → S, N or B."""
    indexes: tuple[Index, ...]

    def key_of(self, item: Item) -> dict[str, Any]:
        """Return an item's primary key; KeyError when it is not complete."""
        return {name: item[name] for name in self.keys}

    def index(self, name: str) -> Index | None:
        """Return the index of a name."""
        return next((one for one in self.indexes if one.name == name), None)


def schema_of(description: Document) -> Schema:
    """Return the schema that a TableDescription (or a CreateTable) contains."""
    definitions = description.get("AttributeDefinitions", [])
    kinds = (("GlobalSecondaryIndexes", True), ("LocalSecondaryIndexes", False))
    return Schema(
        keys=_keys(description["KeySchema"]),
        types={one["AttributeName"]: one["AttributeType"] for one in definitions},
        indexes=tuple(
            _index(one, is_global)
            for member, is_global in kinds
            for one in description.get(member) or ()
        ),
    )


def _keys(key_schema: list[Document]) -> tuple[str, ...]:
    in_order = sorted(key_schema, key=lambda one: one["KeyType"] != "HASH")
    return tuple(one["AttributeName"] for one in in_order)


def _index(description: Document, is_global: bool) -> Index:
    projection = description.get("Projection") or {}
    return Index(
        name=description["IndexName"],
        keys=_keys(description["KeySchema"]),
        projection=projection.get("ProjectionType", "ALL"),
        included=tuple(projection.get("NonKeyAttributes") or ()),
        is_global=is_global,
    )
