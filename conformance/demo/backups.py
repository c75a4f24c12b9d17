"""Deploys AWS Backup as declared, with a day of backups behind it."""

import json
from typing import Any

from conformance.config.declared import Declared
from conformance.config.declared.backups import Backups
from conformance.demo.deployment import Deployment
from conformance.model.backup.values import Copy

HOURS = 25
_HOURLY = "cron(0 * ? * * *)"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "backup.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
_RIGHTS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Tables",
            "Effect": "Allow",
            "Action": [
                "dynamodb:CreateBackup",
                "dynamodb:DescribeTable",
                "dynamodb:ListTagsOfResource",
                "dynamodb:StartAwsBackupJob",
            ],
            "Resource": "arn:aws:dynamodb:*:*:table/*",
        },
        {
            "Sid": "BackupsOfTables",
            "Effect": "Allow",
            "Action": ["dynamodb:DeleteBackup", "dynamodb:DescribeBackup"],
            "Resource": "arn:aws:dynamodb:*:*:table/*/backup/*",
        },
        {
            "Sid": "Restores",
            "Effect": "Allow",
            "Action": [
                "dynamodb:BatchWriteItem",
                "dynamodb:DeleteItem",
                "dynamodb:DescribeTable",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:RestoreTableFromAwsBackup",
                "dynamodb:RestoreTableFromBackup",
                "dynamodb:Scan",
                "dynamodb:TagResource",
                "dynamodb:UpdateItem",
            ],
            "Resource": "arn:aws:dynamodb:*:*:table/*",
        },
        {
            "Sid": "Vaults",
            "Effect": "Allow",
            "Action": ["backup:CopyIntoBackupVault", "backup:DescribeBackupVault"],
            "Resource": "arn:aws:backup:*:*:backup-vault:*",
        },
        {
            "Sid": "Tags",
            "Effect": "Allow",
            "Action": "tag:GetResources",
            "Resource": "*",
        },
        {
            "Sid": "KeysOfTables",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": {"StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"}},
        },
        {
            "Sid": "Keys",
            "Effect": "Allow",
            "Action": "kms:DescribeKey",
            "Resource": "*",
        },
        {
            "Sid": "Grants",
            "Effect": "Allow",
            "Action": "kms:CreateGrant",
            "Resource": "*",
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    ],
}
"""The actions of AWS Backup's managed policies that are about tables."""


def deploy_backups(deployment: Deployment, declared: Declared) -> None:
    """Vaults first, which rules copy to; then plans, and what they made of a day."""
    environment, backups = deployment.environment, declared.backups
    role = _role(deployment, backups, environment.regions[0])
    for region in environment.regions:
        _vault(deployment, backups, region)
    names = [
        environment.physical(name) for name in declared.tables if backups.cover(name)
    ]
    plans = {
        region: _plan(deployment, backups, region) for region in environment.regions
    }
    for region, plan in plans.items():
        _selection(deployment, plan, region, (role, names))
        deployment.control(
            "backup/history",
            account=environment.account,
            region=region,
            plan_id=plan,
            hours=HOURS,
        )


def deploy_destination(deployment: Deployment, declared: Declared) -> None:
    """Make the vault that takes copies elsewhere, open to the environment's account.

    And the key of what is restored there, by its alias: KMS gives keys their ids.
    """
    environment, backups = deployment.environment, declared.backups
    into = environment.restore_into
    if into is None or into.region in environment.regions:
        return
    there = deployment.elsewhere(into.account)
    if into.account != environment.account:
        _role(there, backups, into.region)
    on = {"DynamoDB": True}
    backup = there.client("backup", into.region)
    backup.update_region_settings(
        ResourceTypeOptInPreference=on, ResourceTypeManagementPreference=on
    )
    backup.create_backup_vault(BackupVaultName=into.vault)
    if into.kms_key_arn:
        kms = there.client("kms", into.region)
        made = kms.create_key(Description="DynamoDB tables")["KeyMetadata"]
        alias = into.kms_key_arn.rpartition(":")[2]
        kms.create_alias(AliasName=alias, TargetKeyId=made["KeyId"])
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{environment.account}:root"},
                "Action": "backup:CopyIntoBackupVault",
                "Resource": "*",
            }
        ],
    }
    backup.put_backup_vault_access_policy(
        BackupVaultName=into.vault, Policy=json.dumps(policy)
    )


def _role(deployment: Deployment, backups: Backups, region: str) -> str:
    """Make the role that serves all regions; return its ARN."""
    iam = deployment.client("iam", region)
    made = iam.create_role(
        RoleName=backups.role, AssumeRolePolicyDocument=json.dumps(_TRUST)
    )
    iam.put_role_policy(
        RoleName=backups.role,
        PolicyName="aws-backup",
        PolicyDocument=json.dumps(_RIGHTS),
    )
    return str(made["Role"]["Arn"])


def _vault(deployment: Deployment, backups: Backups, region: str) -> None:
    """Make the vault with a key of its own, in a region that is opted in."""
    backup = deployment.client("backup", region)
    on = {"DynamoDB": True}
    backup.update_region_settings(
        ResourceTypeOptInPreference=on, ResourceTypeManagementPreference=on
    )
    key = {}
    if backups.key_class == "CUSTOMER_MANAGED":
        kms = deployment.client("kms", region)
        metadata = kms.create_key(Description="AWS Backup")["KeyMetadata"]
        kms.enable_key_rotation(KeyId=metadata["KeyId"])
        kms.create_alias(AliasName=backups.key_alias, TargetKeyId=metadata["KeyId"])
        key = {"EncryptionKeyArn": metadata["Arn"]}
    backup.create_backup_vault(BackupVaultName=backups.vault, **key)


def _plan(deployment: Deployment, backups: Backups, region: str) -> str:
    """Make the backup plan with its hourly rule and its copies; return its id."""
    is_primary = region == deployment.environment.regions[0]
    copies = backups.copies.values() if is_primary else ()
    start = int(backups.start_window.minutes)
    rule = {
        "RuleName": "hourly",
        "TargetBackupVaultName": backups.vault,
        "ScheduleExpression": _HOURLY,
        "StartWindowMinutes": start,
        "CompletionWindowMinutes": start + int(backups.job_time.minutes) + 1,
        "Lifecycle": {"DeleteAfterDays": backups.retention.days},
        "CopyActions": [_copy_action(copy) for copy in copies],
    }
    made = deployment.client("backup", region).create_backup_plan(
        BackupPlan={"BackupPlanName": backups.plan, "Rules": [rule]}
    )
    return str(made["BackupPlanId"])


def _copy_action(copy: Copy) -> dict[str, Any]:
    return {
        "DestinationBackupVaultArn": copy.vault_arn,
        "Lifecycle": {"DeleteAfterDays": copy.retention.days},
    }


def _selection(
    deployment: Deployment, plan: str, region: str, what: tuple[str, list[str]]
) -> None:
    """Select the tables of this region, by the role."""
    role, names = what
    account = deployment.environment.account
    deployment.client("backup", region).create_backup_selection(
        BackupPlanId=plan,
        BackupSelection={
            "SelectionName": "tables",
            "IamRoleArn": role,
            "Resources": [
                f"arn:aws:dynamodb:{region}:{account}:table/{name}" for name in names
            ],
        },
    )
