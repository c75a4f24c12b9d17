"""AWS Backup's records as its API shows them (botocore model: output shapes)."""

from datetime import datetime
from typing import Any

from aws_standin.backup.job_records import BackupJob, CopyJob, RestoreJob
from aws_standin.backup.records import (
    RESOURCE_TYPE,
    Plan,
    Point,
    Selection,
    Vault,
    name_in,
)
from aws_standin.backup.store import Region

KIND = "BACKUP_VAULT"
Shape = dict[str, Any]


def present(**members: Any) -> Shape:
    """Return the members that have a value; AWS leaves the others out."""
    return {name: value for name, value in members.items() if value is not None}


def vault(one: Vault, region: Region) -> Shape:
    """Return a BackupVaultListMember, and DescribeBackupVaultOutput."""
    lock = one.lock
    return present(
        BackupVaultName=one.name,
        BackupVaultArn=one.arn,
        VaultType=KIND,
        VaultState="AVAILABLE",
        CreationDate=one.created,
        EncryptionKeyArn=one.key_arn,
        EncryptionKeyType="CUSTOMER_MANAGED_KMS_KEY" if one.has_own_key else None,
        CreatorRequestId=one.request_id,
        NumberOfRecoveryPoints=len(region.points_in(one.name)),
        Locked=lock is not None,
        MinRetentionDays=lock and lock.shortest,
        MaxRetentionDays=lock and lock.longest,
        LockDate=lock and lock.fixed_from,
    )


def plan(one: Plan) -> Shape:
    """Return a BackupPlansListMember, of the current version."""
    return present(
        BackupPlanArn=one.arn,
        BackupPlanId=one.id,
        CreationDate=one.current.created,
        DeletionDate=one.deleted,
        VersionId=one.current.id,
        BackupPlanName=one.current.document["BackupPlanName"],
        CreatorRequestId=one.request_id,
        LastExecutionDate=one.executed,
        AdvancedBackupSettings=one.current.document.get("AdvancedBackupSettings"),
    )


def selection(one: Selection) -> Shape:
    """Return a BackupSelectionsListMember."""
    return present(
        SelectionId=one.id,
        SelectionName=one.document["SelectionName"],
        BackupPlanId=one.plan_id,
        CreationDate=one.created,
        CreatorRequestId=one.request_id,
        IamRoleArn=one.document["IamRoleArn"],
    )


def backup_job(one: BackupJob, now: datetime) -> Shape:
    """Return a BackupJob, and DescribeBackupJobOutput."""
    state = one.state(now)
    return present(
        AccountId=one.place.account,
        BackupJobId=one.id,
        BackupVaultName=one.vault_name,
        BackupVaultArn=one.place.arn("backup-vault", one.vault_name),
        VaultType=KIND,
        RecoveryPointArn=one.point_arn if state in _MADE else None,
        RecoveryPointLifecycle=one.lifecycle or None,
        ResourceArn=one.resource_arn,
        ResourceName=name_in(one.resource_arn),
        ResourceType=RESOURCE_TYPE,
        CreationDate=one.created,
        InitiationDate=one.created,
        CompletionDate=one.completed(now),
        State=state,
        StatusMessage=one.outcome.message if one.completed(now) else None,
        PercentDone=f"{one.done(now):.1f}",
        BackupSizeInBytes=one.size if state in _MADE else 0,
        BytesTransferred=int(one.size * one.done(now) / 100),
        IamRoleArn=one.role,
        CreatedBy=one.created_by,
        StartBy=one.start_by,
        ExpectedCompletionDate=one.ends if state == "RUNNING" else None,
        IsParent=False,
        MessageCategory="SUCCESS" if state == "COMPLETED" else None,
    )


_MADE = {"RUNNING", "COMPLETED", "PARTIAL"}


