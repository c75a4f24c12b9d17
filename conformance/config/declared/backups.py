"""The declared backups of the tables: vault, backup plan, retention, copies."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from conformance.config.environment import Environment
from conformance.model.backup.values import Copy, Minutes, Retention
from conformance.model.errors import BadInputError


@dataclass(frozen=True)
class Backups:
    """The declared work of AWS Backup for one environment's tables, in each region."""

    vault: str
    key_alias: str
    key_class: str
    """The owner of the vault's key: `AWS_MANAGED` or `CUSTOMER_MANAGED`."""
    plan: str
    role: str
    interval: Minutes
    """The longest time between two runs."""
    start_window: Minutes
    """The longest delay until a job starts."""
    job_time: Minutes
    """The longest duration of a job."""
    copy_time: Minutes
    """The longest duration of a copy, after its backup."""
    retention: Retention
    covers: tuple[str, ...]
    """Patterns of declared table names."""
    copies: Mapping[str, Copy]
    """The copies of the primary region's rule, by destination region."""

    largest_gap: Minutes
    """Between two successive recovery points; no less than interval and window."""
    ceiling: Minutes
    """The age that no newest recovery point may have, whatever its rule says."""

    @property
    def oldest(self) -> Minutes:
        """The age up to which a newest recovery point is on time."""
        span = self.interval.minutes + self.start_window.minutes + self.job_time.minutes
        return min(Minutes(span), self.ceiling)

    @property
    def oldest_copy(self) -> Minutes:
        """The age of its source up to which a newest copy is on time."""
        span = self.oldest.minutes + self.copy_time.minutes
        return min(Minutes(span), self.ceiling)

    def cover(self, table: str) -> bool:
        """Return True if a declared table must be backed up."""
        return any(fnmatchcase(table, pattern) for pattern in self.covers)


def declared_backups(
    section: dict[str, Any], targets: Mapping[str, float], environment: Environment
) -> Backups:
    """Read the section `backup` of surroundings.toml.

    Raises:
        BadInputError: a target contradicts the windows.
    """
    _require_room(section, targets)
    replicas = environment.regions[1:] if section["copies"] == "replicas" else ()
    copy_retention = Retention(section["copy_retention_days"])
    return Backups(
        vault=section["vault"],
        key_alias=section["key_alias"],
        key_class=section["key_class"],
        plan=section["plan"],
        role=section["role"],
        interval=Minutes(section["maximum_interval_minutes"]),
        start_window=Minutes(section["start_window_minutes"]),
        job_time=Minutes(section["job_minutes"]),
        copy_time=Minutes(section["copy_minutes"]),
        retention=Retention(section["retention_days"]),
        covers=tuple(section["covers"]),
        copies={
            region: Copy(
                f"arn:aws:backup:{region}:{environment.account}"
                f":backup-vault:{section['vault']}",
                copy_retention,
            )
            for region in replicas
        },
        largest_gap=Minutes(targets["recovery_point_gap_minutes"]),
        ceiling=Minutes(targets["newest_recovery_point_minutes"]),
    )


def _require_room(section: Mapping[str, Any], targets: Mapping[str, float]) -> None:
    """Refuse targets that jobs within their declared windows may exceed.

    Of two successive jobs the first may start at once and the second at the end of its
    window. A newest recovery point waits for the next one to be complete.
    """
    apart = section["maximum_interval_minutes"] + section["start_window_minutes"]
    copies = section["copies"] != "none"
    ended = apart + section["job_minutes"] + section["copy_minutes"] * copies
    parts = "interval, start window, job" + " and copy" * copies
    least = {
        "recovery_point_gap_minutes": (apart, "interval and start window"),
        "newest_recovery_point_minutes": (ended, parts),
    }
    problems = [
        f"targets.{name} = {targets[name]:g} contradicts the section backup, whose "
        f"{parts} take up to {minutes:g} minutes; declare no less"
        for name, (minutes, parts) in least.items()
        if targets[name] < minutes
    ]
    if problems:
        raise BadInputError("\n".join(problems))
