"""A job of AWS Backup, and its state at any time.

A job stores when it begins and ends and what comes out; its state follows from the
time of asking.
"""

from dataclasses import dataclass, field
from datetime import datetime

from aws_standin.backup.records import Document, Place

FINAL = {
    "backup": {"ABORTED", "COMPLETED", "FAILED", "EXPIRED", "PARTIAL"},
    "copy": {"COMPLETED", "FAILED", "PARTIAL"},
    "restore": {"COMPLETED", "ABORTED", "FAILED"},
}
"""The final values of State (Status of a restore job), by kind (botocore model)."""


@dataclass(frozen=True)
class Outcome:
    """The final state of a job, and its reason."""

    state: str = "COMPLETED"
    message: str | None = None


@dataclass(frozen=True)
class Job:
    """The members that backup, copy and restore jobs have in common."""

    kind: str
    """backup, copy or restore."""
    place: Place
    id: str
    resource_arn: str
    """The table it is about."""
    role: str
    created: datetime
    starts: datetime
    ends: datetime
    outcome: Outcome
    size: int = 0
    stopped: bool = False
    """StopBackupJob was called."""
    ended: bool = False
    """True when the consequences of its end have been carried out."""

    def state(self, now: datetime) -> str:
        """Return the State that the API shows at ``now``."""
        if now >= self.ends and self.ended:
            return self.outcome.state
        if self.stopped:
            return "ABORTING"
        if now >= self.starts and self.ends > self.starts:
            return "RUNNING"
        return self._waiting(now)

    def _waiting(self, now: datetime) -> str:
        if self.kind == "restore":
            return "PENDING"
        # PENDING is the second half of the wait; copy jobs have no such state.
        half = self.created + (self.starts - self.created) / 2
        never_starts = self.ends <= self.starts
        pending = self.kind == "backup" and now >= half and not never_starts
        return "PENDING" if pending else "CREATED"

    def done(self, now: datetime) -> float:
        """Return the percentage done at ``now``."""
        if self.state(now) in {"COMPLETED", "PARTIAL"}:
            return 100.0
        if now <= self.starts or self.ends <= self.starts:
            return 0.0
        return min(99.0, 100 * (now - self.starts) / (self.ends - self.starts))

    def completed(self, now: datetime) -> datetime | None:
        """Return when it ended; None while it has not."""
        return self.ends if self.state(now) in FINAL[self.kind] else None


@dataclass(frozen=True, kw_only=True)
class BackupJob(Job):
    """Makes a recovery point of a table."""

    vault_name: str
    start_by: datetime
    complete_by: datetime
    point_arn: str | None = None
    """None when the table or the vault was not there."""
    lifecycle: Document = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    created_by: Document | None = None
    copy_actions: tuple[Document, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CopyJob(Job):
    """Copies a recovery point into another vault."""

    source_vault_arn: str
    source_point_arn: str
    destination_vault_arn: str
    destination_point_arn: str
    lifecycle: Document = field(default_factory=dict)
    created_by: Document | None = None
    backup_job_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class RestoreJob(Job):
    """Makes a new table from a recovery point."""

    point_arn: str
    point_created: datetime
    vault_arn: str
    metadata: dict[str, str]
    target: str
    """The new table's name."""
    copy_tags: bool = False
    created_arn: str | None = None
    """The new table; None until it exists."""


@dataclass(frozen=True)
class Event:
    """A change of a job's state, of which listeners are notified (metrics)."""

    kind: str
    state: str
    place: Place
    vault_name: str
    resource_arn: str
    at: datetime
