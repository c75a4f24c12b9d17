"""The replicas of a table that would stand after a Terraform plan is applied."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from conformance.model.errors import NotAssessedError
from conformance.terraform.configuration import Configuration
from conformance.terraform.keys import AWS_MANAGED, Keys, Place
from conformance.terraform.resources import Resource, Values, standing_values

_KEY = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')
_INSTANCE = re.compile(rf"{_KEY.pattern}$")


@dataclass(frozen=True)
class PlannedReplica:
    """A replica: a block of its table, or a resource of its own."""

    resource: Resource
    path: tuple[str | int, ...]
    """The way to its block in the configuration; empty for a resource of its own."""
    region: str
    values: Values
    keys: Keys
    configured_key: bool
    """True if the configuration gives it a key, or may."""

    @property
    def recovery_status(self) -> str:
        """`ENABLED` or `DISABLED`, which is what an absent switch means."""
        values = self.values
        absent = "point_in_time_recovery" not in values.content
        return (
            "ENABLED" if not absent and values["point_in_time_recovery"] else "DISABLED"
        )

    @property
    def consistency(self) -> str:
        """`EVENTUAL`, which is the default, or `STRONG`."""
        name = "consistency_mode"
        values = self.values
        return str((values[name] if name in values.content else None) or "EVENTUAL")

    def key_class(self, account: str, default: str) -> str:
        """Return the owner of its key; without one `default`, or else AWS's."""
        decided = self.values.knows("kms_key_arn") or not self.configured_key
        if decided and not self.values.known("kms_key_arn"):
            return default or AWS_MANAGED
        return self.keys.class_of(
            self.resource, self.path, self.values, Place(account, self.region)
        )


def replicas_of(
    table: Resource,
    beside: tuple[Resource, ...],
    keys: Keys,
    configuration: Configuration,
) -> Mapping[str, PlannedReplica]:
    """Return the replicas of a table, by region.

    Raises:
        NotAssessedError: the plan does not show which ones there are.
    """
    blocks = standing_values(table).blocks("replica")
    found = {}
    for position, block in enumerate(blocks):
        region = block.text("region_name")
        path = _path(table, position, len(blocks), region, configuration)
        found[region] = PlannedReplica(
            table, path, region, block, keys, _has_key(table, path, configuration)
        )
    for resource in beside:
        if resource.after and _is_of(resource, table, configuration):
            region = _region_of(resource, configuration)
            configured = configuration.sets(resource, "kms_key_arn")
            found[region] = PlannedReplica(
                resource, (), region, resource.after, keys, configured
            )
    return found


def _path(
    table: Resource,
    position: int,
    count: int,
    region: str,
    configuration: Configuration,
) -> tuple[str | int, ...]:
    """Return the way to the block of a region; the plan sorts blocks in its own way."""
    if count > 1:
        for other in range(count):
            path = ("replica", other)
            if configuration.constant(table, *path, "region_name") == region:
                return path
    return ("replica", position)


def _has_key(
    table: Resource, path: tuple[str | int, ...], configuration: Configuration
) -> bool:
    """Return False if the configuration shows the block, and no key in it."""
    shown = configuration.sets(table, *path)
    return not shown or configuration.sets(table, *path, "kms_key_arn")


def _is_of(resource: Resource, table: Resource, configuration: Configuration) -> bool:
    """Return True if a replica of its own belongs to the table."""
    arn = standing_values(resource).known("global_table_arn")
    if arn:
        name = str(arn).rpartition(":table/")[2]
        return bool(name == standing_values(table).known("name"))
    origins = configuration.origins(resource, "global_table_arn")
    if origins != {configuration.origin_of(table, "arn")}:
        return False
    if resource.module != table.module:
        if _bare(resource.module) == _bare(table.module):
            return False  # another instance of the same module
        if table.module != _bare(table.module):
            raise NotAssessedError(
                f"{resource.address}: whose replica it is is known only after apply"
            )
    one, other = map(_INSTANCE.search, (resource.address, table.address))
    return not (one and other) or one[0] == other[0]


def _bare(module: str) -> str:
    """Return a module's address without the keys of instances."""
    return _KEY.sub("", module)


def _region_of(resource: Resource, configuration: Configuration) -> str:
    """Return the region of a replica of its own, which its provider says."""
    values = standing_values(resource)
    region = values.known("region") or configuration.region_of(resource)
    arn = str(values.known("arn") or "").split(":")
    region = arn[3] if len(arn) > 4 else region  # noqa: PLR2004 -- arn:partition:service:region:account:…
    if not isinstance(region, str):
        raise NotAssessedError(f"{resource.address}: the plan does not say its region")
    return region
