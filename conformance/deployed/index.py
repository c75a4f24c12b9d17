"""A global secondary index, as DescribeTable tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.deployed.facts import Facts
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.model.table import Attribute, Key, Projection


@dataclass(frozen=True)
class DeployedIndex:
    """A deployed index, or the lack of one.

    A property that needs a request of its own is `prefetched` and asks `facts`.
    """

    facts: Facts
    region: str
    table: str
    """The deployed name of the table."""
    name: str
    description: Mapping[str, Any] | None
    """The index in DescribeTable's answer; None if it is not there."""
    types: Mapping[str, str]
    """The types of the table's key attributes, by attribute."""

    @property
    def status(self) -> str:
        """`ACTIVE`, `CREATING`, `UPDATING`, `DELETING`, or `MISSING`."""
        return str(self.description["IndexStatus"]) if self.description else "MISSING"

    @property
    def backfilling(self) -> bool:
        """True while the index is being built; AWS says it only then."""
        return bool(self.description and self.description.get("Backfilling", False))

    @property
    def readiness(self) -> str:
        """The status, with a word more while the index is still being built."""
        return f"{self.status}, backfilling" if self.backfilling else self.status

    def holds(self, key: Key) -> bool:
        """Return True if the index exists and has this key."""
        return self.status != "MISSING" and self.key == key

    @property
    def key(self) -> Key:
        """Partition and sort key with their types."""
        return key(self._existing()["KeySchema"], self.types)

    @property
    def projection(self) -> Projection:
        """The attributes that the index carries."""
        return projection(self._existing())

    def _existing(self) -> Mapping[str, Any]:
        if self.description is None:
            raise NotAssessedError("index missing")
        return self.description


def projection(index: Mapping[str, Any]) -> Projection:
    """Return the attributes that a described index carries."""
    described = index["Projection"]
    # NonKeyAttributes is absent for every projection but INCLUDE.
    attributes = frozenset(described.get("NonKeyAttributes", ()))
    return Projection(described["ProjectionType"], attributes)


def key(schema: list[dict[str, str]], types: Mapping[str, str]) -> Key:
    """Return a key schema as a value; HASH is the partition key, RANGE the sort key.

    Several attributes of one kind, which an index may have, become one that equals
    none that can be declared.
    """
    names: dict[str, list[str]] = {"HASH": [], "RANGE": []}
    for element in schema:
        if element["KeyType"] not in names:
            raise NotAssessedError(
                f"key schema not understood: {element['AttributeName']} is "
                f"{element['KeyType']}, not HASH or RANGE"
            )
        names[element["KeyType"]].append(element["AttributeName"])
    partition = _attribute(names["HASH"], types)
    if partition is None:
        raise UnreadableError("AWS answered a key schema without partition key")
    return Key(partition, _attribute(names["RANGE"], types))


def _attribute(names: list[str], types: Mapping[str, str]) -> Attribute | None:
    if not names:
        return None
    untyped = [name for name in names if name not in types]
    if untyped:
        raise UnreadableError(
            f"AWS answered AttributeDefinitions without {', '.join(untyped)}, which is "
            "in a key schema"
        )
    return Attribute(", ".join(names), ", ".join(types[name] for name in names))
