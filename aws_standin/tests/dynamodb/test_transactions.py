"""Transactions: their limits and their token."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def dynamodb(client, account):
    return client("dynamodb", account=account)


@pytest.fixture
def table(dynamodb, name):
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return name


def puts(table, count):
    items = [{"id": {"S": str(number)}} for number in range(count)]
    return [{"Put": {"TableName": table, "Item": item}} for item in items]


def gets(table, count):
    wanted = [{"id": {"S": str(number)}} for number in range(count)]
    return [{"Get": {"TableName": table, "Key": key}} for key in wanted]


def increment(table):
    return {
        "Update": {
            "TableName": table,
            "Key": {"id": {"S": "counter"}},
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }


def counter(dynamodb, table):
    key = {"id": {"S": "counter"}}
    return dynamodb.get_item(TableName=table, Key=key)["Item"]["n"]["N"]


def code_of(call, **parameters):
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return raised.value.response["Error"]["Code"]


def test_a_transaction_has_100_actions_at_most(dynamodb, table):
    """TransactWriteItems takes up to 100 actions (API_TransactWriteItems)."""
    code = code_of(dynamodb.transact_write_items, TransactItems=puts(table, 101))
    dynamodb.transact_write_items(TransactItems=puts(table, 100))

    assert code == "ValidationException"
    assert dynamodb.scan(TableName=table)["Count"] == 100


def test_a_transaction_reads_100_items_at_most(dynamodb, table):
    """TransactGetItems takes up to 100 items, in order (API_TransactGetItems)."""
    dynamodb.transact_write_items(TransactItems=puts(table, 100))

    found = dynamodb.transact_get_items(TransactItems=gets(table, 100))["Responses"]
    code = code_of(dynamodb.transact_get_items, TransactItems=gets(table, 101))

    assert [one["Item"]["id"]["S"] for one in found] == [str(n) for n in range(100)]
    assert code == "ValidationException"


def test_a_transaction_names_an_item_once(dynamodb, table):
    """No two actions may target the same item (API_TransactWriteItems)."""
    code = code_of(dynamodb.transact_write_items, TransactItems=puts(table, 1) * 2)

    assert code == "ValidationException"


def test_a_transaction_checks_every_item(dynamodb, table):
    """A wrong key refuses the whole transaction (API_TransactWriteItems)."""
    wrong = {"Put": {"TableName": table, "Item": {"id": {"N": "1"}}}}

    code = code_of(
        dynamodb.transact_write_items, TransactItems=[*puts(table, 1), wrong]
    )

    assert code == "ValidationException"
    assert dynamodb.scan(TableName=table)["Count"] == 0


def test_a_failed_condition_cancels_everything(dynamodb, table):
    """All actions succeed or none does; reasons are in order (API_Transact…)."""
    dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}})
    actions = puts(table, 2)
    actions[1]["Put"]["ConditionExpression"] = "attribute_not_exists(id)"

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as raised:
        dynamodb.transact_write_items(TransactItems=actions)

    reasons = [one["Code"] for one in raised.value.response["CancellationReasons"]]
    assert reasons == ["None", "ConditionalCheckFailed"]
    assert dynamodb.scan(TableName=table)["Count"] == 1


def test_the_same_token_writes_once(dynamodb, table):
    """Identical calls with one token have the effect of one.

    API_TransactWriteItems, ClientRequestToken.
    """
    for _ in range(3):
        dynamodb.transact_write_items(
            TransactItems=[increment(table)], ClientRequestToken="same-token"
        )

    assert counter(dynamodb, table) == "1"


def test_a_token_is_good_for_ten_minutes(dynamodb, table, control):
    """After 10 minutes the token is a new one (API_TransactWriteItems)."""
    request = {"TransactItems": [increment(table)], "ClientRequestToken": "old-token"}
    start = datetime(2033, 1, 1, tzinfo=UTC)
    control("clock", {"now": start.isoformat(), "stopped": True})
    try:
        dynamodb.transact_write_items(**request)
        control("clock", {"shift": 601})
        dynamodb.transact_write_items(**request)
    finally:
        control("clock", {"reset": True})

    assert counter(dynamodb, table) == "2"


def test_a_token_belongs_to_one_request(dynamodb, table):
    """Another request with it is a mismatch (IdempotentParameterMismatchException)."""
    token = {"ClientRequestToken": "one-token"}
    dynamodb.transact_write_items(TransactItems=[increment(table)], **token)

    code = code_of(dynamodb.transact_write_items, TransactItems=puts(table, 1), **token)

    assert code == "IdempotentParameterMismatchException"
