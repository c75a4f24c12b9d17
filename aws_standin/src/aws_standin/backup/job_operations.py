"""Operations on jobs: start, describe, list and stop."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aws_standin.backup import api_shapes, backup_jobs, copy_jobs, errors, restore_jobs
from aws_standin.backup.backup_jobs import Order
from aws_standin.backup.job_records import Job, Outcome
from aws_standin.backup.paging import page, within
from aws_standin.backup.records import RESOURCE_TYPE, Place, name_in, place_of
from aws_standin.backup.retention import lifecycle_problem
from aws_standin.backup.service import Service
from aws_standin.protocols.messages import AwsError

Parameters = dict[str, Any]
_SHORTEST_WINDOW = 60
_LISTED = timedelta(days=30)
"""ListBackupJobs goes back "the last 30 days" (botocore model)."""


def start_backup(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer StartBackupJob."""
    errors.required(given, "BackupVaultName", "ResourceArn", "IamRoleArn")
    token = ("StartBackupJob", given.get("IdempotencyToken") or "")
    region = service.region(place)
    if token not in region.tokens:
        order = _backup_order(service, place, given)
        job = backup_jobs.begin(service, order, service.now())
        region.tokens |= {token: job.id} if token[1] else {}
    else:
        job = region.backups[region.tokens[token]]
    advanced = (job.point_arn or "").startswith("arn:aws:backup:")
    return api_shapes.present(
        BackupJobId=job.id,
        # Only for resources that AWS Backup fully manages (botocore model).
        RecoveryPointArn=job.point_arn if advanced else None,
        CreationDate=job.created,
        IsParent=False,
    )


