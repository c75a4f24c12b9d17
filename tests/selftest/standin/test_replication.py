"""Global tables: replicas, and items on their way."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

START = datetime(2032, 1, 1, tzinfo=UTC)
HERE, THERE = "af-south-1", "eu-west-1"
IMAGES = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
INDEX = {
    "IndexName": "by-kind",
    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


@pytest.fixture
def here(client, account):
    return client("dynamodb", HERE, account)


@pytest.fixture
def there(client, account):
    return client("dynamodb", THERE, account)


@pytest.fixture(autouse=True)
def at(control):
    """Stop the clock, so many seconds after START."""

    def move(seconds):
        moment = START + timedelta(seconds=seconds)
        control("clock", {"now": moment.isoformat(), "stopped": True})

    move(0)
    yield move
    control("clock", {"reset": True})
    off = {"replication_lag": 0, "replication_paused": False, "of_table": {}}
    off |= {"replication_loses_deletes": False}
    durations = {"replica_creating": 0, "replica_deleting": 0, "held": {}}
    control("settings", {"dynamodb": off | durations})


@pytest.fixture
def lag(control):
    def set_lag(seconds):
        control("settings", {"dynamodb": {"replication_lag": seconds}})

    return set_lag


def create(dynamodb, name, **more):
    wanted = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        "GlobalSecondaryIndexes": [INDEX],
        "StreamSpecification": IMAGES,
    }
    dynamodb.create_table(**wanted | more)


def replicate(dynamodb, name, region=THERE, action="Create", **more):
    update = {action: {"RegionName": region, **more}}
    return dynamodb.update_table(TableName=name, ReplicaUpdates=[update])


def described(dynamodb, name):
    return dynamodb.describe_table(TableName=name)["Table"]


def put(dynamodb, name, key, text):
    dynamodb.put_item(TableName=name, Item={"id": {"S": key}, "text": {"S": text}})


def contents(dynamodb, name):
    found = dynamodb.scan(TableName=name)["Items"]
    return {item["id"]["S"]: item["text"]["S"] for item in found}


def refusal_of(call, *arguments, **parameters):
    with pytest.raises(ClientError) as refusal:
        call(*arguments, **parameters)
    return refusal.value.response["Error"]


@pytest.fixture
def table(here, name):
    """A table with a replica."""
    create(here, name)
    replicate(here, name)
    return name


def test_a_replica_is_a_table_in_the_other_region(here, there, name):
    """
    The replica has the same name, keys and indexes.

    Developer guide, "Global tables: how it works".
    """
    create(here, name)

    replicate(here, name)

    replica = described(there, name)
    assert replica["TableStatus"] == "ACTIVE"
    assert replica["TableArn"].split(":")[3] == THERE
    assert replica["KeySchema"] == described(here, name)["KeySchema"]
    assert [one["IndexName"] for one in replica["GlobalSecondaryIndexes"]] == [
        "by-kind"
    ]
    assert replica["StreamSpecification"] == IMAGES


def test_both_sides_describe_each_other(here, there, table):
    """Replicas and GlobalTableVersion are in DescribeTable (API_TableDescription)."""
    of_here, of_there = described(here, table), described(there, table)

    assert of_here["GlobalTableVersion"] == "2019.11.21"
    assert of_there["GlobalTableVersion"] == "2019.11.21"
    for one, region in ((of_here, THERE), (of_there, HERE)):
        assert [
            (replica["RegionName"], replica["ReplicaStatus"])
            for replica in one["Replicas"]
        ] == [(region, "ACTIVE")]


def test_a_replica_is_creating_for_a_while(here, there, name, at, control):
    """ReplicaStatus goes from CREATING to ACTIVE (API_ReplicaDescription)."""
    control("settings", {"dynamodb": {"replica_creating": 60}})
    create(here, name)
    replicate(here, name)

    (early,) = described(here, name)["Replicas"]
    there_early = described(there, name)["TableStatus"]
    in_use = refusal_of(replicate, here, name, THERE, "Delete")
    not_served = refusal_of(there.scan, TableName=name)
    at(60)
    (late,) = described(here, name)["Replicas"]

    assert (early["ReplicaStatus"], there_early) == ("CREATING", "CREATING")
    assert in_use["Code"] == "ResourceInUseException"
    assert not_served["Code"] == "ResourceNotFoundException"
    assert late["ReplicaStatus"] == "ACTIVE"


def test_a_replica_can_stay_creating(here, table, control):
    """A replica can be held in a status until it is released."""
    held = {f"{HERE}/{table}/replica/{THERE}": "CREATING"}
    control("settings", {"dynamodb": {"held": held}})

    (replica,) = described(here, table)["Replicas"]

    assert replica["ReplicaStatus"] == "CREATING"


def test_existing_items_are_copied(here, there, name):
    """What the table holds is in the new replica ("Global tables: how it works")."""
    create(here, name)
    put(here, name, "a", "old")

    replicate(here, name)

    assert contents(there, name) == {"a": "old"}


def test_a_write_arrives_after_the_lag_and_not_before(here, there, table, at, lag):
    """Changes reach other replicas after a while ("Global tables: how it works")."""
    lag(2)
    put(here, table, "a", "new")

    at(1.9)
    early = contents(there, table)
    at(2)

    assert early == {}
    assert contents(there, table) == {"a": "new"}


def test_writes_flow_both_ways(here, there, table):
    """Every replica takes writes ("Global tables: how it works")."""
    put(here, table, "a", "from here")
    put(there, table, "b", "from there")

    assert contents(here, table) == {"a": "from here", "b": "from there"}
    assert contents(there, table) == contents(here, table)


def test_deletes_and_updates_flow_too(here, there, table):
    """Deleting and updating are replicated like any write."""
    put(here, table, "a", "old")
    put(here, table, "b", "old")
    there.delete_item(TableName=table, Key={"id": {"S": "a"}})
    there.update_item(
        TableName=table,
        Key={"id": {"S": "b"}},
        UpdateExpression="SET #t = :t",
        ExpressionAttributeNames={"#t": "text"},
        ExpressionAttributeValues={":t": {"S": "new"}},
    )

    assert contents(here, table) == {"b": "new"}


def test_the_newer_write_wins(here, there, table, at, lag):
    """
    Both regions converge on the last write.

    Developer guide, "Global tables: how it works": last writer wins.  The older
    write arrives later and must change nothing.
    """
    lag(5)
    put(here, table, "a", "older")
    at(1)
    put(there, table, "a", "newer")

    at(5)
    before = contents(here, table), contents(there, table)
    at(6)

    assert before == ({"a": "older"}, {"a": "newer"})
    assert contents(here, table) == contents(there, table) == {"a": "newer"}


def test_a_newer_delete_wins(here, there, table, at, lag):
    """A late write does not bring back what was deleted after it."""
    put(here, table, "a", "first")
    contents(there, table)
    lag(5)
    at(1)
    put(here, table, "a", "older")
    at(2)
    there.delete_item(TableName=table, Key={"id": {"S": "a"}})

    at(10)

    assert contents(here, table) == contents(there, table) == {}


def test_replication_can_be_paused(here, there, table, at, control):
    """While replication stands still nothing arrives; then everything does."""
    control("settings", {"dynamodb": {"replication_paused": True}})
    put(here, table, "a", "new")
    at(3600)

    paused = contents(there, table)
    control("settings", {"dynamodb": {"replication_paused": False}})

    assert paused == {}
    assert contents(there, table) == {"a": "new"}


def test_a_lag_can_be_one_tables_own(here, there, table, control):
    """One table may lag behind while the others do not."""
    other = table + "-other"
    create(here, other)
    replicate(here, other)
    control("settings", {"dynamodb": {"of_table": {table: {"replication_lag": 60}}}})

    put(here, table, "a", "new")
    put(here, other, "a", "new")

    assert (contents(there, table), contents(there, other)) == ({}, {"a": "new"})


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


def test_a_table_of_the_name_prevents_a_replica(here, there, name):
    """The region must not have a table of that name ("Global tables: tutorial")."""
    create(here, name)
    create(there, name)

    refusal = refusal_of(replicate, here, name)

    assert refusal["Code"] == "ValidationException"
    assert "already existed as tables" in refusal["Message"]


@pytest.mark.parametrize(
    ("region", "action"), [(HERE, "Create"), ("us-east-1", "Delete")]
)
def test_what_makes_no_sense_is_refused(here, table, region, action):
    """Neither the local region nor one that is no member (API_UpdateTable)."""
    refusal = refusal_of(replicate, here, table, region, action)

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
    """
    KMSMasterKeyId is the replica's key in its own region.

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
    """
    Recovery, deletion protection and tags are not replicated.

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
    """
    TTL, indexes and capacity mode are the same everywhere.

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


