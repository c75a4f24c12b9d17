"""Restore jobs: a recovery point into a new table."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from conformance.standin.backup import tables
from conformance.standin.backup.jobs import Event, Outcome, RestoreJob
from conformance.standin.backup.records import Document, Place, Point
from conformance.standin.backup.service import Service, table_arn, table_name
from conformance.standin.backup.store import new_id
from conformance.standin.wire import AwsError

TABLE_NAME = "targettablename"
ENCRYPTION = "encryptiontype"
KEY = "kmsmasterkeyarn"
"""Metadata of DynamoDB restores, folded: "Metadata is not case sensitive"."""

NOT_APPLICABLE = "not applicable"
_LOOK_AGAIN = timedelta(seconds=0.05)
_PATIENCE = timedelta(minutes=10)
"""For the new table to become ACTIVE."""


@dataclass(frozen=True)
class RestoreOrder:
    """What to restore into."""

    metadata: dict[str, str]
    role: str
    copy_tags: bool = False

    @property
    def table(self) -> str:
        """The new table's name, "" when none is given."""
        return folded(self.metadata).get(TABLE_NAME, "")


def folded(metadata: Document) -> dict[str, str]:
    """Return metadata with its names in lower case."""
    return {name.lower(): value for name, value in metadata.items()}


def encryption(metadata: Document) -> dict[str, Any]:
    """Return the SSESpecification that metadata asks for; {} is the AWS-owned key.

    "Default" is the AWS-owned key, "KMS" the AWS-managed one, or the customer's
    where its ARN is given (Developer Guide, "Restore a Amazon DynamoDB table").
    """
    given = folded(metadata)
    if given.get(ENCRYPTION, "Default").lower() != "kms":
        return {}
    key = given.get(KEY, NOT_APPLICABLE)
    wanted: dict[str, Any] = {"Enabled": True, "SSEType": "KMS"}
    return (
        wanted if key.lower() == NOT_APPLICABLE else {**wanted, "KMSMasterKeyId": key}
    )


def begin(
    service: Service, place: Place, point: Point, order: RestoreOrder
) -> RestoreJob:
    """Start a restore job now."""
    now = service.now()
    starts = now + timedelta(seconds=service.settings.start_seconds)
    outcome = service.settings.next_outcome("restore", table_name(point.resource_arn))
    job = RestoreJob(
        kind="restore",
        place=place,
        id=new_id(),
        resource_arn=point.resource_arn,
        role=order.role,
        created=now,
        starts=starts,
        ends=starts + timedelta(seconds=service.settings.restore_seconds),
        outcome=outcome or Outcome(),
        size=point.content.size,
        point_arn=point.arn,
        point_created=point.created,
        vault_arn=point.vault.arn,
        metadata=order.metadata,
        target=order.table,
        copy_tags=order.copy_tags,
    )
    service.store.put(job)
    tell(service, job, "PENDING", now)
    service.store.agenda.add(starts, lambda at: _make(service, job, point, at))
    return job


def tell(service: Service, job: RestoreJob, state: str, at: datetime) -> None:
    """Tell the listeners about a restore job's state."""
    vault = job.vault_arn.rpartition(":")[2]
    service.store.tell(Event("restore", state, job.place, vault, job.resource_arn, at))


def _make(service: Service, job: RestoreJob, point: Point, at: datetime) -> None:
    """Make the table, which stays CREATING until the job ends."""
    tell(service, job, "RUNNING", at)
    if job.outcome.state != "COMPLETED":
        service.store.agenda.add(job.ends, lambda due: _end(service, job, due))
        return
    content = point.content
    wanted = tables.request_for(content, job.target, encryption(job.metadata))
    where = (job.place.account, job.place.region)
    try:
        service.call("dynamodb", "CreateTable", *where, **wanted)
    except AwsError as refusal:
        _end(service, replace(job, outcome=Outcome("FAILED", refusal.message)), at)
        return
    made = replace(job, created_arn=table_arn(job.place, job.target))
    service.store.put(made)
    service.store.restoring[job.place, job.target] = job.id
    service.store.agenda.add(at, lambda due: _fill(service, made, point, due))


def _fill(service: Service, job: RestoreJob, point: Point, at: datetime) -> None:
    """Write the items as soon as the new table takes them."""
    where = (job.place.account, job.place.region)
    try:
        found = service.call("dynamodb", "DescribeTable", *where, TableName=job.target)
        if found["Table"]["TableStatus"] != "ACTIVE":
            _fill_later(service, job, point)
            return
        tables.fill(service.call, job.place, job.target, point.content)
        if job.copy_tags:
            _tag(service, job, service.store.tags.get(point.arn, {}))
    except AwsError as refusal:
        job = replace(job, outcome=Outcome("FAILED", refusal.message))
    ends = max(job.ends, at)
    job = replace(job, ends=ends)
    service.store.put(job)
    service.store.agenda.add(ends, lambda due: _end(service, job, due))


def _fill_later(service: Service, job: RestoreJob, point: Point) -> None:
    now = service.now()
    if now > job.ends + _PATIENCE:
        because = Outcome("FAILED", f"Table {job.target} did not become ACTIVE")
        _end(service, replace(job, outcome=because), now)
        return
    service.store.agenda.add(
        now + _LOOK_AGAIN, lambda due: _fill(service, job, point, due)
    )


def _tag(service: Service, job: RestoreJob, tags: dict[str, str]) -> None:
    if tags:
        service.call(
            "dynamodb",
            "TagResource",
            job.place.account,
            job.place.region,
            ResourceArn=job.created_arn,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )


def _end(service: Service, job: RestoreJob, at: datetime) -> None:
    service.store.restoring.pop((job.place, job.target), None)
    service.store.finish(job, at)
    point = service.region(job.place).points.get(job.point_arn)
    if point and job.outcome.state == "COMPLETED":
        service.region(job.place).points[point.arn] = replace(point, restored=at)
    tell(service, job, job.outcome.state, at)
