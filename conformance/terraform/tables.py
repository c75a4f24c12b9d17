"""The tables that would stand after a Terraform plan is applied."""

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.model.errors import NotAssessedError
from conformance.model.table import AWS_OWNED, OFF, Index, Key, Projection
from conformance.terraform.configuration import Configuration
from conformance.terraform.indexes import indexes, key_of, types
from conformance.terraform.keys import Keys, Place
from conformance.terraform.replicas import PlannedReplica, replicas_of
from conformance.terraform.resources import (
    UNKNOWN,
    Resource,
    Values,
    standing_values,
)
from conformance.terraform.throughput import maxima

MISSING = "MISSING"
PLANNED = "PLANNED"
LONGEST_DAYS = 35
"""The recovery period of a table for which none is given (UpdateContinuousBackups)."""


@dataclass(frozen=True)
class Surroundings:
    """The things around a planned table: keys, configuration, place and replicas."""

    keys: Keys
    configuration: Configuration
    place: Place
    replicas: tuple[Resource, ...] = ()
    """The resources of type `aws_dynamodb_table_replica`."""


class PlannedTable:
    """One table of the plan, by its declared name."""

    def __init__(
        self, found: list[Resource], around: Surroundings, *, names_are_known: bool
    ) -> None:
        """Know the resources that have the table's name."""
        self._found = found
        self._around = around
        self._names_are_known = names_are_known

    @property
    def status(self) -> str:
        """`PLANNED`, `MISSING`, or how often the plan has it."""
        if not self._found and not self._names_are_known:
            raise NotAssessedError("the name of a table is known only after apply")
        several = f"{PLANNED} {len(self._found)} times"
        return {0: MISSING, 1: PLANNED}.get(len(self._found), several)

    @property
    def key(self) -> Key:
        """Partition and sort key with their types."""
        return key_of(self.values, types(self.values))

    @property
    def indexes(self) -> Mapping[str, Index]:
        """Every global secondary index, by name."""
        return indexes(self.values)

    @property
    def local_indexes(self) -> frozenset[str]:
        """The names of the local secondary indexes."""
        blocks = self.values.blocks("local_secondary_index")
        return frozenset(block.text("name") for block in blocks)

    def index(self, name: str) -> "PlannedIndex":
        """Return the index of this name, which may be missing."""
        return PlannedIndex(self.indexes.get(name))

    @property
    def capacity_mode(self) -> str:
        """`PAY_PER_REQUEST` or `PROVISIONED`."""
        return self.values.text("billing_mode")

    @property
    def maxima(self) -> Mapping[str, int]:
        """The maxima of on-demand throughput, by what they limit."""
        return maxima(self.resource, self._around.configuration)

    @property
    def table_class(self) -> str:
        """`STANDARD`, which is the default of CreateTable, or another class."""
        name = "table_class"
        values = self.values
        return str((values[name] if name in values.content else None) or "STANDARD")

    @property
    def recovery_status(self) -> str:
        """Point-in-time recovery: `ENABLED` or `DISABLED`; no block means off."""
        return "ENABLED" if self._recovery else "DISABLED"

    @property
    def recovery_days(self) -> int:
        """The recovery period; 35 days where none is given, 0 without recovery."""
        if not self._recovery:
            return 0
        block = self._recovery[0]
        name, path = "recovery_period_in_days", ("point_in_time_recovery", 0)
        written = self._around.configuration.sets(self.resource, *path)
        is_left_out = written and not self._around.configuration.sets(
            self.resource, *path, name
        )
        if name in block.content and not is_left_out:
            return int(block[name] or LONGEST_DAYS)
        return int(block.known(name) or LONGEST_DAYS)

    @property
    def key_class(self) -> str:
        """The owner of the encryption key; no block means the key that AWS owns."""
        blocks = self._blocks("server_side_encryption")
        if not any(block["enabled"] for block in blocks):
            return AWS_OWNED
        return self._around.keys.class_of(
            self.resource, ("server_side_encryption", 0), blocks[0], self._around.place
        )

    @property
    def replicas(self) -> Mapping[str, PlannedReplica]:
        """The replicas of other regions, by region."""
        around = self._around
        return replicas_of(
            self.resource, around.replicas, around.keys, around.configuration
        )

    @property
    def recovery_of_replicas(self) -> Mapping[str, str]:
        """Point-in-time recovery of each replica, by region: each has its own."""
        return {
            region: replica.recovery_status for region, replica in self.replicas.items()
        }

    @property
    def consistency_of_replicas(self) -> Mapping[str, str]:
        """The consistency with each replica, by region."""
        return {
            region: replica.consistency for region, replica in self.replicas.items()
        }

    @property
    def key_classes_of_replicas(self) -> Mapping[str, str]:
        """The owner of each replica's key, by region.

        A replica without a key of its own has the default key of its region:
        `alias/aws/dynamodb` where the table has any KMS key, else the key of AWS.
        """
        if not self.replicas:
            return {}
        default = AWS_OWNED if self.key_class == AWS_OWNED else ""
        return {
            region: replica.key_class(self._around.place.account, default)
            for region, replica in self.replicas.items()
        }

    @property
    def ttl(self) -> str:
        """The attribute that holds the expiry time, or `OFF`."""
        names = [
            block.text("attribute_name")
            for block in self._blocks("ttl")
            if block["enabled"]
        ]
        return names[0] if names else OFF

    @property
    def tags(self) -> dict[str, str]:
        """With those that the provider gives to everything."""
        name = "tags_all" if "tags_all" in self.values.content else "tags"
        return dict(self.values[name] or {})

    @property
    def unset(self) -> frozenset[str]:
        """The blocks that the plan leaves to AWS's default, as nothing sets them."""
        return frozenset(
            name
            for name in ("server_side_encryption", "point_in_time_recovery")
            if self._is_unset(name)
        )

    @property
    def resource(self) -> Resource:
        """The resource that is the table."""
        if self.status != PLANNED:
            raise NotAssessedError(f"the table is {self.status.lower()} (TFP-1)")
        return self._found[0]

    @property
    def values(self) -> Values:
        """The values of the table after apply."""
        return standing_values(self.resource)

    @property
    def _recovery(self) -> list[Values]:
        blocks = self._blocks("point_in_time_recovery")
        return [block for block in blocks if block["enabled"]]

    def _blocks(self, name: str) -> list[Values]:
        return [] if self._is_unset(name) else self.values.blocks(name)

    def _is_unset(self, name: str) -> bool:
        """Return True if the table is created, and nothing sets an optional block.

        Terraform calls such a block known only after apply, as AWS could set it. The
        provider sends nothing for it, and so AWS's default holds. A restored table has
        the settings of its source.
        """
        resource, values = self.resource, self.values
        restored = any(
            value not in (None, False)
            for attribute, value in values.content.items()
            if attribute.startswith("restore_")
        )
        return (
            values.content.get(name) is UNKNOWN
            and "create" in resource.actions
            and not restored
            and self._around.configuration.leaves_out(resource, name)
        )


class PlannedIndex:
    """One index of a planned table, or the lack of one."""

    def __init__(self, index: Index | None) -> None:
        """Know the index."""
        self._index = index

    @property
    def status(self) -> str:
        """`PLANNED` or `MISSING`."""
        return PLANNED if self._index else MISSING

    @property
    def key(self) -> Key:
        """Partition and sort key with their types."""
        return self._planned.key

    @property
    def projection(self) -> Projection:
        """The attributes that the index would carry."""
        return self._planned.projection

    @property
    def _planned(self) -> Index:
        if self._index is None:
            raise NotAssessedError("the index is missing (TFP-2)")
        return self._index
