import pytest
from botocore.exceptions import ClientError


def code_of(refusal):
    return refusal.value.response["Error"]["Code"]


@pytest.fixture
def point(place):
    """The ARN of an advanced recovery point of the table orders."""
    place.vault()
    return place.backup_now(place.table(tags={"team": "data"}))["RecoveryPointArn"]


@pytest.fixture
def plain_point(place):
    """The ARN of a recovery point that DynamoDB manages, of an encrypted table."""
    place.backup.update_region_settings(
        ResourceTypeManagementPreference={"DynamoDB": False}
    )
    place.vault()
    place.backup_now(place.table(SSESpecification={"Enabled": True, "SSEType": "KMS"}))
    return place.backup.list_recovery_points_by_backup_vault(BackupVaultName="vault")[
        "RecoveryPoints"
    ][0]["RecoveryPointArn"]


def start(place, arn, metadata, **more):
    return place.backup.start_restore_job(
        RecoveryPointArn=arn, Metadata=metadata, IamRoleArn=place.role_arn, **more
    )["RestoreJobId"]


def restored(place, arn, metadata=None, **more):
    """Restore and return the job as it ended."""
    wanted = {"targetTableName": "restored", **(metadata or {})}
    job = start(place, arn, wanted, **more)
    place.pass_time(5)
    return place.backup.describe_restore_job(RestoreJobId=job)


def described(place, name="restored"):
    return place.dynamodb.describe_table(TableName=name)["Table"]


def test_a_restore_brings_back_the_items_of_the_backup(place, point):
    """The new table has what the old one had when it was backed up, no later change.

    Source: AWS Backup Developer Guide, "Restore a Amazon DynamoDB table".
    """
    place.dynamodb.put_item(TableName="orders", Item={"id": {"S": "3"}})
    place.dynamodb.delete_item(TableName="orders", Key={"id": {"S": "1"}})

    job = restored(place, point)

    assert job["Status"] == "COMPLETED"
    assert job["CreatedResourceArn"] == described(place)["TableArn"]
    assert place.ids("restored") == ["1", "2"]
    assert place.ids("orders") == ["2", "3"]


def test_a_restore_is_pending_running_and_completed(
    place, point, pass_time, backup_settings
):
    """A restore job goes through PENDING and RUNNING to COMPLETED.

    Source: botocore model, RestoreJobStatus.
    """
    backup_settings(start_seconds=10, restore_seconds=20)
    job = start(place, point, {"targetTableName": "restored"})
    states = []

    for _ in range(4):
        shown = place.backup.describe_restore_job(RestoreJobId=job)
        states.append(shown["Status"])
        pass_time(10)

    assert states == ["PENDING", "RUNNING", "RUNNING", "COMPLETED"]


def test_the_table_is_creating_until_the_restore_is_done(
    place, point, pass_time, backup_settings
):
    """While it is restored a table is CREATING, says from what, and serves no data.

    Source: DynamoDB API Reference, TableDescription.TableStatus and RestoreSummary.
    """
    backup_settings(restore_seconds=60)
    start(place, point, {"targetTableName": "restored"})
    pass_time(5)

    during = described(place)
    with pytest.raises(ClientError) as refusal:
        place.dynamodb.scan(TableName="restored")
    pass_time(60)

    assert during["TableStatus"] == "CREATING"
    assert during["RestoreSummary"]["RestoreInProgress"] is True
    assert during["RestoreSummary"]["SourceBackupArn"] == point
    assert code_of(refusal) == "ResourceNotFoundException"
    assert described(place)["TableStatus"] == "ACTIVE"
    assert place.ids("restored") == ["1", "2"]


def test_indexes_and_capacity_come_back(place):
    """Secondary indexes and capacity are restored with the table.

    Source: AWS Backup Developer Guide, "Restore a Amazon DynamoDB table"; DynamoDB
    Developer Guide, "Backing up and restoring DynamoDB tables: how it works".
    """
    place.vault()
    place.dynamodb.create_table(
        TableName="indexed",
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "status", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": 3, "WriteCapacityUnits": 2},
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-status",
                "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
                "ProvisionedThroughput": {
                    "ReadCapacityUnits": 1,
                    "WriteCapacityUnits": 1,
                },
            }
        ],
    )
    place.pass_time(60)
    arn = described(place, "indexed")["TableArn"]

    restored(place, place.backup_now(arn)["RecoveryPointArn"])

    table = described(place)
    [index] = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "by-status"
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 3


def test_tags_do_not_come_back_by_themselves(place, point):
    """Tags return only with CopySourceTagsToRestoredResource.

    Source: botocore model, StartRestoreJob.CopySourceTagsToRestoredResource.
    """
    restored(place, point)
    restored(
        place,
        point,
        {"targetTableName": "tagged"},
        CopySourceTagsToRestoredResource=True,
    )

    def tags(name):
        arn = described(place, name)["TableArn"]
        return place.dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]

    assert tags("restored") == []
    assert tags("tagged") == [{"Key": "team", "Value": "data"}]


