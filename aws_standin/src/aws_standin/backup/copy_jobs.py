"""Copy jobs: a recovery point into a vault of another region or account."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aws_standin.backup import (
    permissions,
    retention,
    role_rights,
    start_times,
    vault_refusals,
)
from aws_standin.backup.job_records import BackupJob, CopyJob, Event, Outcome
from aws_standin.backup.records import Document, Point, Vault, name_in, place_of
from aws_standin.backup.service import Service
from aws_standin.backup.store import new_id

REFUSED = "Access Denied trying to call AWS Backup service"
"""The message of a copy job that the other account's vault does not let in (AWS
re:Post, "Resolve the Access Denied error for a cross-account copy")."""


@dataclass(frozen=True)
class CopyOrder:
    """The destination of a copy, and its terms."""

    destination_vault_arn: str
    role: str
    lifecycle: Document | None = None
    """None: the source's."""
    created_by: Document | None = None
    backup_job_id: str | None = None


def of_action(job: BackupJob, action: Document) -> CopyOrder:
    """Return the order that a rule's CopyAction is, after a backup job."""
    return CopyOrder(
        action["DestinationBackupVaultArn"],
        job.role,
        action.get("Lifecycle"),
        job.created_by,
        job.id,
    )


def begin(service: Service, point: Point, order: CopyOrder, at: datetime) -> CopyJob:
    """Start a copy job at a time."""
    lifecycle = _lifecycle(point, order)
    outcome = service.settings.next_outcome("copy", point.resource_arn)
    destination = order.destination_vault_arn
    ready = at + timedelta(seconds=service.settings.start_seconds)
    starts = start_times.free_from(
        service, point.vault.place, point.resource_arn, ready
    )
    job = CopyJob(
        kind="copy",
        place=point.vault.place,
        id=new_id(),
        resource_arn=point.resource_arn,
        role=order.role,
        created=at,
        starts=starts,
        ends=starts + timedelta(seconds=service.settings.copy_seconds),
        outcome=outcome or _judged(service, point, order, lifecycle),
        size=point.content.size,
        source_vault_arn=point.vault.arn,
        source_point_arn=point.arn,
        destination_vault_arn=destination,
        destination_point_arn=place_of(destination).arn(
            "recovery-point", new_id().lower()
        ),
        lifecycle=lifecycle,
        created_by=order.created_by,
        backup_job_id=order.backup_job_id,
    )
    service.store.put(job)
    _tell(service, job, "CREATED", at)
    service.store.agenda.add(job.ends, lambda due: _end(service, job, point, due))
    return job


def _lifecycle(point: Point, order: CopyOrder) -> Document:
    """Return the copy's lifecycle: its own, or the source's.

    "A copy with a retention setting set to never expire will retain its source
    recovery point's expiration date" (Developer Guide, "Backup and tag copy").
    """
    wanted = order.lifecycle
    if not wanted or wanted.get("DeleteAfterDays", -1) == retention.NEVER:
        return point.lifecycle
    return wanted


def _judged(
    service: Service, point: Point, order: CopyOrder, lifecycle: Document
) -> Outcome:
    destination = order.destination_vault_arn
    vault = service.store.vault(destination)
    problem = _problem(point, destination, vault)
    if vault and not problem:
        problem = vault_refusals.problem(
            service, vault, lifecycle, permissions.COPY_INTO
        )
    problem = problem or role_rights.copy_problem(
        service.rights, order.role, destination
    )
    return Outcome("FAILED", problem) if problem else Outcome()


def _problem(point: Point, destination: str, vault: Vault | None) -> str | None:
    if not point.is_advanced:
        return (
            "Copying DynamoDB backups needs the advanced features for DynamoDB backups"
        )
    source = point.vault.place.account
    if place_of(destination).account != source and (
        vault is None or not permissions.may_copy_into(vault.policy, source)
    ):
        return REFUSED
    if vault is None:
        return f"Backup vault {name_in(destination)} does not exist"
    return None


def _end(service: Service, begun: CopyJob, point: Point, at: datetime) -> None:
    job = service.region(begun.place).copies.get(begun.id)
    if job is None or job.ended:
        return
    vault = service.store.vault(job.destination_vault_arn)
    if vault is None and job.outcome.state == "COMPLETED":
        job = replace(job, outcome=Outcome("FAILED", "The destination vault is gone"))
    service.store.finish(job, at)
    if vault and job.outcome.state in {"COMPLETED", "PARTIAL"}:
        _keep(service, job, point, vault)
    _tell(service, job, job.outcome.state, at)


def _keep(service: Service, job: CopyJob, point: Point, vault: Vault) -> None:
    """Remember the copy: its source's content and creation date, its vault's key."""
    copy = replace(
        point,
        arn=job.destination_point_arn,
        vault=vault,
        status=job.outcome.state,
        key_arn=vault.key_arn,
        lifecycle=job.lifecycle,
        completed=job.ends,
        source_vault_arn=job.source_vault_arn,
        restored=None,
    )
    service.region(vault.place).points[copy.arn] = copy
    service.store.tags[copy.arn] = dict(service.store.tags.get(point.arn, {}))
    retention.expect_expiry(service.store, vault.place, copy)


def _tell(service: Service, job: CopyJob, state: str, at: datetime) -> None:
    vault = name_in(job.source_vault_arn)
    service.store.notify(Event("copy", state, job.place, vault, job.resource_arn, at))
