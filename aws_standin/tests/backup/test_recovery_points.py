from datetime import timedelta

import pytest
from botocore.exceptions import ClientError


def code_of(refusal):
    return refusal.value.response["Error"]["Code"]


@pytest.fixture
def orders(place):
    """The ARN of a tagged table, beside a vault."""
    place.vault()
    return place.table(tags={"team": "data"})


def points(place, vault="vault", **filters):
    return place.backup.list_recovery_points_by_backup_vault(
        BackupVaultName=vault, **filters
    )["RecoveryPoints"]


def test_an_advanced_recovery_point_belongs_to_aws_backup(place, orders):
    """Its ARN begins with arn:aws:backup, it has the vault's key and the table's tags.

    Source: AWS Backup Developer Guide, "Advanced DynamoDB backup"; botocore model,
    StartBackupJob.RecoveryPointArn.
    """
    job = place.backup_now(orders, RecoveryPointTags={"run": "one"})

    arn = job["RecoveryPointArn"]
    point = place.backup.describe_recovery_point(
        BackupVaultName="vault", RecoveryPointArn=arn
    )
    vault = place.backup.describe_backup_vault(BackupVaultName="vault")
    assert arn.startswith(f"arn:aws:backup:eu-west-1:{place.account}:recovery-point:")
    assert point["EncryptionKeyArn"] == vault["EncryptionKeyArn"]
    assert point["IsEncrypted"] is True
    assert point["Status"] == "COMPLETED"
    assert vault["NumberOfRecoveryPoints"] == 1
    assert place.backup.list_tags(ResourceArn=arn)["Tags"] == {
        "team": "data",
        "run": "one",
    }


def test_a_plain_recovery_point_belongs_to_dynamodb(place):
    """Without advanced backup the ARN is DynamoDB's and the key is the table's.

    Source: botocore model, ListTags and UpdateRegionSettings; AWS Backup Developer
    Guide, "Encryption for backups in AWS Backup".
    """
    place.backup.update_region_settings(
        ResourceTypeManagementPreference={"DynamoDB": False}
    )
    place.vault()
    key = place.kms.create_key()["KeyMetadata"]["Arn"]
    encryption = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    table = place.table(SSESpecification=encryption)

    place.backup_now(table)

    [point] = points(place)
    described = place.backup.describe_recovery_point(
        BackupVaultName="vault", RecoveryPointArn=point["RecoveryPointArn"]
    )
    assert point["RecoveryPointArn"].startswith(f"{table}/backup/")
    assert described["EncryptionKeyArn"] == key


def test_tags_of_a_plain_recovery_point_may_be_refused(place, orders, backup_settings):
    """ListTags may refuse what has an ARN other than arn:aws:backup.

    Source: botocore model, ListTags.
    """
    place.backup.update_region_settings(
        ResourceTypeManagementPreference={"DynamoDB": False}
    )
    place.backup_now(orders)
    [point] = points(place)
    arn = point["RecoveryPointArn"]
    assert "team" in place.backup.list_tags(ResourceArn=arn)["Tags"]

    backup_settings(refuse_tags_of_plain_points=True)

    with pytest.raises(ClientError) as refusal:
        place.backup.list_tags(ResourceArn=arn)
    assert code_of(refusal) == "InvalidParameterValueException"


def test_the_start_of_a_plain_backup_names_no_recovery_point(place, orders):
    """RecoveryPointArn is only returned for EFS and advanced DynamoDB resources.

    Source: botocore model, StartBackupJob.RecoveryPointArn.
    """
    place.backup.update_region_settings(
        ResourceTypeManagementPreference={"DynamoDB": False}
    )

    started = place.backup.start_backup_job(
        BackupVaultName="vault", ResourceArn=orders, IamRoleArn=place.role_arn
    )

    assert "RecoveryPointArn" not in started


def test_a_recovery_point_is_being_created_while_its_job_runs(
    place, orders, backup_settings
):
    """CREATING says that the backup job is still processing.

    Source: botocore model, DescribeRecoveryPoint.Status.
    """
    backup_settings(backup_seconds=60)

    place.backup_now(orders)

    assert [one["Status"] for one in points(place)] == ["CREATING"]


def test_a_recovery_point_goes_when_its_retention_ends(place, orders, pass_time):
    """DeleteAt is the creation date plus DeleteAfterDays; then the point is deleted.

    Source: botocore model, CalculatedLifecycle.DeleteAt and Lifecycle.
    """
    place.backup_now(orders, Lifecycle={"DeleteAfterDays": 7})
    [point] = points(place)

    pass_time(7 * 86_400 - 60)
    before = len(points(place))
    pass_time(60)

    delete_at = point["CalculatedLifecycle"]["DeleteAt"]
    assert delete_at - point["CreationDate"] == timedelta(days=7)
    assert (before, len(points(place))) == (1, 0)