def test_a_deleted_replica_is_gone(here, there, table):
    """Deleting a replica deletes the table in its region (API_UpdateTable)."""
    put(here, table, "a", "stays")

    replicate(here, table, action="Delete")

    gone = refusal_of(there.describe_table, TableName=table)
    alone = described(here, table)
    assert gone["Code"] == "ResourceNotFoundException"
    assert "Replicas" not in alone
    assert "GlobalTableVersion" not in alone
    assert contents(here, table) == {"a": "stays"}


def test_a_protected_replica_is_not_deleted(here, there, table):
    """Deletion protection is each replica's own (API_UpdateTable)."""
    there.update_table(TableName=table, DeletionProtectionEnabled=True)

    refusal = refusal_of(replicate, here, table, THERE, "Delete")

    assert refusal["Code"] == "ValidationException"
    assert described(there, table)["TableStatus"] == "ACTIVE"


def test_a_source_is_not_deleted_within_a_day(here, there, table, at):
    """
    A table that a replica came from cannot be deleted for 24 hours.

    Developer guide, "Global tables: how it works", deleting a replica.
    """
    refusal = refusal_of(here.delete_table, TableName=table)
    at(86401)
    here.delete_table(TableName=table)

    assert refusal["Code"] == "ValidationException"
    assert "last 24 hours" in refusal["Message"]
    assert "Replicas" not in described(there, table)


