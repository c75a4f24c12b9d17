"""What all replicas share, what each has for itself, and what a replica requires."""

from tests.dynamodb.replicated_table import (
    HERE,
    IMAGES,
    INDEX,
    THERE,
    at,
    create,
    described,
    here,
    refusal_of,
    replicate,
    table,
    there,
)

__all__ = ["at", "here", "table", "there"]


def test_a_stream_is_switched_on_by_itself(here, there, name):
    """Streams are enabled on all replicas ("Global tables: how it works")."""
    create(here, name, StreamSpecification={"StreamEnabled": False})

    replicate(here, name)

    assert described(here, name)["StreamSpecification"] == IMAGES
    assert described(there, name)["StreamSpecification"] == IMAGES


def test_another_stream_view_is_refused(here, name):
    """A global table has a stream with NEW_AND_OLD_IMAGES (tutorial of the guide)."""
    keys = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    create(here, name, StreamSpecification=keys)

    assert refusal_of(replicate, here, name)["Code"] == "ValidationException"


def test_the_stream_of_a_replica_stays_on(here, table):
    """Streams "cannot be disabled on those replicas" ("how it works")."""
    refusal = refusal_of(
        here.update_table,
        TableName=table,
        StreamSpecification={"StreamEnabled": False},
    )

    assert refusal["Code"] == "ValidationException"


def test_provisioned_capacity_must_scale(here, name):
    """Write capacity is on-demand or scales by itself ("Global tables: settings")."""
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    index = INDEX | {"ProvisionedThroughput": units}
    create(
        here,
        name,
        BillingMode="PROVISIONED",
        ProvisionedThroughput=units,
        GlobalSecondaryIndexes=[index],
    )

    assert refusal_of(replicate, here, name)["Code"] == "ValidationException"


def test_a_customer_key_is_given_per_replica(here, there, name, client, account):
    """KMSMasterKeyId is the replica's key in its own region.

    API_CreateReplicationGroupMemberAction.
    """
    keys = {
        region: client("kms", region, account).create_key()["KeyMetadata"]["Arn"]
        for region in (HERE, THERE)
    }
    encryption = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": keys[HERE]}
    create(here, name, SSESpecification=encryption)

    without = refusal_of(replicate, here, name)
    replicate(here, name, KMSMasterKeyId=keys[THERE])

    assert without["Code"] == "ValidationException"
    of_there = described(there, name)["SSEDescription"]
    assert of_there["KMSMasterKeyArn"] == keys[THERE]
    (replica,) = described(here, name)["Replicas"]
    assert replica["KMSMasterKeyId"] == keys[THERE]


def test_what_each_replica_has_for_itself(here, there, name):
    """Recovery, deletion protection and tags are not replicated.

    Developer guide, "Global tables: settings", never synchronised.
    """
    create(
        here,
        name,
        Tags=[{"Key": "team", "Value": "orders"}],
        DeletionProtectionEnabled=True,
    )
    here.update_continuous_backups(
        TableName=name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )

    replicate(here, name)

    replica = described(there, name)
    tags = there.list_tags_of_resource(ResourceArn=replica["TableArn"])["Tags"]
    backups = there.describe_continuous_backups(TableName=name)
    of_there = backups["ContinuousBackupsDescription"]
    assert replica["DeletionProtectionEnabled"] is False
    assert tags == []
    assert (
        of_there["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        == "DISABLED"
    )


def test_what_all_replicas_share(here, there, table):
    """TTL, indexes and capacity mode are the same everywhere.

    Developer guide, "Global tables: settings", always synchronised.
    """
    here.update_time_to_live(
        TableName=table,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )
    delete = [{"Delete": {"IndexName": "by-kind"}}]
    there.update_table(TableName=table, GlobalSecondaryIndexUpdates=delete)

    ttl = there.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert "GlobalSecondaryIndexes" not in described(here, table)


def test_ttl_comes_with_a_new_replica(here, there, name):
    """A replica begins with the table's TTL ("Global tables: settings")."""
    create(here, name)
    here.update_time_to_live(
        TableName=name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )

    replicate(here, name)

    ttl = there.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert ttl["TimeToLiveStatus"] == "ENABLED"
