"""Writes of many threads at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

WORKERS = 16


@pytest.fixture
def table(client, account, name):
    dynamodb = client("dynamodb", account=account)
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return dynamodb, name


def everything(dynamodb, name):
    pages = dynamodb.get_paginator("scan").paginate(TableName=name)
    return [item for page in pages for item in page["Items"]]


def test_parallel_writes_lose_nothing(table):
    """
    An acknowledged write is durable (Developer guide, "Read consistency").

    2,000 puts of distinct keys from 16 threads must all be there afterwards.
    """
    dynamodb, name = table

    def put(number):
        dynamodb.put_item(TableName=name, Item={"id": {"S": str(number)}})

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(put, range(2000)))

    assert {item["id"]["S"] for item in everything(dynamodb, name)} == {
        str(number) for number in range(2000)
    }


def test_parallel_increments_all_count(table):
    """
    ADD is atomic: every increment counts ("Update expressions", ADD).
    """
    dynamodb, name = table

    def add(_):
        dynamodb.update_item(
            TableName=name,
            Key={"id": {"S": "counter"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(add, range(300)))

    assert everything(dynamodb, name) == [{"id": {"S": "counter"}, "n": {"N": "300"}}]


def test_every_conditional_race_has_one_winner(table):
    """
    Of two conditional puts of one new item one succeeds ("Condition expressions").

    1,000 races of two threads each: one winner and one refusal every time.
    """
    dynamodb, name = table

    def claim(attempt):
        number, who = divmod(attempt, 2)
        try:
            dynamodb.put_item(
                TableName=name,
                Item={"id": {"S": str(number)}, "who": {"N": str(who)}},
                ConditionExpression="attribute_not_exists(id)",
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return None
        return str(number), str(who)

    with ThreadPoolExecutor(WORKERS) as pool:
        won = [one for one in pool.map(claim, range(2000)) if one]

    stored = {(i["id"]["S"], i["who"]["N"]) for i in everything(dynamodb, name)}
    assert sorted(won) == sorted(stored)
    assert len(won) == 1000


def test_two_tables_in_one_transaction_do_not_deadlock(table):
    """
    Transactions over the same tables in either order all end (API_TransactWriteItems).
    """
    dynamodb, first = table
    second = first + "-second"
    dynamodb.create_table(
        TableName=second,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )

    def both(number):
        names = [first, second] if number % 2 else [second, first]
        item = {"id": {"S": str(number)}}
        dynamodb.transact_write_items(
            TransactItems=[{"Put": {"TableName": n, "Item": item}} for n in names]
        )

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(both, range(40)))

    assert len(everything(dynamodb, first)) == 40
    assert len(everything(dynamodb, second)) == 40
