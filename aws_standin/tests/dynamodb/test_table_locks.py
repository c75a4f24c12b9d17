"""Writes of many threads at once.

The many calls are sent by hand over kept connections: boto3 would take most of the
time and so keep the threads apart.
"""

import http.client
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

WORKERS = 16


@pytest.fixture(autouse=True)
def _hurry():
    """Let threads take turns a thousand times as often, so that races happen."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 1000)
    yield
    sys.setswitchinterval(usual)


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


@pytest.fixture
def sorted_table(client, account, name):
    dynamodb = client("dynamodb", account=account)
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
    )
    return dynamodb, name


@pytest.fixture
def send(standin, account):
    """Call an operation; returns the status and the answer."""
    local = threading.local()
    host = standin.endpoint.removeprefix("http://")
    scope = f"{account}/20300101/eu-west-1/dynamodb/aws4_request"

    def call(operation, **parameters):
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(host, timeout=30)
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        }
        local.connection.request("POST", "/", json.dumps(parameters), headers)
        response = local.connection.getresponse()
        return response.status, json.loads(response.read())

    return call


def everything(dynamodb, name):
    pages = dynamodb.get_paginator("scan").paginate(TableName=name)
    return [item for page in pages for item in page["Items"]]


def test_parallel_writes_lose_nothing(sorted_table, send):
    """An acknowledged write is durable (Developer guide, "Read consistency").

    480 puts from 16 threads, which meet in new partitions, must all be there,
    whatever is cancelled in between.
    """
    dynamodb, name = sorted_table

    def put(number):
        partition, at = divmod(number, WORKERS)
        item = {"id": {"S": str(partition)}, "at": {"N": str(at)}}
        if number % 24 == 0:
            cancel(item)
        return send("PutItem", TableName=name, Item=item)[0]

    def cancel(item):
        never = "attribute_exists(nothing)"
        one = {"TableName": name, "Item": item, "ConditionExpression": never}
        status, _ = send("TransactWriteItems", TransactItems=[{"Put": one}])
        assert status == 400

    with ThreadPoolExecutor(WORKERS) as pool:
        statuses = set(pool.map(put, range(480)))

    stored = {(i["id"]["S"], i["at"]["N"]) for i in everything(dynamodb, name)}
    assert statuses == {200}
    assert stored == {(str(n // WORKERS), str(n % WORKERS)) for n in range(480)}


def test_parallel_increments_all_count(table, send):
    """ADD is atomic: every increment counts ("Update expressions", ADD)."""
    dynamodb, name = table

    def add(_):
        return send(
            "UpdateItem",
            TableName=name,
            Key={"id": {"S": "counter"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )[0]

    with ThreadPoolExecutor(WORKERS) as pool:
        statuses = set(pool.map(add, range(150)))

    assert statuses == {200}
    assert everything(dynamodb, name) == [{"id": {"S": "counter"}, "n": {"N": "150"}}]


def test_every_conditional_race_has_one_winner(table, send):
    """Of two conditional puts of one new item one succeeds ("Condition expressions").

    200 races of two threads each: one winner and one refusal every time.
    """
    dynamodb, name = table

    def claim(attempt):
        number, who = divmod(attempt, 2)
        status, answer = send(
            "PutItem",
            TableName=name,
            Item={"id": {"S": str(number)}, "who": {"N": str(who)}},
            ConditionExpression="attribute_not_exists(id)",
        )
        if status == 200:
            return str(number), str(who)
        assert answer["__type"].endswith("#ConditionalCheckFailedException")
        return None

    with ThreadPoolExecutor(WORKERS) as pool:
        won = [one for one in pool.map(claim, range(400)) if one]

    stored = {(i["id"]["S"], i["who"]["N"]) for i in everything(dynamodb, name)}
    assert sorted(won) == sorted(stored)
    assert len(won) == 200


def test_two_tables_in_one_transaction_do_not_deadlock(table):
    """Transactions over the same tables in either order all end."""
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
