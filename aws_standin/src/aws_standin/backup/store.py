"""All that AWS Backup remembers, by account and region."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from aws_standin.backup.due_jobs import Agenda
from aws_standin.backup.job_records import BackupJob, CopyJob, Event, Job, RestoreJob
from aws_standin.backup.records import (
    RESOURCE_TYPE,
    Place,
    Plan,
    Point,
    Selection,
    Vault,
    name_in,
    place_of,
)

OPTED_IN = (
    *("Aurora", "CloudFormation", "DocumentDB", "DynamoDB", "EBS", "EC2", "EFS"),
    *("FSx", "Neptune", "RDS", "Redshift", "S3", "Storage Gateway", "Timestream"),
    *("VirtualMachine",),
)


@dataclass
class Region:
    """One account's AWS Backup in one region."""

    vaults: dict[str, Vault] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    selections: dict[str, Selection] = field(default_factory=dict)
    points: dict[str, Point] = field(default_factory=dict)
    backups: dict[str, BackupJob] = field(default_factory=dict)
    copies: dict[str, CopyJob] = field(default_factory=dict)
    restores: dict[str, RestoreJob] = field(default_factory=dict)
    opted_in: dict[str, bool] = field(
        default_factory=lambda: dict.fromkeys(OPTED_IN, True)
    )
    managed: dict[str, bool] = field(
        # On for everybody who came after November 2021 (Developer Guide,
        # "Advanced DynamoDB backup").
        default_factory=lambda: {RESOURCE_TYPE: True, "EFS": True}
    )
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)
    """Operation and idempotency token → the job that it started."""

    def jobs(self, kind: str) -> dict[str, Any]:
        """Return the jobs of a kind, by id."""
        if kind == "backup":
            return self.backups
        return self.copies if kind == "copy" else self.restores

    def selections_of(self, plan_id: str) -> list[Selection]:
        """Return a plan's selections, oldest first."""
        return [one for one in self.selections.values() if one.plan_id == plan_id]

    def points_in(self, vault: str) -> list[Point]:
        """Return a vault's recovery points, oldest first."""
        return [one for one in self.points.values() if one.vault.name == vault]


@dataclass
class Store:
    """Everything, with the lock that whoever looks or changes must hold."""

    regions: defaultdict[Place, Region] = field(
        default_factory=lambda: defaultdict(Region)
    )
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """By ARN: of vaults, plans and recovery points."""
    agenda: Agenda = field(default_factory=Agenda)
    listeners: list[Callable[[Event], None]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def vault(self, arn: str) -> Vault | None:
        """Return the vault of an ARN, None when there is none."""
        return self.regions[place_of(arn)].vaults.get(name_in(arn))

    def put(self, job: Job) -> None:
        """Remember a job as it is now."""
        self.regions[job.place].jobs(job.kind)[job.id] = job

    def finish(self, job: Job, at: datetime) -> None:
        """Mark a job as ended at ``at``."""
        self.put(replace(job, ends=at, ended=True))

    def drop(self, place: Place, point_arn: str) -> None:
        """Forget a recovery point and its tags."""
        self.regions[place].points.pop(point_arn, None)
        self.tags.pop(point_arn, None)

    def notify(self, event: Event) -> None:
        """Notify every listener of a change of a job's state."""
        for listener in self.listeners:
            listener(event)


def new_id() -> str:
    """Return an identifier as AWS Backup forms them."""
    return str(uuid4()).upper()
