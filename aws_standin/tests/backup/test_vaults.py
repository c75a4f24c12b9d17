import json

import pytest
from botocore.exceptions import ClientError


def code_of(refusal):
    return refusal.value.response["Error"]["Code"]


def test_a_vault_is_described_as_created(place):
    """A vault has its ARN, type, state, number of recovery points and no lock.

    Source: botocore model, CreateBackupVault and DescribeBackupVault.
    """
    arn = place.vault("orders-vault")

    shown = place.backup.describe_backup_vault(BackupVaultName="orders-vault")

    assert arn == (
        f"arn:aws:backup:eu-west-1:{place.account}:backup-vault:orders-vault"
    )
    assert shown["BackupVaultArn"] == arn
    assert shown["VaultType"] == "BACKUP_VAULT"
    assert shown["NumberOfRecoveryPoints"] == 0
    assert shown["Locked"] is False


def test_a_vault_without_a_key_uses_the_aws_managed_one(place):
    """The default key is aws/backup of that account and region, which KMS describes.

    Source: AWS Backup Developer Guide, "Encryption for backups in AWS Backup"; AWS
    KMS Developer Guide, "AWS managed keys" (KeyManager, yearly rotation).
    """
    place.vault()

    key = place.backup.describe_backup_vault(BackupVaultName="vault")[
        "EncryptionKeyArn"
    ]
    described = place.kms.describe_key(KeyId="alias/aws/backup")["KeyMetadata"]
    aliases = place.kms.list_aliases()["Aliases"]
    assert described["Arn"] == key
    assert described["KeyManager"] == "AWS"
    assert described["KeyId"] in [
        one.get("TargetKeyId")
        for one in aliases
        if one["AliasName"] == "alias/aws/backup"
    ]


def test_a_vault_keeps_the_key_it_is_given(place):
    """EncryptionKeyArn is the key that protects the vault's backups.

    Source: botocore model, CreateBackupVault.EncryptionKeyArn.
    """
    key = place.kms.create_key()["KeyMetadata"]["Arn"]

    place.vault(EncryptionKeyArn=key)

    shown = place.backup.describe_backup_vault(BackupVaultName="vault")
    assert shown["EncryptionKeyArn"] == key
    assert shown["EncryptionKeyType"] == "CUSTOMER_MANAGED_KMS_KEY"


def test_an_unknown_key_is_refused(place):
    """A key that does not exist, or an alias in its place, is an invalid parameter.

    Source: botocore model, BackupVaultListMember.EncryptionKeyArn ("you must specify
    its ARN, not its alias").
    """
    alias = f"arn:aws:kms:eu-west-1:{place.account}:alias/mine"

    with pytest.raises(ClientError) as refusal:
        place.vault(EncryptionKeyArn=alias)

    assert code_of(refusal) == "InvalidParameterValueException"


def test_a_vault_name_is_unique_in_account_and_region(place, other_place):
    """A second vault of the name is refused, unless in another region or account.

    Source: botocore model, CreateBackupVault (AlreadyExistsException with Arn).
    """
    arn = place.vault()

    with pytest.raises(ClientError) as refusal:
        place.vault()

    assert code_of(refusal) == "AlreadyExistsException"
    assert refusal.value.response["Arn"] == arn
    place.beside("us-east-1").vault()
    other_place.vault()


def test_a_vault_that_is_not_there_is_access_denied(place):
    """AWS answers AccessDeniedException for a vault that does not exist.

    Source: observed by many, boto3 issue 2269 and aws-sdk-js issue 2625.
    """
    with pytest.raises(ClientError, match="Insufficient privileges") as refusal:
        place.backup.describe_backup_vault(BackupVaultName="missing")

    assert code_of(refusal) == "AccessDeniedException"


