"""Backup jobs: from an order to a recovery point, or to the reason why not."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from aws_standin.backup import (
    copy_jobs,
    retention,
    role_rights,
    start_times,
    table_contents,
    vault_refusals,
)
from aws_standin.backup.job_records import BackupJob, Event, Outcome
from aws_standin.backup.records import Content, Document, Place, Point, Vault, place_of
from aws_standin.backup.service import Service
from aws_standin.backup.store import new_id
from aws_standin.protocols.messages import AwsError

START_WINDOW = 480
"""Minutes; "the default is 8 hours" (botocore model, StartWindowMinutes)."""
COMPLETION_WINDOW = 10_080
"""Minutes; 7 days (Developer Guide, "Backup plan options and configuration")."""


@dataclass(frozen=True)
class Order:
    """A backup to be made: the table, the vault, and the terms."""

    vault_name: str
    resource_arn: str
    role: str
    lifecycle: Document = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    start_window: int = START_WINDOW
    completion_window: int = COMPLETION_WINDOW
    created_by: Document | None = None
    copy_actions: tuple[Document, ...] = ()
    problem: str | None = None
    """Why the job cannot go well, where that is already known."""


def begin(
    service: Service, order: Order, at: datetime, was: Content | None = None
) -> BackupJob:
    """Start a job at a time; ``was`` is the table's content where already read."""
    place, content, problem = place_of(order.resource_arn), was, order.problem
    if content is None:
        content, problem = _read(service, order)
    vault = service.region(place).vaults.get(order.vault_name)
    outcome = service.settings.next_outcome("backup", order.resource_arn)
    outcome = outcome or _judged(service, vault, order, problem)
    job = _timed(service, _job(place, order, at), outcome)
    if vault and content:
        point = _point(service, job, vault, content)
        job = replace(job, point_arn=point.arn, size=content.size)
    service.store.put(job)
    _tell(service, job, "CREATED", at)
    if job.ends > job.starts:
        service.store.agenda.add(job.starts, lambda due: _run(service, job, due))
    expect_end(service, job)
    return job


def expect_end(service: Service, job: BackupJob) -> None:
    """Let what a job's end brings about happen at its time."""
    service.store.agenda.add(job.ends, lambda due: _end(service, job, due))


def _read(service: Service, order: Order) -> tuple[Content | None, str | None]:
    try:
        return table_contents.read(service.call, order.resource_arn), order.problem
    except AwsError as refusal:
        return None, order.problem or refusal.message


def _judged(
    service: Service, vault: Vault | None, order: Order, problem: str | None
) -> Outcome:
    if vault is None:
        problem = problem or f"Backup vault {order.vault_name} does not exist"
    else:
        problem = problem or vault_refusals.problem(
            service, vault, order.lifecycle, vault_refusals.BACKUP
        )
    problem = problem or role_rights.backup_problem(
        service.rights,
        order.role,
        order.resource_arn,
        advanced=_is_advanced(service, place_of(order.resource_arn)),
    )
    return Outcome("FAILED", problem) if problem else Outcome()


def _is_advanced(service: Service, place: Place) -> bool:
    return bool(service.region(place).managed.get("DynamoDB", False))


def _job(place: Place, order: Order, at: datetime) -> BackupJob:
    """Return the job of an order; it would end as soon as it is created."""
    return BackupJob(
        kind="backup",
        place=place,
        id=new_id(),
        resource_arn=order.resource_arn,
        role=order.role,
        created=at,
        starts=at,
        ends=at,
        outcome=Outcome(),
        vault_name=order.vault_name,
        start_by=at + timedelta(minutes=order.start_window),
        complete_by=at + timedelta(minutes=order.completion_window),
        lifecycle=order.lifecycle,
        tags=order.tags,
        created_by=order.created_by,
        copy_actions=order.copy_actions,
    )


def _timed(service: Service, job: BackupJob, outcome: Outcome) -> BackupJob:
    """Return the job with its times and outcome: its windows may cut it short."""
    ready = job.created + _delay(service, job)
    starts = start_times.free_from(service, job.place, job.resource_arn, ready)
    ends = starts + timedelta(seconds=service.settings.backup_seconds)
    if starts > job.start_by > ready:
        outcome = Outcome("EXPIRED", start_times.BUSY)
    if outcome.state == "EXPIRED" or starts > job.start_by:
        outcome, starts, ends = _expired(outcome, "start"), job.start_by, job.start_by
    elif ends > job.complete_by:
        outcome, ends = _expired(outcome, "completion"), job.complete_by
    return replace(job, starts=starts, ends=ends, outcome=outcome)


def _delay(service: Service, job: BackupJob) -> timedelta:
    """Return how long after its creation a job would start, if nothing holds it up."""
    if not service.settings.late_starts:
        return timedelta(seconds=service.settings.start_seconds)
    return start_times.part_of(job) * (job.start_by - job.created)


def _expired(outcome: Outcome, window: str) -> Outcome:
    because = f"Backup job expired: it did not meet its {window} window"
    return Outcome("EXPIRED", outcome.message or because)


def _point(service: Service, job: BackupJob, vault: Vault, content: Content) -> Point:
    """Remember the recovery point that a job is making."""
    region = service.region(job.place)
    advanced = _is_advanced(service, job.place)
    number = new_id().lower()
    point = Point(
        arn=job.place.arn("recovery-point", number)
        if advanced
        else f"{job.resource_arn}/backup/{job.created.timestamp() * 1000:014.0f}-"
        + number[:8],
        vault=vault,
        resource_arn=job.resource_arn,
        created=job.starts if service.settings.late_starts else job.created,
        role=job.role,
        content=content,
        status="CREATING",
        key_arn=vault.key_arn if advanced else _key_of(content),
        lifecycle=job.lifecycle,
        created_by=job.created_by,
    )
    region.points[point.arn] = point
    service.store.tags[point.arn] = {**content.tags, **job.tags}
    return point


def _key_of(content: Content) -> str | None:
    # No SSEDescription: the AWS-owned key, which has no ARN in the account.
    key: str | None = content.definition.get("SSEDescription", {}).get(
        "KMSMasterKeyArn"
    )
    return key


def _run(service: Service, begun: BackupJob, at: datetime) -> None:
    job = service.region(begun.place).backups.get(begun.id)
    if job and not job.ended and not job.stopped:
        _tell(service, job, "RUNNING", at)


def _end(service: Service, begun: BackupJob, at: datetime) -> None:
    job = service.region(begun.place).backups.get(begun.id)
    if job is None or job.ended or job.ends != at:
        return
    service.store.finish(job, at)
    point = service.region(job.place).points.get(job.point_arn or "")
    if job.outcome.state in {"COMPLETED", "PARTIAL"} and point:
        point = replace(point, status=job.outcome.state, completed=at)
        service.region(job.place).points[point.arn] = point
        retention.expect_expiry(service.store, job.place, point)
        for action in job.copy_actions:
            copy_jobs.begin(service, point, copy_jobs.of_action(job, action), at)
    elif point:
        service.store.drop(job.place, point.arn)
    _tell(service, job, job.outcome.state, at)


def _tell(service: Service, job: BackupJob, state: str, at: datetime) -> None:
    service.store.notify(
        Event("backup", state, job.place, job.vault_name, job.resource_arn, at)
    )
