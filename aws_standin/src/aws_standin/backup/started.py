"""Operations on jobs: start, describe, list and stop."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aws_standin.backup import backing_up, copying, refusals, restoring, shapes
from aws_standin.backup.backing_up import Order
from aws_standin.backup.jobs import Job, Outcome
from aws_standin.backup.paging import page, within
from aws_standin.backup.records import RESOURCE_TYPE, Place, name_in, place_of
from aws_standin.backup.retention import lifecycle_problem
from aws_standin.backup.service import Service
from aws_standin.wire import AwsError

Parameters = dict[str, Any]
_SHORTEST_WINDOW = 60
_LISTED = timedelta(days=30)
"""ListBackupJobs goes back "the last 30 days" (botocore model)."""


def start_backup(service: Service, place: Place, given: Parameters) -> Parameters:
    """StartBackupJob."""
    refusals.required(given, "BackupVaultName", "ResourceArn", "IamRoleArn")
    token = ("StartBackupJob", given.get("IdempotencyToken") or "")
    region = service.region(place)
    if token not in region.tokens:
        order = _backup_order(service, place, given)
        job = backing_up.begin(service, order, service.now())
        region.tokens |= {token: job.id} if token[1] else {}
    else:
        job = region.backups[region.tokens[token]]
    advanced = (job.point_arn or "").startswith("arn:aws:backup:")
    return shapes.present(
        BackupJobId=job.id,
        # Only for resources that AWS Backup fully manages (botocore model).
        RecoveryPointArn=job.point_arn if advanced else None,
        CreationDate=job.created,
        IsParent=False,
    )


def start_copy(service: Service, place: Place, given: Parameters) -> Parameters:
    """StartCopyJob."""
    destination = given.get("DestinationBackupVaultArn", "")
    refusals.required(given, "RecoveryPointArn", "IamRoleArn", "SourceBackupVaultName")
    if not refusals.VAULT_ARN.fullmatch(destination):
        raise refusals.invalid(f"Invalid destination backup vault ARN {destination}")
    refusals.vault(service, place, given["SourceBackupVaultName"])
    token = ("StartCopyJob", given.get("IdempotencyToken") or "")
    region = service.region(place)
    if token not in region.tokens:
        point = refusals.point(service, place, given["RecoveryPointArn"])
        if point.status != "COMPLETED":
            raise refusals.refused(f"Recovery point {point.arn} is {point.status}")
        refusals.checked(lifecycle_problem(given.get("Lifecycle") or {}))
        refusals.checked(service.role_problem(given["IamRoleArn"]))
        order = copying.CopyOrder(
            destination, given["IamRoleArn"], given.get("Lifecycle")
        )
        job = copying.begin(service, point, order, service.now())
        region.tokens |= {token: job.id} if token[1] else {}
    else:
        job = region.copies[region.tokens[token]]
    return {"CopyJobId": job.id, "CreationDate": job.created, "IsParent": False}


def start_restore(service: Service, place: Place, given: Parameters) -> Parameters:
    """StartRestoreJob."""
    refusals.required(given, "RecoveryPointArn", "Metadata", "IamRoleArn")
    token = ("StartRestoreJob", given.get("IdempotencyToken") or "")
    region = service.region(place)
    if token in region.tokens:
        return {"RestoreJobId": region.tokens[token]}
    if given.get("ResourceType", RESOURCE_TYPE) != RESOURCE_TYPE:
        raise refusals.invalid(f"Not a recovery point of {given['ResourceType']}")
    point = refusals.point(service, place, given["RecoveryPointArn"])
    if point.status not in {"COMPLETED", "PARTIAL"}:
        raise refusals.refused(f"Recovery point {point.arn} is {point.status}")
    order = restoring.RestoreOrder(
        given["Metadata"],
        given["IamRoleArn"],
        bool(given.get("CopySourceTagsToRestoredResource")),
    )
    if not order.table:
        raise refusals.invalid("Metadata must contain targetTableName")
    refusals.checked(service.role_problem(given["IamRoleArn"]))
    job = restoring.begin(service, place, point, order)
    region.tokens |= {token: job.id} if token[1] else {}
    return {"RestoreJobId": job.id}


def stop_backup(service: Service, place: Place, given: Parameters) -> Parameters:
    """StopBackupJob."""
    job = refusals.job(service, place, "backup", given["BackupJobId"])
    if job.ended:
        raise refusals.refused(f"Backup job {job.id} has ended: {job.outcome.state}")
    ends = service.now() + timedelta(seconds=service.settings.abort_seconds)
    outcome = Outcome("ABORTED", "Backup job was stopped by user.")
    stopped = replace(job, stopped=True, ends=ends, outcome=outcome)
    service.store.put(stopped)
    backing_up.expect_end(service, stopped)
    return {}


def describe_backup(service: Service, place: Place, given: Parameters) -> Parameters:
    """DescribeBackupJob."""
    job = refusals.job(service, place, "backup", given["BackupJobId"])
    return shapes.backup_job(job, service.now()) | {"NumberOfChildJobs": 0}


def describe_copy(service: Service, place: Place, given: Parameters) -> Parameters:
    """DescribeCopyJob."""
    job = refusals.job(service, place, "copy", given["CopyJobId"])
    return {"CopyJob": shapes.copy_job(job, service.now())}


def describe_restore(service: Service, place: Place, given: Parameters) -> Parameters:
    """DescribeRestoreJob."""
    job = refusals.job(service, place, "restore", given["RestoreJobId"])
    return shapes.restore_job(job, service.now())


def restore_metadata(service: Service, place: Place, given: Parameters) -> Parameters:
    """GetRestoreJobMetadata."""
    job = refusals.job(service, place, "restore", given["RestoreJobId"])
    return {"RestoreJobId": job.id, "Metadata": job.metadata}


def list_backups(service: Service, place: Place, given: Parameters) -> Parameters:
    """ListBackupJobs of the last 30 days, the newest first."""
    now = service.now()
    found = [
        shapes.backup_job(one, now)
        for one in _listed(service, place, "backup", given)
        if one.created > now - _LISTED
        and given.get("ByBackupVaultName", one.vault_name) == one.vault_name
        and given.get("ByState", one.state(now)) == one.state(now)
    ]
    wanted = given.get("ByMessageCategory", "ANY")
    if wanted not in {"ANY", "*"}:
        found = [one for one in found if one.get("MessageCategory") == wanted]
    return page("BackupJobs", found, given)


def list_copies(service: Service, place: Place, given: Parameters) -> Parameters:
    """ListCopyJobs, the newest first."""
    now = service.now()
    found = [
        shapes.copy_job(one, now)
        for one in _listed(service, place, "copy", given)
        if given.get("ByDestinationVaultArn", one.destination_vault_arn)
        == one.destination_vault_arn
        and given.get("BySourceRecoveryPointArn", one.source_point_arn)
        == one.source_point_arn
        and given.get("ByState", one.state(now)) == one.state(now)
    ]
    return page("CopyJobs", found, given)


def list_restores(service: Service, place: Place, given: Parameters) -> Parameters:
    """ListRestoreJobs, and ListRestoreJobsByProtectedResource; the newest first."""
    now = service.now()
    by_resource = {**given, "ByResourceArn": given.get("ResourceArn")}
    asked = by_resource if "ResourceArn" in given else given
    bounds = ("ByRecoveryPointCreationDateAfter", "ByRecoveryPointCreationDateBefore")
    found = [
        shapes.restore_job(one, now)
        for one in _listed(service, place, "restore", asked)
        if given.get("ByStatus", one.state(now)) == one.state(now)
        and within(one.point_created, given, *bounds)
        and "ByRestoreTestingPlanArn" not in given
    ]
    return page("RestoreJobs", found, given)


def _listed(service: Service, place: Place, kind: str, given: Parameters) -> list[Any]:
    """Return the jobs that fit what all three kinds can be filtered by."""
    now = service.now()
    found = [
        one
        for one in service.region(place).jobs(kind).values()
        if _fits(one, given) and _in_time(one, given, now)
    ]
    return sorted(found, key=lambda one: one.created, reverse=True)


def _fits(one: Job, given: Parameters) -> bool:
    return (
        given.get("ByResourceArn", one.resource_arn) == one.resource_arn
        and given.get("ByResourceType", RESOURCE_TYPE) == RESOURCE_TYPE
        and given.get("ByAccountId", one.place.account) in {one.place.account, "*"}
        and "ByParentJobId" not in given
    )


def _in_time(one: Job, given: Parameters, now: datetime) -> bool:
    return within(one.created, given, "ByCreatedAfter", "ByCreatedBefore") and within(
        one.completed(now), given, "ByCompleteAfter", "ByCompleteBefore"
    )


def _backup_order(service: Service, place: Place, given: Parameters) -> Order:
    """Return what StartBackupJob asks for; raises what AWS finds wrong with it."""
    refusals.vault(service, place, given["BackupVaultName"])
    _check_table(service, place, given["ResourceArn"])
    if not service.region(place).opted_in.get(RESOURCE_TYPE):
        raise refusals.refused(f"{RESOURCE_TYPE} is not enabled in this Region")
    start = given.get("StartWindowMinutes", backing_up.START_WINDOW)
    if start < _SHORTEST_WINDOW:
        raise refusals.invalid(
            f"StartWindowMinutes cannot be less than {_SHORTEST_WINDOW} minutes"
        )
    refusals.checked(lifecycle_problem(given.get("Lifecycle") or {}))
    refusals.checked(service.role_problem(given["IamRoleArn"]))
    return Order(
        vault_name=given["BackupVaultName"],
        resource_arn=given["ResourceArn"],
        role=given["IamRoleArn"],
        lifecycle=given.get("Lifecycle") or {},
        tags=dict(given.get("RecoveryPointTags") or {}),
        start_window=start,
        completion_window=given.get(
            "CompleteWindowMinutes", backing_up.COMPLETION_WINDOW
        ),
    )


def _check_table(service: Service, place: Place, arn: str) -> None:
    if not arn.startswith("arn:aws:dynamodb:") or place_of(arn) != place:
        raise refusals.invalid(f"Invalid ARN or unsupported resource type: {arn}")
    try:
        service.call(
            "dynamodb",
            "DescribeTable",
            place.account,
            place.region,
            TableName=name_in(arn),
        )
    except AwsError as refusal:
        raise refusals.unknown(refusal.message) from refusal
