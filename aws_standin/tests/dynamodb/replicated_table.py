"""Tables with a replica in another region, at a time that stands still."""

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
    """A client of the region in which tables are made."""
    return client("dynamodb", HERE, account)


@pytest.fixture
def there(client, account):
    """A client of the replica's region."""
    return client("dynamodb", THERE, account)


@pytest.fixture(autouse=True)
def at(control, stop_clock):
    """Stop the clock, so many seconds after START."""

    def move(seconds):
        stop_clock(START + timedelta(seconds=seconds))

    move(0)
    yield move
    off = {"replication_lag": 0, "replication_paused": False, "of_table": {}}
    off |= {"replication_loses_deletes": False}
    durations = {"replica_creating": 0, "replica_deleting": 0, "held": {}}
    control("settings", {"dynamodb": off | durations})


def create(dynamodb, name, **more):
    """Make a table with an index and a stream, unless told otherwise."""
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
    """Make a replica in the region, or delete it."""
    update = {action: {"RegionName": region, **more}}
    return dynamodb.update_table(TableName=name, ReplicaUpdates=[update])


def described(dynamodb, name):
    """Return the table's description."""
    return dynamodb.describe_table(TableName=name)["Table"]


def put(dynamodb, name, key, text):
    """Put an item of this key and text."""
    dynamodb.put_item(TableName=name, Item={"id": {"S": key}, "text": {"S": text}})


def contents(dynamodb, name):
    """Return the text of every item by its key."""
    found = dynamodb.scan(TableName=name)["Items"]
    return {item["id"]["S"]: item["text"]["S"] for item in found}


def refusal_of(call, *arguments, **parameters):
    """Return the error that a call is refused with."""
    with pytest.raises(ClientError) as refusal:
        call(*arguments, **parameters)
    return refusal.value.response["Error"]


@pytest.fixture
def table(here, name):
    """A table with a replica."""
    create(here, name)
    replicate(here, name)
    return name
