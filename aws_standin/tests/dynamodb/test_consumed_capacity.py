"""What ConsumedCapacity says.

Numbers are those of the Developer guide, "DynamoDB capacity unit consumption".
"""

import pytest

KB = 1024
KINDS = ("ALL", "KEYS_ONLY")


@pytest.fixture
def dynamodb(client, account):
    return client("dynamodb", account=account)


@pytest.fixture
def table(dynamodb, name):
    """A table with an index that projects all, and one that projects the keys."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": kind,
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": kind},
            }
            for kind in KINDS
        ],
    )
    return name


KEY = {"id": {"S": "a"}}


def item(size, key="a", **more):
    """Return an item of exactly `size` bytes."""
    found = {"id": {"S": key}} | {name: {"S": text} for name, text in more.items()}
    used = sum(len(n) + len(v["S"]) for n, v in found.items()) + len("pad")
    return found | {"pad": {"S": "x" * (size - used)}}


@pytest.fixture
def put(dynamodb, table):
    def one(wanted, how="TOTAL"):
        answer = dynamodb.put_item(
            TableName=table, Item=wanted, ReturnConsumedCapacity=how
        )
        return answer["ConsumedCapacity"]

    return one


@pytest.mark.parametrize(
    ("size", "units"), [(100, 1), (KB, 1), (KB + 1, 2), (10 * KB, 10)]
)
def test_a_write_is_a_unit_per_kb(put, size, units):
    """One write unit is a write of up to 1 KB."""
    assert put(item(size))["CapacityUnits"] == units


def test_replacing_costs_the_larger_of_both(put):
    """PutItem and DeleteItem cost the larger of the item before and after."""
    put(item(5 * KB))

    assert put(item(100))["CapacityUnits"] == 5


def test_deleting_costs_the_size_of_the_item(put, dynamodb, table):
    """DeleteItem costs the item's size; one that is not there costs one unit."""
    put(item(3 * KB))

    costs = [
        dynamodb.delete_item(TableName=table, Key=KEY, ReturnConsumedCapacity="TOTAL")[
            "ConsumedCapacity"
        ]["CapacityUnits"]
        for _ in range(2)
    ]

    assert costs == [3, 1]


def test_an_update_costs_the_whole_item(put, dynamodb, table):
    """UpdateItem costs the larger item, also when one attribute changes."""
    put(item(3 * KB))

    answer = dynamodb.update_item(
        TableName=table,
        Key=KEY,
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
        ReturnConsumedCapacity="TOTAL",
    )

    assert answer["ConsumedCapacity"]["CapacityUnits"] == 4
    assert "Attributes" not in answer


def test_an_index_costs_what_it_holds(put):
    """A new item in an index costs a write of what the index projects.

    "Managing global secondary indexes", write throughput.
    """
    capacity = put(item(2 * KB, kind="x"), "INDEXES")

    assert capacity["Table"]["CapacityUnits"] == 2
    assert capacity["GlobalSecondaryIndexes"] == {
        "ALL": {"CapacityUnits": 2},
        "KEYS_ONLY": {"CapacityUnits": 1},
    }
    assert capacity["CapacityUnits"] == 5


def test_an_index_that_does_not_change_costs_nothing(put):
    """No projected attribute changed: no write to that index."""
    put(item(2 * KB, kind="x"))

    capacity = put(item(2 * KB, kind="x", more="y"), "INDEXES")

    assert set(capacity["GlobalSecondaryIndexes"]) == {"ALL"}


def test_a_changed_index_key_costs_two_writes(put):
    """The old entry is deleted and a new one is put."""
    put(item(KB, kind="x"))

    capacity = put(item(KB, kind="y"), "INDEXES")

    assert capacity["GlobalSecondaryIndexes"]["KEYS_ONLY"]["CapacityUnits"] == 2


@pytest.mark.parametrize(("size", "units"), [(100, 1), (4 * KB, 1), (4 * KB + 1, 2)])
def test_a_read_is_a_unit_per_4_kb(put, dynamodb, table, size, units):
    """One read unit is a strongly consistent read of 4 KB; half of it otherwise."""
    put(item(size))

    read = [
        dynamodb.get_item(
            TableName=table,
            Key=KEY,
            ConsistentRead=consistent,
            ProjectionExpression="id",
            ReturnConsumedCapacity="TOTAL",
        )["ConsumedCapacity"]["CapacityUnits"]
        for consistent in (True, False)
    ]

    assert read == [units, units / 2]


def test_reading_nothing_costs_too(dynamodb, table):
    """A read of an item that is not there costs the smallest unit."""
    answer = dynamodb.get_item(TableName=table, Key=KEY, ReturnConsumedCapacity="TOTAL")

    assert answer["ConsumedCapacity"]["CapacityUnits"] == 0.5


def test_a_scan_costs_what_it_read(put, dynamodb, table):
    """Sizes add up before they are rounded; a filter saves nothing."""
    for number in range(8):
        put(item(2 * KB, key=str(number)))

    answer = dynamodb.scan(
        TableName=table,
        FilterExpression="id = :id",
        ExpressionAttributeValues={":id": {"S": "1"}},
        ReturnConsumedCapacity="TOTAL",
    )

    assert answer["Count"] == 1
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 2


def test_a_query_of_an_index_costs_the_index(put, dynamodb, table):
    """Reading a global index consumes the index's capacity, not the table's."""
    put(item(6 * KB, kind="x"))

    answer = dynamodb.query(
        TableName=table,
        IndexName="ALL",
        KeyConditionExpression="kind = :k",
        ExpressionAttributeValues={":k": {"S": "x"}},
        ReturnConsumedCapacity="INDEXES",
    )

    capacity = answer["ConsumedCapacity"]
    assert capacity["Table"]["CapacityUnits"] == 0
    assert capacity["GlobalSecondaryIndexes"]["ALL"]["CapacityUnits"] == 1


def test_batches_tell_of_each_table(dynamodb, table):
    """A batch rounds each item by itself and tells of every table."""
    puts = [{"PutRequest": {"Item": item(100, key=str(n))}} for n in range(3)]
    wrote = dynamodb.batch_write_item(
        RequestItems={table: puts}, ReturnConsumedCapacity="TOTAL"
    )
    keys = [{"id": {"S": str(n)}} for n in range(3)]
    read = dynamodb.batch_get_item(
        RequestItems={table: {"Keys": keys}}, ReturnConsumedCapacity="TOTAL"
    )

    assert wrote["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 3}]
    assert read["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 1.5}]


def test_transactions_cost_double(dynamodb, table):
    """A transaction consumes two units where another call consumes one."""
    put = {"Put": {"TableName": table, "Item": item(KB)}}
    wrote = dynamodb.transact_write_items(
        TransactItems=[put], ReturnConsumedCapacity="TOTAL"
    )
    get = {"Get": {"TableName": table, "Key": KEY}}
    read = dynamodb.transact_get_items(
        TransactItems=[get], ReturnConsumedCapacity="TOTAL"
    )

    (of_write,), (of_read,) = wrote["ConsumedCapacity"], read["ConsumedCapacity"]
    assert (of_write["CapacityUnits"], of_write["WriteCapacityUnits"]) == (2, 2)
    assert (of_read["CapacityUnits"], of_read["ReadCapacityUnits"]) == (2, 2)


def test_nothing_is_told_unless_asked(dynamodb, table):
    """ReturnConsumedCapacity is NONE by default (API_PutItem)."""
    assert "ConsumedCapacity" not in dynamodb.put_item(TableName=table, Item=KEY)