def test_vaults_are_listed_in_pages(place):
    """NextToken leads through the list, MaxResults at a time.

    Source: botocore model, ListBackupVaults; botocore paginators.
    """
    names = [f"vault-{n}" for n in range(5)]
    for name in names:
        place.vault(name)

    pages = place.backup.get_paginator("list_backup_vaults").paginate(
        PaginationConfig={"PageSize": 2}
    )

    found = [
        [one["BackupVaultName"] for one in page["BackupVaultList"]] for page in pages
    ]
    assert found == [names[:2], names[2:4], names[4:]]


def test_only_an_empty_vault_is_deleted(place):
    """A vault can be deleted only if it is empty.

    Source: botocore model, DeleteBackupVault.
    """
    place.vault()
    job = place.backup_now(place.table())

    with pytest.raises(ClientError, match="contains recovery points") as refusal:
        place.backup.delete_backup_vault(BackupVaultName="vault")
    place.backup.delete_recovery_point(
        BackupVaultName="vault", RecoveryPointArn=job["RecoveryPointArn"]
    )
    place.backup.delete_backup_vault(BackupVaultName="vault")

    assert code_of(refusal) == "InvalidRequestException"
    assert place.backup.list_backup_vaults()["BackupVaultList"] == []


def test_tags_are_added_listed_and_removed(place):
    """TagResource adds, UntagResource removes by key, ListTags shows the rest.

    Source: botocore model, TagResource, UntagResource, ListTags.
    """
    arn = place.vault(BackupVaultTags={"team": "data"})

    place.backup.tag_resource(ResourceArn=arn, Tags={"stage": "sit", "cost": "1"})
    place.backup.untag_resource(ResourceArn=arn, TagKeyList=["cost"])

    assert place.backup.list_tags(ResourceArn=arn)["Tags"] == {
        "team": "data",
        "stage": "sit",
    }


def test_a_lock_shows_its_limits_and_its_date(place):
    """A lock has minimum and maximum retention and, with ChangeableForDays, a date.

    Source: botocore model, PutBackupVaultLockConfiguration.
    """
    place.vault()

    place.backup.put_backup_vault_lock_configuration(
        BackupVaultName="vault",
        MinRetentionDays=7,
        MaxRetentionDays=30,
        ChangeableForDays=3,
    )

    shown = place.backup.describe_backup_vault(BackupVaultName="vault")
    assert shown["Locked"] is True
    assert (shown["MinRetentionDays"], shown["MaxRetentionDays"]) == (7, 30)
    assert (shown["LockDate"] - shown["CreationDate"]).days == 3


def test_a_lock_is_immutable_from_its_date_on(place, pass_time):
    """Before the lock date the lock can be deleted, on and after it cannot.

    Source: botocore model, PutBackupVaultLockConfiguration.ChangeableForDays.
    """
    place.vault()
    lock = {"BackupVaultName": "vault", "MinRetentionDays": 1, "ChangeableForDays": 3}
    place.backup.put_backup_vault_lock_configuration(**lock)
    place.backup.delete_backup_vault_lock_configuration(BackupVaultName="vault")
    place.backup.put_backup_vault_lock_configuration(**lock)

    pass_time(3 * 86_400)

    with pytest.raises(ClientError) as refusal:
        place.backup.delete_backup_vault_lock_configuration(BackupVaultName="vault")
    assert code_of(refusal) == "InvalidRequestException"


def test_a_lock_cools_off_for_three_days_at_least(place):
    """ChangeableForDays must be 3 or greater.

    Source: botocore model, PutBackupVaultLockConfiguration.ChangeableForDays.
    """
    place.vault()

    with pytest.raises(ClientError) as refusal:
        place.backup.put_backup_vault_lock_configuration(
            BackupVaultName="vault", ChangeableForDays=2
        )

    assert code_of(refusal) == "InvalidParameterValueException"