def test_a_lifecycle_can_be_changed(place, orders, pass_time):
    """UpdateRecoveryPointLifecycle sets when the point is deleted anew.

    Source: botocore model, UpdateRecoveryPointLifecycle.
    """
    job = place.backup_now(orders, Lifecycle={"DeleteAfterDays": 1})

    place.backup.update_recovery_point_lifecycle(
        BackupVaultName="vault",
        RecoveryPointArn=job["RecoveryPointArn"],
        Lifecycle={"DeleteAfterDays": 3},
    )
    pass_time(2 * 86_400)
    after_two = len(points(place))
    pass_time(86_400)

    assert (after_two, len(points(place))) == (1, 0)


def test_recovery_points_are_filtered(place, orders, pass_time):
    """A vault's points are listed by resource, plan and time of creation.

    Source: botocore model, ListRecoveryPointsByBackupVault.
    """
    products = place.table("products")
    first = place.backup_now(orders)
    pass_time(600)
    second = place.backup_now(products)

    def listed(**filters):
        return [one["RecoveryPointArn"] for one in points(place, **filters)]

    old, new = first["RecoveryPointArn"], second["RecoveryPointArn"]
    assert listed() == [new, old]
    assert listed(ByResourceArn=orders) == [old]
    assert listed(ByCreatedAfter=first["CreationDate"] + timedelta(minutes=5)) == [new]
    assert listed(ByBackupPlanId="none") == []


def test_a_resource_lists_its_recovery_points(place, orders):
    """ListRecoveryPointsByResource and the protected resources name the newest one.

    Source: botocore model, ListRecoveryPointsByResource, ListProtectedResources,
    DescribeProtectedResource, ListProtectedResourcesByBackupVault.
    """
    before = place.backup.list_protected_resources()["Results"]
    place.backup_now(orders)
    last = place.backup_now(orders)

    listed = place.backup.list_recovery_points_by_resource(ResourceArn=orders)
    [resource] = place.backup.list_protected_resources()["Results"]
    by_vault = place.backup.list_protected_resources_by_backup_vault(
        BackupVaultName="vault"
    )["Results"]
    described = place.backup.describe_protected_resource(ResourceArn=orders)
    assert before == []
    assert len(listed["RecoveryPoints"]) == 2
    assert resource["ResourceArn"] == orders
    assert resource["LastRecoveryPointArn"] == last["RecoveryPointArn"]
    assert by_vault == [resource]
    assert described["LastBackupTime"] == last["CreationDate"]


def test_a_deleted_recovery_point_is_not_found(place, orders):
    """After DeleteRecoveryPoint the point is gone from vault and resource.

    Source: botocore model, DeleteRecoveryPoint.
    """
    point = {
        "BackupVaultName": "vault",
        "RecoveryPointArn": place.backup_now(orders)["RecoveryPointArn"],
    }

    place.backup.delete_recovery_point(**point)

    with pytest.raises(ClientError) as refusal:
        place.backup.describe_recovery_point(**point)
    assert code_of(refusal) == "ResourceNotFoundException"
    assert place.backup.list_protected_resources()["Results"] == []


def test_restore_metadata_is_what_a_restore_takes(place, orders):
    """The metadata names the table and its encryption, in StartRestoreJob's words.

    Source: botocore model, GetRecoveryPointRestoreMetadata; AWS Backup Developer
    Guide, "Restore a Amazon DynamoDB table".
    """
    job = place.backup_now(orders)

    found = place.backup.get_recovery_point_restore_metadata(
        BackupVaultName="vault", RecoveryPointArn=job["RecoveryPointArn"]
    )

    assert found["ResourceType"] == "DynamoDB"
    assert found["RestoreMetadata"] == {
        "targetTableName": "orders",
        "encryptionType": "Default",
        "kmsMasterKeyArn": "Not Applicable",
    }


def test_a_recovery_point_goes_to_cold_storage(place, orders, pass_time):
    """After MoveToColdStorageAfterDays the storage class is COLD.

    Source: botocore model, Lifecycle and DescribeRecoveryPoint.StorageClass.
    """
    lifecycle = {"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 91}
    job = place.backup_now(orders, Lifecycle=lifecycle)

    def storage_class():
        return place.backup.describe_recovery_point(
            BackupVaultName="vault", RecoveryPointArn=job["RecoveryPointArn"]
        )["StorageClass"]

    before = storage_class()
    pass_time(86_400)

    assert (before, storage_class()) == ("WARM", "COLD")
