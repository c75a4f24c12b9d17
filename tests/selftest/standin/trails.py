"""A table whose calls a trail records."""

import pytest

SCHEMA = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def cloudtrail(client, account):
    """A client of CloudTrail in the test's own account."""
    return client("cloudtrail", account=account)


@pytest.fixture
def table(client, account, name):
    """Make the table `name`; a client of DynamoDB in its account."""
    dynamodb = client("dynamodb", account=account)
    dynamodb.create_table(TableName=name, **SCHEMA)
    dynamodb.get_waiter("table_exists").wait(
        TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 5}
    )
    return dynamodb
