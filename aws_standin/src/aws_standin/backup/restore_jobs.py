"""Restore jobs: a recovery point into a new table."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from aws_standin.backup.job_records import Event, Outcome, RestoreJob
from aws_standin.backup.records import Document, Place, Point, table_arn
from aws_standin.backup.service import Service
from aws_standin.backup.store import new_id
from aws_standin.dynamodb.tables import Name, Phase
from aws_standin.protocols.messages import AwsError

TABLE_NAME = "targettablename"
ENCRYPTION = "encryptiontype"
KEY = "kmsmasterkeyarn"
"""Metadata of DynamoDB restores, folded: "Metadata is not case sensitive"."""

NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class RestoreOrder:
    """The target of a restore."""

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
    outcome = service.settings.next_outcome("restore", point.resource_arn)
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
    notify(service, job, "PENDING", now)
    service.store.agenda.add(starts, lambda at: _make(service, job, point, at))
    return job


def notify(service: Service, job: RestoreJob, state: str, at: datetime) -> None:
    """Notify the listeners of a restore job's state."""
    vault = job.vault_arn.rpartition(":")[2]
    service.store.notify(
        Event("restore", state, job.place, vault, job.resource_arn, at)
    )


def _make(service: Service, begun: RestoreJob, point: Point, at: datetime) -> None:
    """Make the table with its items; it stays CREATING until the job ends."""
    notify(service, begun, "RUNNING", at)
    job = begun
    if job.outcome.state == "COMPLETED":
        try:
            _restore(service, job, point)
            job = replace(job, created_arn=table_arn(job.place, job.target))
        except AwsError as refusal:
            job = replace(job, ends=at, outcome=Outcome("FAILED", refusal.message))
    service.store.put(job)
    service.store.agenda.add(job.ends, lambda due: _end(service, job, due))


def _restore(service: Service, job: RestoreJob, point: Point) -> None:
    was = dict(point.content.definition)
    was.pop("SSEDescription", None)
    asked: dict[str, Any] = {
        "SSESpecificationOverride": encryption(job.metadata),
        "RestoreSummary": {
            "SourceBackupArn": job.point_arn,
            "SourceTableArn": job.resource_arn,
            "RestoreDateTime": job.created.timestamp(),
        },
    }
    name = Name(job.place.account, job.place.region, job.target)
    items = [dict(item) for item in point.content.items]
    service.dynamodb.table_restore.restore(name, was, asked, lambda: items)
    if job.copy_tags:
        _tag(service, job, service.store.tags.get(point.arn, {}))
    # The job's own time, instead of what DynamoDB's own restores are set to take.
    service.dynamodb.tables.get(name).phases[""] = Phase("CREATING", job.ends)


def _tag(service: Service, job: RestoreJob, tags: dict[str, str]) -> None:
    if tags:
        service.call(
            "dynamodb",
            "TagResource",
            job.place.account,
            job.place.region,
            ResourceArn=table_arn(job.place, job.target),
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )


def _end(service: Service, job: RestoreJob, at: datetime) -> None:
    service.store.finish(job, at)
    point = service.region(job.place).points.get(job.point_arn)
    if point and job.outcome.state == "COMPLETED":
        service.region(job.place).points[point.arn] = replace(point, restored=at)
    notify(service, job, job.outcome.state, at)
