"""What a table was given is kept, and DescribeTable shows it."""

import pytest
from botocore.exceptions import ClientError

STATUS = {
    "IndexName": "by-status",
    "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
LOCAL = {
    "IndexName": "by-date",
    "KeySchema": [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "date", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "KEYS_ONLY"},
}
VECTOR = {
    "IndexName": "by-meaning",
    "VectorAttribute": {"AttributeName": "embedding"},
    "Dimensions": 3,
    "DistanceFunction": "COSINE",
    "Projection": {"ProjectionType": "ALL"},
}


@pytest.fixture
def dynamodb(client, account):
    """A client of the test's account."""
    return client("dynamodb", account=account)


@pytest.fixture
def make(dynamodb, name):
    """Make the table with more settings; return its description."""

    def create(*attributes, sort_key=None, **more):
        keys = [{"AttributeName": "id", "KeyType": "HASH"}]
        keys += [{"AttributeName": sort_key, "KeyType": "RANGE"}] if sort_key else []
        named = {"id", *attributes, *([sort_key] if sort_key else [])}
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=keys,
            AttributeDefinitions=[
                {"AttributeName": one, "AttributeType": "S"} for one in sorted(named)
            ],
            **more,
        )
        return dynamodb.describe_table(TableName=name)["Table"]

    return create


@pytest.fixture
def change(dynamodb, name):
    """Change the table; return its description."""

    def update(**more):
        dynamodb.update_table(TableName=name, **more)
        return dynamodb.describe_table(TableName=name)["Table"]

    return update


def test_maxima_of_a_table_are_shown_until_they_are_removed(make, change):
    """-1 removes a maximum (API_OnDemandThroughput)."""
    limit = {"MaxWriteRequestUnits": 50}
    assert make(OnDemandThroughput=limit)["OnDemandThroughput"] == limit
    more = change(OnDemandThroughput={"MaxReadRequestUnits": 70})
    assert more["OnDemandThroughput"] == limit | {"MaxReadRequestUnits": 70}
    none = {"MaxReadRequestUnits": -1, "MaxWriteRequestUnits": -1}
    assert "OnDemandThroughput" not in change(OnDemandThroughput=none)


def test_maxima_of_an_index_are_its_own(make, change):
    """An index may be given other maxima than its table, and lose them."""
    limit = {"MaxReadRequestUnits": 9}
    index = STATUS | {"OnDemandThroughput": limit}
    made = make("status", GlobalSecondaryIndexes=[index])
    assert made["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] == limit
    assert "OnDemandThroughput" not in made
    none = {"IndexName": "by-status", "OnDemandThroughput": {"MaxReadRequestUnits": -1}}
    changed = change(GlobalSecondaryIndexUpdates=[{"Update": none}])
    assert "OnDemandThroughput" not in changed["GlobalSecondaryIndexes"][0]


def test_local_and_vector_indexes_are_shown(make, change):
    """Neither stands among the global secondary indexes (API_TableDescription)."""
    made = make(
        "date", sort_key="n", LocalSecondaryIndexes=[LOCAL], VectorIndexes=[VECTOR]
    )
    assert "GlobalSecondaryIndexes" not in made
    (local,) = made["LocalSecondaryIndexes"]
    (vector,) = made["VectorIndexes"]
    assert local["IndexArn"] == f"{made['TableArn']}/index/by-date"
    assert vector["IndexStatus"] == "ACTIVE"
    assert vector["Dimensions"] == 3
    gone = [{"Delete": {"IndexName": "by-meaning"}}]
    assert "VectorIndexes" not in change(VectorIndexUpdates=gone)


def test_a_key_that_is_disabled_is_shown_as_inaccessible(make, dynamodb, client, name):
    """It is shown since when, until the key is enabled again (API_SSEDescription)."""
    described = make(SSESpecification={"Enabled": True})
    arn = described["SSEDescription"]["KMSMasterKeyArn"]
    kms = client("kms", account=arn.split(":")[4])
    kms.disable_key(KeyId=arn.partition("/")[2])
    lost = dynamodb.describe_table(TableName=name)["Table"]["SSEDescription"]
    assert "InaccessibleEncryptionDateTime" in lost
    kms.enable_key(KeyId=arn.partition("/")[2])
    found = dynamodb.describe_table(TableName=name)["Table"]["SSEDescription"]
    assert found == described["SSEDescription"]


def test_a_key_may_be_another_accounts(make, change, client, account):
    """Its ARN names the account; whoever owns it can take it away."""
    other = client("kms", account=str(int(account) + 1).zfill(12))
    key = other.create_key()["KeyMetadata"]
    make()
    wanted = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key["Arn"]}
    described = change(SSESpecification=wanted)["SSEDescription"]
    assert described["KMSMasterKeyArn"] == key["Arn"]
    other.disable_key(KeyId=key["KeyId"])
    lost = change(DeletionProtectionEnabled=False)["SSEDescription"]
    assert "InaccessibleEncryptionDateTime" in lost


@pytest.fixture
def of_table(control, name):
    """Give the table settings of its own."""

    def settings(**own):
        control("settings", {"dynamodb": {"of_table": {name: own}}})

    yield settings
    control("settings", {"dynamodb": {"of_table": {}}})


def test_a_new_table_has_no_backups_yet(make, dynamodb, name, of_table, control):
    """For a while it refuses recovery and backups (UpdateContinuousBackups)."""
    of_table(backups_enabling=60)
    make()
    recovery = {"PointInTimeRecoveryEnabled": True}
    for call, more in (
        (
            dynamodb.update_continuous_backups,
            {"PointInTimeRecoverySpecification": recovery},
        ),
        (dynamodb.create_backup, {"BackupName": "first"}),
    ):
        with pytest.raises(ClientError) as refusal:
            call(TableName=name, **more)
        code = refusal.value.response["Error"]["Code"]
        assert code == "ContinuousBackupsUnavailableException"
    control("clock", {"shift": 61})
    dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification=recovery
    )
    control("clock", {"reset": True})


def test_a_busy_table_takes_no_tags(make, change, dynamodb, of_table):
    """TagResource of a table that is UPDATING is ResourceInUseException."""
    arn = make()["TableArn"]
    of_table(table_updating=60)
    change(DeletionProtectionEnabled=False)
    with pytest.raises(ClientError) as refusal:
        dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])
    assert refusal.value.response["Error"]["Code"] == "ResourceInUseException"