def start_copy(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer StartCopyJob."""
    destination = given.get("DestinationBackupVaultArn", "")
    errors.required(given, "RecoveryPointArn", "IamRoleArn", "SourceBackupVaultName")
    if not errors.VAULT_ARN.fullmatch(destination):
        raise errors.invalid(f"Invalid destination backup vault ARN {destination}")
    errors.vault(service, place, given["SourceBackupVaultName"])
    token = ("StartCopyJob", given.get("IdempotencyToken") or "")
    region = service.region(place)
    if token not in region.tokens:
        point = errors.point(service, place, given["RecoveryPointArn"])
        if point.status != "COMPLETED":
            raise errors.refused(f"Recovery point {point.arn} is {point.status}")
        errors.checked(lifecycle_problem(given.get("Lifecycle") or {}))
        errors.checked(service.role_problem(given["IamRoleArn"]))
        order = copy_jobs.CopyOrder(
            destination, given["IamRoleArn"], given.get("Lifecycle")
        )
        job = copy_jobs.begin(service, point, order, service.now())
        region.tokens |= {token: job.id} if token[1] else {}
    else:
        job = region.copies[region.tokens[token]]
    return {"CopyJobId": job.id, "CreationDate": job.created, "IsParent": False}


def start_restore(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer StartRestoreJob."""
    errors.required(given, "RecoveryPointArn", "Metadata", "IamRoleArn")
    token = ("StartRestoreJob", given.get("IdempotencyToken") or "")
    region = service.region(place)
    if token in region.tokens:
        return {"RestoreJobId": region.tokens[token]}
    if given.get("ResourceType", RESOURCE_TYPE) != RESOURCE_TYPE:
        raise errors.invalid(f"Not a recovery point of {given['ResourceType']}")
    point = errors.point(service, place, given["RecoveryPointArn"])
    if point.status not in {"COMPLETED", "PARTIAL"}:
        raise errors.refused(f"Recovery point {point.arn} is {point.status}")
    order = restore_jobs.RestoreOrder(
        given["Metadata"],
        given["IamRoleArn"],
        bool(given.get("CopySourceTagsToRestoredResource")),
    )
    if not order.table:
        raise errors.invalid("Metadata must contain targetTableName")
    errors.checked(service.role_problem(given["IamRoleArn"]))
    job = restore_jobs.begin(service, place, point, order)
    region.tokens |= {token: job.id} if token[1] else {}
    return {"RestoreJobId": job.id}


def stop_backup(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer StopBackupJob."""
    job = errors.job(service, place, "backup", given["BackupJobId"])
    if job.ended:
        raise errors.refused(f"Backup job {job.id} has ended: {job.outcome.state}")
    ends = service.now() + timedelta(seconds=service.settings.abort_seconds)
    outcome = Outcome("ABORTED", "Backup job was stopped by user.")
    stopped = replace(job, stopped=True, ends=ends, outcome=outcome)
    service.store.put(stopped)
    backup_jobs.expect_end(service, stopped)
    return {}


def describe_backup(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer DescribeBackupJob."""
    job = errors.job(service, place, "backup", given["BackupJobId"])
    return api_shapes.backup_job(job, service.now()) | {"NumberOfChildJobs": 0}


def describe_copy(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer DescribeCopyJob."""
    job = errors.job(service, place, "copy", given["CopyJobId"])
    return {"CopyJob": api_shapes.copy_job(job, service.now())}


def describe_restore(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer DescribeRestoreJob."""
    job = errors.job(service, place, "restore", given["RestoreJobId"])
    return api_shapes.restore_job(job, service.now())


def restore_metadata(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer GetRestoreJobMetadata."""
    job = errors.job(service, place, "restore", given["RestoreJobId"])
    return {"RestoreJobId": job.id, "Metadata": job.metadata}


def list_backups(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer ListBackupJobs of the last 30 days, the newest first."""
    now = service.now()
    found = [
        api_shapes.backup_job(one, now)
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
    """Answer ListCopyJobs, the newest first."""
    now = service.now()
    found = [
        api_shapes.copy_job(one, now)
        for one in _listed(service, place, "copy", given)
        if given.get("ByDestinationVaultArn", one.destination_vault_arn)
        == one.destination_vault_arn
        and given.get("BySourceRecoveryPointArn", one.source_point_arn)
        == one.source_point_arn
        and given.get("ByState", one.state(now)) == one.state(now)
    ]
    return page("CopyJobs", found, given)


def list_restores(service: Service, place: Place, given: Parameters) -> Parameters:
    """Answer ListRestoreJobs and ListRestoreJobsByProtectedResource, newest first."""
    now = service.now()
    by_resource = {**given, "ByResourceArn": given.get("ResourceArn")}
    asked = by_resource if "ResourceArn" in given else given
    bounds = ("ByRecoveryPointCreationDateAfter", "ByRecoveryPointCreationDateBefore")
    found = [
        api_shapes.restore_job(one, now)
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
    errors.vault(service, place, given["BackupVaultName"])
    _check_table(service, place, given["ResourceArn"])
    if not service.region(place).opted_in.get(RESOURCE_TYPE):
        raise errors.refused(f"{RESOURCE_TYPE} is not enabled in this Region")
    start = given.get("StartWindowMinutes", backup_jobs.START_WINDOW)
    if start < _SHORTEST_WINDOW:
        raise errors.invalid(
            f"StartWindowMinutes cannot be less than {_SHORTEST_WINDOW} minutes"
        )
    errors.checked(lifecycle_problem(given.get("Lifecycle") or {}))
    errors.checked(service.role_problem(given["IamRoleArn"]))
    return Order(
        vault_name=given["BackupVaultName"],
        resource_arn=given["ResourceArn"],
        role=given["IamRoleArn"],
        lifecycle=given.get("Lifecycle") or {},
        tags=dict(given.get("RecoveryPointTags") or {}),
        start_window=start,
        completion_window=given.get(
            "CompleteWindowMinutes", backup_jobs.COMPLETION_WINDOW
        ),
    )


def _check_table(service: Service, place: Place, arn: str) -> None:
    if not arn.startswith("arn:aws:dynamodb:") or place_of(arn) != place:
        raise errors.invalid(f"Invalid ARN or unsupported resource type: {arn}")
    try:
        service.call(
            "dynamodb",
            "DescribeTable",
            place.account,
            place.region,
            TableName=name_in(arn),
        )
    except AwsError as refusal:
        raise errors.unknown(refusal.message) from refusal