def test_a_locked_vault_fails_jobs_outside_its_retention(place):
    """A job whose retention is shorter than the minimum fails.

    Source: botocore model, PutBackupVaultLockConfiguration.MinRetentionDays ("the
    vault fails that backup or copy job").
    """
    place.vault()
    arn = place.table()
    place.backup.put_backup_vault_lock_configuration(
        BackupVaultName="vault", MinRetentionDays=7
    )

    short = place.backup_now(arn, Lifecycle={"DeleteAfterDays": 1})
    long = place.backup_now(arn, Lifecycle={"DeleteAfterDays": 7})

    assert (short["State"], long["State"]) == ("FAILED", "COMPLETED")


def test_a_locked_vault_keeps_its_recovery_points(place):
    """Vault Lock makes delete and update of recovery points fail.

    Source: botocore model, DescribeBackupVault.Locked.
    """
    place.vault()
    job = place.backup_now(place.table(), Lifecycle={"DeleteAfterDays": 8})
    place.backup.put_backup_vault_lock_configuration(
        BackupVaultName="vault", MinRetentionDays=7
    )
    point = {
        "BackupVaultName": "vault",
        "RecoveryPointArn": job["RecoveryPointArn"],
    }

    with pytest.raises(ClientError) as refusal:
        place.backup.delete_recovery_point(**point)

    assert code_of(refusal) == "InvalidRequestException"
    assert place.backup.describe_recovery_point(**point)["Status"] == "COMPLETED"


def test_an_access_policy_is_kept_and_removed(place):
    """The policy comes back as put; without one it is not found.

    Source: botocore model, Put-, Get- and DeleteBackupVaultAccessPolicy.
    """
    place.vault()
    statement = {"Effect": "Allow", "Principal": "*", "Action": "backup:*"}
    policy = json.dumps({"Statement": [statement]})

    place.backup.put_backup_vault_access_policy(BackupVaultName="vault", Policy=policy)
    kept = place.backup.get_backup_vault_access_policy(BackupVaultName="vault")
    place.backup.delete_backup_vault_access_policy(BackupVaultName="vault")

    assert kept["Policy"] == policy
    with pytest.raises(ClientError) as refusal:
        place.backup.get_backup_vault_access_policy(BackupVaultName="vault")
    assert code_of(refusal) == "ResourceNotFoundException"


def test_a_denied_call_on_a_vault_is_refused(place):
    """A vault's access policy that denies an action to everybody stops it.

    Source: AWS Backup Developer Guide, "Vault access policies" (deny access to
    delete recovery points).
    """
    place.vault()
    job = place.backup_now(place.table())
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["backup:DeleteRecoveryPoint"],
        "Resource": "*",
    }
    place.backup.put_backup_vault_access_policy(
        BackupVaultName="vault", Policy=json.dumps({"Statement": [statement]})
    )

    with pytest.raises(ClientError, match="explicit deny") as refusal:
        place.backup.delete_recovery_point(
            BackupVaultName="vault", RecoveryPointArn=job["RecoveryPointArn"]
        )

    assert code_of(refusal) == "AccessDeniedException"


def test_region_settings_are_kept_by_account_and_region(place):
    """UpdateRegionSettings changes what it names, in that region alone.

    Source: botocore model, UpdateRegionSettings and DescribeRegionSettings; AWS
    Backup Developer Guide, "Advanced DynamoDB backup" (on by default).
    """
    before = place.backup.describe_region_settings()

    place.backup.update_region_settings(
        ResourceTypeOptInPreference={"DynamoDB": False},
        ResourceTypeManagementPreference={"DynamoDB": False},
    )

    after = place.backup.describe_region_settings()
    beside = place.beside("us-east-1").backup.describe_region_settings()
    assert before["ResourceTypeManagementPreference"]["DynamoDB"] is True
    assert after["ResourceTypeManagementPreference"]["DynamoDB"] is False
    assert after["ResourceTypeOptInPreference"]["DynamoDB"] is False
    assert after["ResourceTypeOptInPreference"]["EBS"] is True
    assert beside["ResourceTypeManagementPreference"]["DynamoDB"] is True
