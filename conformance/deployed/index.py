"""A global secondary index, as DescribeTable tells it."""

from dataclasses import dataclass
from typing import Any

from conformance.model.errors import NotAssessedError
from conformance.model.table import Attribute, Key, Projection


@dataclass(frozen=True)
class DeployedIndex:
    """A deployed index, or the lack of one."""

    status: str
    """`ACTIVE`, `CREATING`, `UPDATING`, `DELETING`, or `MISSING`."""
    backfilling: bool = False
    description: Any = None
    types: Any = None

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
        projection = self._existing()["Projection"]
        # NonKeyAttributes is absent for every projection but INCLUDE.
        return Projection(
            projection["ProjectionType"],
            frozenset(projection.get("NonKeyAttributes", ())),
        )

    def _existing(self) -> Any:
        if self.description is None:
            raise NotAssessedError("index missing")
        return self.description


def deployed_index(description: dict[str, Any], types: dict[str, str]) -> DeployedIndex:
    """Return the index that DescribeTable describes."""
    return DeployedIndex(
        status=description["IndexStatus"],
        # Backfilling is present only while an index is being built.
        backfilling=description.get("Backfilling", False),
        description=description,
        types=types,
    )


MISSING = DeployedIndex("MISSING")


def key(schema: list[dict[str, str]], types: dict[str, str]) -> Key:
    """Return a key schema as a value; HASH is the partition key, RANGE the sort key.

    Several attributes of one kind, which an index may have, become one that equals
    none that can be declared.
    """
    parts = {}
    for kind in ("HASH", "RANGE"):
        names = [
            element["AttributeName"] for element in schema if element["KeyType"] == kind
        ]
        if names:
            of_types = ", ".join(types[name] for name in names)
            parts[kind] = Attribute(", ".join(names), of_types)
    return Key(parts["HASH"], parts.get("RANGE"))
