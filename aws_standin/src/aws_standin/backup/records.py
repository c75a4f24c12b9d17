"""The records of AWS Backup: vaults, plans, selections, recovery points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Document = Mapping[str, Any]

RESOURCE_TYPE = "DynamoDB"
"""The only resource type whose backups the stand-in can make."""


@dataclass(frozen=True, order=True)
class Place:
    """One account in one region: what a regional AWS service is kept apart by."""

    account: str
    region: str

    def arn(self, kind: str, name: str) -> str:
        """Return the ARN of a thing of AWS Backup here."""
        return f"arn:aws:backup:{self.region}:{self.account}:{kind}:{name}"


def place_of(arn: str) -> Place:
    """Return the account and region that an ARN names; "" where it names none."""
    parts = [*arn.split(":"), "", "", "", "", ""]
    return Place(account=parts[4], region=parts[3])


def name_in(arn: str) -> str:
    """Return what stands last in an ARN: a vault's, table's or point's name."""
    return arn.rpartition(":")[2].removeprefix("table/").partition("/")[0]


def table_arn(place: Place, name: str) -> str:
    """Return the ARN of a table."""
    return f"arn:aws:dynamodb:{place.region}:{place.account}:table/{name}"


@dataclass(frozen=True)
class Lock:
    """The lock of a vault."""

    shortest: int | None
    """Days; None when no minimum is enforced."""
    longest: int | None
    """Days; None when no maximum is enforced."""
    fixed_from: datetime | None
    """The time from which the lock cannot be changed; None for governance mode."""


@dataclass(frozen=True)
class Vault:
    """A backup vault."""

    place: Place
    name: str
    key_arn: str
    created: datetime
    has_own_key: bool = False
    """True when a key was given; else it is the account's aws/backup key."""
    request_id: str | None = None
    policy: str | None = None
    lock: Lock | None = None

    @property
    def arn(self) -> str:
        """The vault's ARN."""
        return self.place.arn("backup-vault", self.name)


@dataclass(frozen=True)
class Version:
    """One version of a plan: never changed once made."""

    id: str
    created: datetime
    document: Document
    """The BackupPlan as GetBackupPlan shows it: each rule with its RuleId."""


@dataclass(frozen=True)
class Plan:
    """A backup plan with all its versions, the newest last."""

    place: Place
    id: str
    versions: tuple[Version, ...]
    request_id: str | None = None
    deleted: datetime | None = None
    executed: datetime | None = None

    @property
    def arn(self) -> str:
        """The plan's ARN."""
        return self.place.arn("backup-plan", self.id)

    @property
    def current(self) -> Version:
        """The version that is scheduled."""
        return self.versions[-1]


@dataclass(frozen=True)
class Selection:
    """A resource assignment of a plan."""

    id: str
    plan_id: str
    created: datetime
    document: Document
    """The BackupSelection as given."""
    request_id: str | None = None


@dataclass(frozen=True)
class Content:
    """A table as it was at one time."""

    definition: Document
    """The Table of DescribeTable."""
    items: tuple[Document, ...]
    tags: Mapping[str, str]
    size: int
    """Bytes of the items, as DynamoDB's JSON."""


@dataclass(frozen=True)
class Point:
    """A recovery point."""

    arn: str
    vault: Vault
    resource_arn: str
    created: datetime
    """A copy keeps its source's."""
    role: str
    content: Content
    status: str
    key_arn: str | None
    lifecycle: Document = field(default_factory=dict)
    created_by: Document | None = None
    completed: datetime | None = None
    source_vault_arn: str | None = None
    restored: datetime | None = None

    @property
    def is_advanced(self) -> bool:
        """True when AWS Backup fully manages it: it can be copied and is tagged."""
        return self.arn.startswith("arn:aws:backup:")

    @property
    def delete_at(self) -> datetime | None:
        """The end of its retention; None when it is kept for ever."""
        return _after(self.created, self.lifecycle.get("DeleteAfterDays"))

    @property
    def cold_at(self) -> datetime | None:
        """The time at which it goes to cold storage; None when it does not."""
        return _after(self.created, self.lifecycle.get("MoveToColdStorageAfterDays"))


def _after(start: datetime, days: int | None) -> datetime | None:
    # -1 stands for "never" (botocore model, CopyAction.Lifecycle).
    return None if days is None or days < 0 else start + timedelta(days=days)
