"""The settings of DynamoDB in the control API, under "dynamodb"."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from aws_standin.dynamodb.tables import Name

CONTAINERS = ("of_table", "held")


@dataclass
class Settings:
    """The durations of changes, in seconds of the stand-in's clock, and faults."""

    table_creating: float = 0.0
    table_updating: float = 0.0
    table_deleting: float = 0.0
    index_creating: float = 0.0
    """Backfilling, after the table's UPDATING."""
    index_deleting: float = 0.0
    replica_creating: float = 0.0
    replica_deleting: float = 0.0
    backup_creating: float = 0.0
    restoring: float = 0.0
    """The time for which a restored table stays CREATING."""
    restore_flaw: str = ""
    """The flaw of a table's restores, one of `restore_flaws.FLAWS`; of a region, those
    that are made there."""
    restore_offset: float = 0.0
    """Seconds by which a restore to a time misses the time."""
    latest_restorable_delay: float = 5.0
    """From now back to LatestRestorableDateTime; about 300 on AWS."""
    replication_lag: float = 0.0
    """From a write to its arrival in another region."""
    replication_paused: bool = False
    """While true, nothing arrives in another region."""
    replication_loses_deletes: bool = False
    """While true, a delete never arrives in another region."""
    global_table_version: str = "2019.11.21"
    """The members that a replica is described with."""
    multi_region_consistency: str = ""
    """`EVENTUAL` or `STRONG`, as a global table is described; "" for neither."""
    backups_enabling: float = 0.0
    """Seconds after its creation for which a table has no continuous backups yet."""
    of_table: dict[str, dict[str, Any]] = field(default_factory=dict)
    """"[REGION/]TABLE" → settings of the above that hold for this table instead; of
    replication, for what arrives there."""
    held: dict[str, str] = field(default_factory=dict)
    """Everything that stays in a status until this is set anew without it.
    "[REGION/]TABLE[/index/INDEX | /replica/REGION]" → "UPDATING"; an index or a
    replica that is held MISSING is not described."""

    def of(self, name: Name, setting: str) -> Any:
        """Return a setting as it is for a table."""
        own = self.of_table.get(name.table, {})
        here = self.of_table.get(f"{name.region}/{name.table}", {})
        return here.get(setting, own.get(setting, getattr(self, setting)))

    def held_status(self, name: Name, part: str = "") -> str | None:
        """Return the status that a table or a part of it is held in."""
        if not self.held:
            return None
        path = f"{name.table}/{part}" if part else name.table
        return self.held.get(f"{name.region}/{path}", self.held.get(path))

    def problem(self, setting: str, value: Any) -> str:
        """Say what is wrong with a new value, "" when nothing is."""
        if setting != "of_table":
            return ""
        known = {one.name for one in dataclasses.fields(self)} - set(CONTAINERS)
        unknown = {key for own in value.values() for key in own} - known
        return f"no {sorted(unknown)}; known: {sorted(known)}" if unknown else ""