def point(one: Point) -> Shape:
    """Return a RecoveryPointByBackupVault, and DescribeRecoveryPointOutput."""
    return present(
        RecoveryPointArn=one.arn,
        BackupVaultName=one.vault.name,
        BackupVaultArn=one.vault.arn,
        SourceBackupVaultArn=one.source_vault_arn,
        ResourceArn=one.resource_arn,
        ResourceName=name_in(one.resource_arn),
        ResourceType=RESOURCE_TYPE,
        CreatedBy=one.created_by,
        IamRoleArn=one.role,
        Status=one.status,
        CreationDate=one.created,
        InitiationDate=one.created,
        CompletionDate=one.completed,
        BackupSizeInBytes=one.content.size if one.completed else 0,
        CalculatedLifecycle=present(
            DeleteAt=one.delete_at, MoveToColdStorageAt=one.cold_at
        ),
        Lifecycle=one.lifecycle or None,
        EncryptionKeyArn=one.key_arn,
        IsEncrypted=True,
        LastRestoreTime=one.restored,
        VaultType=KIND,
        IsParent=False,
    )


def point_of_resource(one: Point) -> Shape:
    """Return a RecoveryPointByResource."""
    return present(
        RecoveryPointArn=one.arn,
        CreationDate=one.created,
        Status=one.status,
        EncryptionKeyArn=one.key_arn,
        BackupSizeBytes=one.content.size if one.completed else 0,
        BackupVaultName=one.vault.name,
        ResourceName=name_in(one.resource_arn),
        VaultType=KIND,
        IsParent=False,
    )


def protected(points: list[Point]) -> Shape:
    """Return a ProtectedResource: a resource by all its recovery points."""
    last = max(points, key=lambda one: one.created)
    return present(
        ResourceArn=last.resource_arn,
        ResourceType=RESOURCE_TYPE,
        ResourceName=name_in(last.resource_arn),
        LastBackupTime=last.created,
        LastBackupVaultArn=last.vault.arn,
        LastRecoveryPointArn=last.arn,
    )


def copy_job(one: CopyJob, now: datetime) -> Shape:
    """Return a CopyJob."""
    state = one.state(now)
    made = state in {"COMPLETED", "PARTIAL"}
    return present(
        AccountId=one.place.account,
        CopyJobId=one.id,
        SourceBackupVaultArn=one.source_vault_arn,
        SourceRecoveryPointArn=one.source_point_arn,
        DestinationBackupVaultArn=one.destination_vault_arn,
        DestinationVaultType=KIND,
        DestinationRecoveryPointArn=one.destination_point_arn if made else None,
        DestinationRecoveryPointLifecycle=one.lifecycle or None,
        ResourceArn=one.resource_arn,
        ResourceName=name_in(one.resource_arn),
        ResourceType=RESOURCE_TYPE,
        CreationDate=one.created,
        CompletionDate=one.completed(now),
        State=state,
        StatusMessage=one.outcome.message if one.completed(now) else None,
        BackupSizeInBytes=one.size,
        IamRoleArn=one.role,
        CreatedBy=one.created_by,
        CreatedByBackupJobId=one.backup_job_id,
        IsParent=False,
        MessageCategory="SUCCESS" if state == "COMPLETED" else None,
    )


def restore_job(one: RestoreJob, now: datetime) -> Shape:
    """Return a RestoreJobsListMember, and DescribeRestoreJobOutput."""
    return present(
        AccountId=one.place.account,
        RestoreJobId=one.id,
        RecoveryPointArn=one.point_arn,
        RecoveryPointCreationDate=one.point_created,
        SourceResourceArn=one.resource_arn,
        BackupVaultArn=one.vault_arn,
        CreationDate=one.created,
        CompletionDate=one.completed(now),
        Status=one.state(now),
        StatusMessage=one.outcome.message if one.completed(now) else None,
        PercentDone=f"{one.done(now):.2f}%",
        BackupSizeInBytes=one.size,
        IamRoleArn=one.role,
        CreatedResourceArn=one.created_arn,
        ResourceType=RESOURCE_TYPE,
        IsParent=False,
    )