def test_a_replica_can_be_made_again(here, there, table):
    """After a replica is gone, the region can have a new one (API_UpdateTable)."""
    replicate(here, table, action="Delete")
    put(here, table, "a", "new")

    replicate(here, table)

    assert contents(there, table) == {"a": "new"}


def test_a_third_region_joins_from_a_replica(client, account, here, there, table):
    """Any replica can add another one ("Global tables: how it works")."""
    third = client("dynamodb", "us-east-1", account)
    put(here, table, "a", "new")
    contents(there, table)

    replicate(there, table, "us-east-1")
    put(third, table, "b", "third")

    regions = {one["RegionName"] for one in described(here, table)["Replicas"]}
    assert regions == {THERE, "us-east-1"}
    assert contents(here, table) == contents(third, table)
    assert contents(here, table) == {"a": "new", "b": "third"}


def test_a_lag_can_be_one_directions_own(here, there, table, control):
    """What is slow in one direction holds up nothing in the other."""
    slow = {f"{THERE}/{table}": {"replication_lag": 60}}
    control("settings", {"dynamodb": {"of_table": slow}})

    put(here, table, "a", "from here")
    put(there, table, "b", "from there")

    assert contents(here, table) == {"a": "from here", "b": "from there"}
    assert contents(there, table) == {"b": "from there"}


def test_deletes_can_get_lost(here, there, table, control):
    """While deletes get lost, everything else arrives."""
    put(here, table, "a", "stays there")
    control("settings", {"dynamodb": {"replication_loses_deletes": True}})

    here.delete_item(TableName=table, Key={"id": {"S": "a"}})
    put(here, table, "b", "new")

    assert contents(here, table) == {"b": "new"}
    assert contents(there, table) == {"a": "stays there", "b": "new"}


def test_what_is_held_missing_is_not_described(here, there, table, control):
    """A replica, and an index in one region alone, can be held missing."""
    held = {
        f"{HERE}/{table}/replica/{THERE}": "MISSING",
        f"{THERE}/{table}/index/by-kind": "MISSING",
    }
    control("settings", {"dynamodb": {"held": held}})

    of_here, of_there = described(here, table), described(there, table)

    assert "Replicas" not in of_here
    assert len(of_here["GlobalSecondaryIndexes"]) == 1
    assert len(of_there["Replicas"]) == 1
    assert "GlobalSecondaryIndexes" not in of_there


def test_the_version_of_a_global_table_can_be_another(here, table, control):
    """A global table of the legacy version describes itself as such."""
    legacy = {table: {"global_table_version": "2017.11.29"}}
    control("settings", {"dynamodb": {"of_table": legacy}})

    assert described(here, table)["GlobalTableVersion"] == "2017.11.29"