def test_stream_ttl_and_protection_do_not_come_back(place):
    """A restored table has no stream and no deletion protection.

    Source: DynamoDB Developer Guide, "Backing up and restoring DynamoDB tables: how
    it works" (what must be set up manually on the restored table).
    """
    place.vault()
    arn = place.table(
        DeletionProtectionEnabled=True,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )

    restored(place, place.backup_now(arn)["RecoveryPointArn"])

    table = described(place)
    assert table.get("StreamSpecification", {}).get("StreamEnabled", False) is False
    assert table["DeletionProtectionEnabled"] is False


def test_a_plain_point_is_restored_with_the_key_of_aws(place, plain_point):
    """A backup whose ARN begins with arn:aws:dynamodb restores with an AWS-owned key.

    Source: AWS Backup Developer Guide, "Restore a Amazon DynamoDB table".
    """
    restored(place, plain_point)

    assert "SSEDescription" in described(place, "orders")
    assert "SSEDescription" not in described(place)


def test_a_restore_can_choose_its_key(place, plain_point):
    """With encryptionType KMS and an ARN it is the customer's key; names ignore case.

    Source: AWS Backup Developer Guide, "Restore a Amazon DynamoDB table".
    """
    key = place.kms.create_key()["KeyMetadata"]["Arn"]
    metadata = {"EncryptionType": "KMS", "KmsMasterKeyArn": key}

    restored(place, plain_point, metadata)

    encryption = described(place)["SSEDescription"]
    assert (encryption["SSEType"], encryption["KMSMasterKeyArn"]) == ("KMS", key)


def test_a_restore_can_ask_for_the_managed_key(place, point):
    """With encryptionType KMS and key "Not Applicable" it is the AWS-managed key.

    Source: AWS Backup Developer Guide, "Restore a Amazon DynamoDB table".
    """
    metadata = {"encryptionType": "KMS", "kmsMasterKeyArn": "Not Applicable"}

    restored(place, point, metadata)

    key = described(place)["SSEDescription"]["KMSMasterKeyArn"]
    managed = place.kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
    assert key == managed["Arn"]


def test_a_restore_never_overwrites_a_table(place, point):
    """A restore goes into a new table; with a name that is taken the job fails.

    Source: AWS Backup Developer Guide, "Restore a Amazon DynamoDB table".
    """
    job = restored(place, point, {"targetTableName": "orders"})

    assert job["Status"] == "FAILED"
    assert "CreatedResourceArn" not in job
    assert place.ids("orders") == ["1", "2"]


def test_a_restore_can_be_set_to_fail(place, point, backup_settings):
    """A restore job can end as FAILED with a message, and makes no table.

    Source: botocore model, DescribeRestoreJob.
    """
    outcome = {"job": "restore", "state": "FAILED", "message": "as set"}
    backup_settings(outcomes=[outcome])

    job = restored(place, point)

    tables = place.dynamodb.list_tables()["TableNames"]
    assert (job["Status"], job["StatusMessage"]) == ("FAILED", "as set")
    assert "restored" not in tables


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Metadata": {"encryptionType": "Default"}}, "InvalidParameterValueException"),
        ({"RecoveryPointArn": "arn:aws:backup:none"}, "ResourceNotFoundException"),
        ({"ResourceType": "EBS"}, "InvalidParameterValueException"),
    ],
)
def test_a_restore_that_cannot_be_is_refused(place, point, change, code):
    """Target name, recovery point and resource type are checked at once.

    Source: botocore model, StartRestoreJob.
    """
    asked = {
        "RecoveryPointArn": point,
        "Metadata": {"targetTableName": "restored"},
        "IamRoleArn": place.role_arn,
    }

    with pytest.raises(ClientError) as refusal:
        place.backup.start_restore_job(**{**asked, **change})

    assert code_of(refusal) == code


def test_restores_are_listed(place, point):
    """ListRestoreJobs filters by status, the protected resource lists its own.

    Source: botocore model, ListRestoreJobs, ListRestoreJobsByProtectedResource,
    GetRestoreJobMetadata.
    """
    job = restored(place, point)
    source = described(place, "orders")["TableArn"]

    def listed(**filters):
        found = place.backup.list_restore_jobs(**filters)["RestoreJobs"]
        return [one["RestoreJobId"] for one in found]

    by_resource = place.backup.list_restore_jobs_by_protected_resource(
        ResourceArn=source
    )["RestoreJobs"]
    metadata = place.backup.get_restore_job_metadata(RestoreJobId=job["RestoreJobId"])
    assert listed() == [job["RestoreJobId"]]
    assert listed(ByStatus="FAILED") == []
    assert [one["RestoreJobId"] for one in by_resource] == [job["RestoreJobId"]]
    assert metadata["Metadata"] == {"targetTableName": "restored"}
