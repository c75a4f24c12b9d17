"""Statuses that last: tables, indexes."""

import pytest
from botocore.exceptions import ClientError

INDEX = {
    "IndexName": "by-kind",
    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
KIND = {"AttributeName": "kind", "AttributeType": "S"}


@pytest.fixture
def dynamodb(client, account):
    return client("dynamodb", account=account)


@pytest.fixture
def lasting(control, name):
    """Let statuses of this test's table last, on a clock that stands still."""

    def settings(**own):
        control("settings", {"dynamodb": {"of_table": {name: own}}})
        control("clock", {"now": "2030-01-01T00:00:00+00:00", "stopped": True})

    yield settings
    control("settings", {"dynamodb": {"of_table": {}, "held": {}}})
    control("clock", {"reset": True})


def create(dynamodb, name):
    return dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )["TableDescription"]


def status(dynamodb, name):
    return dynamodb.describe_table(TableName=name)["Table"]["TableStatus"]


def index(dynamodb, name):
    described = dynamodb.describe_table(TableName=name)["Table"]
    (one,) = described["GlobalSecondaryIndexes"]
    return described["TableStatus"], one["IndexStatus"], one.get("Backfilling")


def code_of(call, **parameters):
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    return refusal.value.response["Error"]["Code"]


def add_index(dynamodb, name):
    dynamodb.update_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            KIND,
        ],
        GlobalSecondaryIndexUpdates=[{"Create": INDEX}],
    )


def test_create_table_answers_creating(dynamodb, name):
    """CreateTable returns immediately with CREATING (API_CreateTable)."""
    assert create(dynamodb, name)["TableStatus"] == "CREATING"


def test_a_table_is_creating_for_a_while(dynamodb, name, lasting, control):
    """You can read and write only when the table is ACTIVE (API_CreateTable)."""
    lasting(table_creating=60)
    create(dynamodb, name)
    item = {"id": {"S": "a"}}

    early = status(dynamodb, name)
    refused = code_of(dynamodb.put_item, TableName=name, Item=item)
    in_use = code_of(dynamodb.delete_table, TableName=name)
    control("clock", {"shift": 60})

    assert (early, refused) == ("CREATING", "ResourceNotFoundException")
    assert in_use == "ResourceInUseException"
    assert status(dynamodb, name) == "ACTIVE"
    dynamodb.put_item(TableName=name, Item=item)


def test_a_table_that_is_updating_takes_no_second_update(
    dynamodb, name, lasting, control
):
    """UpdateTable needs an ACTIVE table; data is served (API_UpdateTable)."""
    lasting(table_updating=30)
    create(dynamodb, name)
    change = {"TableName": name, "DeletionProtectionEnabled": True}
    dynamodb.update_table(**change)

    early = status(dynamodb, name)
    second = code_of(dynamodb.update_table, **change)
    dynamodb.put_item(TableName=name, Item={"id": {"S": "a"}})
    control("clock", {"shift": 30})

    assert (early, second) == ("UPDATING", "ResourceInUseException")
    assert status(dynamodb, name) == "ACTIVE"


def test_a_table_is_deleting_for_a_while(dynamodb, name, lasting, control):
    """A table is DELETING until it is gone (API_DeleteTable)."""
    lasting(table_deleting=30)
    create(dynamodb, name)
    dynamodb.delete_table(TableName=name)

    early = status(dynamodb, name)
    again = code_of(dynamodb.delete_table, TableName=name)
    control("clock", {"shift": 30})

    assert (early, again) == ("DELETING", "ResourceInUseException")
    gone = code_of(dynamodb.describe_table, TableName=name)
    assert gone == "ResourceNotFoundException"
    assert name not in dynamodb.list_tables()["TableNames"]


def test_an_index_is_created_in_two_phases(dynamodb, name, lasting, control):
    """First the table is UPDATING, then the index is Backfilling.

    Developer guide, "Managing global secondary indexes", phases of index creation.
    """
    lasting(table_updating=10, index_creating=20)
    create(dynamodb, name)
    add_index(dynamodb, name)

    allocation = index(dynamodb, name)
    control("clock", {"shift": 10})
    backfilling = index(dynamodb, name)
    control("clock", {"shift": 20})

    assert allocation == ("UPDATING", "CREATING", False)
    assert backfilling == ("ACTIVE", "CREATING", True)
    assert index(dynamodb, name) == ("ACTIVE", "ACTIVE", None)


def test_a_backfilling_index_cannot_be_read(dynamodb, name, lasting, control):
    """An index is available once it is ACTIVE ("Managing global secondary indexes")."""
    lasting(index_creating=20)
    create(dynamodb, name)
    add_index(dynamodb, name)
    dynamodb.put_item(TableName=name, Item={"id": {"S": "a"}, "kind": {"S": "x"}})
    query = {
        "TableName": name,
        "IndexName": "by-kind",
        "KeyConditionExpression": "kind = :k",
        "ExpressionAttributeValues": {":k": {"S": "x"}},
    }

    early = code_of(dynamodb.query, **query)
    control("clock", {"shift": 20})

    assert early == "ValidationException"
    assert dynamodb.query(**query)["Count"] == 1


def test_an_index_is_deleting_for_a_while(dynamodb, name, lasting, control):
    """A deleted index is DELETING until it is gone (API_GlobalSecondaryIndexInfo)."""
    lasting(index_deleting=20)
    create(dynamodb, name)
    add_index(dynamodb, name)
    delete = [{"Delete": {"IndexName": "by-kind"}}]
    dynamodb.update_table(TableName=name, GlobalSecondaryIndexUpdates=delete)

    early = index(dynamodb, name)
    control("clock", {"shift": 20})

    assert early[1] == "DELETING"
    described = dynamodb.describe_table(TableName=name)["Table"]
    assert "GlobalSecondaryIndexes" not in described


@pytest.mark.parametrize("what", ["UPDATING", "CREATING"])
def test_a_table_stays_in_a_status_until_released(dynamodb, name, control, what):
    """A status can be held, so that waiting for it can be tested."""
    create(dynamodb, name)
    control("settings", {"dynamodb": {"held": {name: what}}})

    held = status(dynamodb, name)
    control("settings", {"dynamodb": {"held": {}}})

    assert held == what
    assert status(dynamodb, name) == "ACTIVE"


def test_an_index_stays_backfilling_until_released(dynamodb, name, control):
    """An index can be held in CREATING, in one region alone."""
    create(dynamodb, name)
    add_index(dynamodb, name)
    path = f"eu-west-1/{name}/index/by-kind"
    control("settings", {"dynamodb": {"held": {path: "CREATING"}}})

    held = index(dynamodb, name)
    control("settings", {"dynamodb": {"held": {}}})

    assert held == ("ACTIVE", "CREATING", True)
    assert index(dynamodb, name) == ("ACTIVE", "ACTIVE", None)


def test_a_setting_of_a_table_that_is_none_is_refused(control):
    """The control API never ignores a misspelt name."""
    wanted = {"dynamodb": {"of_table": {"orders": {"table_creatin": 1}}}}

    status, answer = control("settings", wanted)

    assert status == 400
    assert "table_creating" in answer["error"]
