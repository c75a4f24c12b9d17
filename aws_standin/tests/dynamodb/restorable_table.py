"""A table that can be restored, at a time that stands still."""

from datetime import UTC, datetime, timedelta

import pytest

START = datetime(2030, 1, 1, tzinfo=UTC)
INDEX = {
    "IndexName": "by-kind",
    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


@pytest.fixture
def dynamodb(client, account):
    """A client of the test's own account."""
    return client("dynamodb", account=account)


@pytest.fixture(autouse=True)
def at(control, stop_clock):
    """Stop the clock, so many seconds after START."""
    control("settings", {"dynamodb": {"latest_restorable_delay": 0}})

    def move(seconds):
        return stop_clock(START + timedelta(seconds=seconds))

    move(0)
    yield move
    settings = {"latest_restorable_delay": 5, "restoring": 0, "of_table": {}}
    control("settings", {"dynamodb": settings})


@pytest.fixture
def source(dynamodb, name):
    """A table with everything that a restore does not bring."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[INDEX],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        Tags=[{"Key": "team", "Value": "orders"}],
        DeletionProtectionEnabled=True,
    )
    dynamodb.update_time_to_live(
        TableName=name,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"},
    )
    recovery(dynamodb, name, PointInTimeRecoveryEnabled=True)
    return name


def recovery(dynamodb, name, **specification):
    """Set point-in-time recovery; return its description."""
    answer = dynamodb.update_continuous_backups(
        TableName=name, PointInTimeRecoverySpecification=specification
    )
    return answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
