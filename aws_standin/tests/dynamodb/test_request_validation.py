"""Items, keys and batches that AWS refuses, the stand-in refuses."""

import pytest
from tests.dynamodb.indexed_table import KEY, S, code_of, dynamodb, refusal, table

__all__ = ["dynamodb", "refusal", "table"]

KB = 1024


@pytest.mark.parametrize(
    ("item", "says"),
    [
        ({"kind": S}, "Missing the key id in the item"),
        ({"id": {"N": "1"}}, "Type mismatch for key id expected: S actual: N"),
        ({"id": {"S": ""}}, "cannot contain an empty string value"),
        ({"id": {"S": "x" * 2049}}, "maximum size limit of2048 bytes"),
        (
            {"id": S, "kind": {"N": "1"}},
            "Type mismatch for Index Key kind Expected: S Actual: N",
        ),
        ({"id": S, "kind": {"BOOL": True}}, "Type mismatch for Index Key kind"),
        ({"id": S, "kind": {"NULL": True}}, "Type mismatch for Index Key kind"),
        ({"id": S, "kind": {"S": ""}}, "IndexKey: kind"),
        ({"id": S, "big": {"S": "x" * 400 * KB}}, "maximum allowed size"),
    ],
)
def test_an_item_that_does_not_fit_is_refused(refusal, item, says):
    """Keys have their type and a value; 400 KB is the most (API_PutItem, "Quotas")."""
    assert says in refusal("put_item", Item=item)


def test_an_item_of_nearly_400_kb_fits(dynamodb, table):
    """The largest item has 400 KB ("Quotas"); moto's limit is 405,000 bytes."""
    item = {"id": {"S": "a"}, "big": {"S": "x" * (395 * KB - 6)}}

    dynamodb.put_item(TableName=table, Item=item)

    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"] == item


@pytest.mark.parametrize(
    "key", [{"id": {"N": "1"}}, {"other": S}, {"id": S, "kind": S}]
)
@pytest.mark.parametrize("operation", ["get_item", "delete_item", "update_item"])
def test_a_key_that_does_not_fit_is_refused(refusal, operation, key):
    """A key has exactly the key attributes (API_GetItem)."""
    message = refusal(operation, Key=key)

    assert message == "The provided key element does not match the schema"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("SET kind = :v", {"N": "1"}),
        ("SET kind = if_not_exists(kind, :v)", {"N": "1"}),
        ("ADD kind :v", {"N": "1"}),
        ("SET kind = :v", {"S": ""}),
    ],
)
def test_an_update_leaves_index_keys_right(refusal, dynamodb, table, expression, value):
    """An index key keeps its type and a value by update too (API_UpdateItem)."""
    refusal(
        "update_item",
        Key=KEY,
        UpdateExpression=expression,
        ExpressionAttributeValues={":v": value},
    )

    assert "Item" not in dynamodb.get_item(TableName=table, Key=KEY)


def test_an_update_may_compute_an_index_key(dynamodb, table):
    """A computed index key of the right type is fine (API_UpdateItem)."""
    dynamodb.update_item(
        TableName=table,
        Key=KEY,
        UpdateExpression="SET kind = if_not_exists(kind, :v)",
        ExpressionAttributeValues={":v": S},
    )

    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"]["kind"] == S


def test_an_item_does_not_outgrow_400_kb_by_update(refusal, dynamodb, table):
    """The limit holds for updates as well ("Quotas")."""
    item = {"id": {"S": "a"}, "one": {"S": "x" * 300 * KB}}
    dynamodb.put_item(TableName=table, Item=item)

    message = refusal(
        "update_item",
        Key=KEY,
        UpdateExpression="SET two = :v, three = :v",
        ExpressionAttributeValues={":v": {"S": "x" * 60 * KB}},
    )

    assert message == "Item size to update has exceeded the maximum allowed size"
    assert dynamodb.get_item(TableName=table, Key=KEY)["Item"] == item


@pytest.mark.parametrize("operation", ["get_item", "delete_item", "update_item"])
def test_a_table_that_is_not_there_is_not_found(dynamodb, operation):
    """ResourceNotFoundException: the table does not exist (API_GetItem)."""
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException) as raised:
        getattr(dynamodb, operation)(TableName="nothing", Key=KEY)

    message = raised.value.response["Error"]["Message"]
    assert message == "Requested resource not found"


def keys(count):
    return [{"id": {"S": str(number)}} for number in range(count)]


def test_a_batch_writes_25_items_at_most(dynamodb, table):
    """BatchWriteItem takes up to 25 writes (API_BatchWriteItem)."""
    puts = [{"PutRequest": {"Item": key}} for key in keys(26)]

    code = code_of(dynamodb.batch_write_item, RequestItems={table: puts})
    dynamodb.batch_write_item(RequestItems={table: puts[:25]})

    assert code == "ValidationException"
    assert dynamodb.scan(TableName=table)["Count"] == 25


def test_a_batch_writes_an_item_once(dynamodb, table):
    """A batch may not name one item twice (API_BatchWriteItem)."""
    puts = [{"PutRequest": {"Item": key}} for key in keys(1) * 2]

    code = code_of(dynamodb.batch_write_item, RequestItems={table: puts})

    assert code == "ValidationException"


def test_a_batch_checks_every_item(dynamodb, table):
    """One wrong item refuses the batch (API_BatchWriteItem)."""
    puts = [{"PutRequest": {"Item": key}} for key in [*keys(2), {"id": {"N": "1"}}]]

    code = code_of(dynamodb.batch_write_item, RequestItems={table: puts})

    assert code == "ValidationException"
    assert dynamodb.scan(TableName=table)["Count"] == 0


def test_a_batch_reads_100_items_at_most(dynamodb, table):
    """BatchGetItem takes up to 100 keys (API_BatchGetItem)."""
    wanted = {table: {"Keys": keys(101)}}

    assert (
        code_of(dynamodb.batch_get_item, RequestItems=wanted) == "ValidationException"
    )
