"""Expressions that AWS refuses, the stand-in refuses."""

import pytest
from tests.dynamodb.indexed_table import KEY, S, dynamodb, refusal, table

from aws_standin.dynamodb.reserved_words import RESERVED_WORDS

__all__ = ["dynamodb", "refusal", "table"]

RESERVED = [
    ("put_item", {"Item": KEY, "ConditionExpression": "status = :v"}),
    ("delete_item", {"Key": KEY, "ConditionExpression": "status = :v"}),
    ("update_item", {"Key": KEY, "UpdateExpression": "SET status = :v"}),
    ("update_item", {"Key": KEY, "UpdateExpression": "SET address.status = :v"}),
    ("query", {"KeyConditionExpression": "status = :v"}),
    ("query", {"KeyConditionExpression": "Status = :v", "IndexName": "index-00"}),
    ("scan", {"FilterExpression": "status = :v"}),
    ("scan", {"FilterExpression": "NOT contains(name, :v)"}),
]


@pytest.mark.parametrize(("operation", "parameters"), RESERVED)
def test_a_reserved_word_is_refused(refusal, operation, parameters):
    """Reserved words are no attribute names in expressions, whatever their case.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
    """
    message = refusal(
        operation, **parameters, ExpressionAttributeValues={":v": {"S": "x"}}
    )

    assert "reserved keyword" in message


def test_a_reserved_word_in_a_projection_is_refused(refusal):
    """ProjectionExpression takes no reserved words either ("Reserved words")."""
    message = refusal("get_item", Key=KEY, ProjectionExpression="id, status")

    assert message.endswith("reserved keyword: status")


def test_a_placeholder_stands_for_a_reserved_word(dynamodb, table):
    """Expression attribute names may be reserved words ("Reserved words")."""
    dynamodb.update_item(
        TableName=table,
        Key=KEY,
        UpdateExpression="SET #s = :v, size_of = if_not_exists(size_of, :v)",
        ConditionExpression="attribute_not_exists(#s) AND NOT id = :v",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":v": {"S": "x"}},
    )

    item = dynamodb.get_item(TableName=table, Key=KEY)["Item"]
    assert item["status"] == {"S": "x"}


def test_the_list_of_reserved_words_is_complete():
    """AWS lists 573 words ("Reserved words in DynamoDB")."""
    assert len(RESERVED_WORDS) == 573
    assert {"STATUS", "NAME", "TTL", "DATE", "REGION", "ZONE"} <= RESERVED_WORDS


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"KeyConditionExpression": "#k = :v"}, "not defined; attribute name: #k"),
        ({"KeyConditionExpression": "id = :w"}, "not defined; attribute value: :w"),
        ({"KeyConditionExpression": ""}, "can not be empty"),
        (
            {
                "KeyConditionExpression": "id = :v",
                "ExpressionAttributeNames": {"#unused": "x"},
            },
            "unused in expressions: keys: {#unused}",
        ),
    ],
)
def test_placeholders_are_defined_and_used(refusal, parameters, says):
    """Every placeholder is defined and used ("Expression attribute names")."""
    message = refusal("query", ExpressionAttributeValues={":v": S}, **parameters)

    assert says in message


def test_placeholders_need_an_expression(refusal):
    """They can only be given with an expression (API_GetItem)."""
    message = refusal("get_item", Key=KEY, ExpressionAttributeNames={"#s": "status"})

    assert "can only be specified when using expressions" in message


def test_an_index_that_is_not_there_is_refused(refusal):
    """Query and Scan need an index of the table (API_Query)."""
    message = refusal(
        "query",
        IndexName="nothing",
        KeyConditionExpression="kind = :v",
        ExpressionAttributeValues={":v": S},
    )

    assert "does not have the specified index: nothing" in message


@pytest.mark.parametrize(
    ("condition", "index"),
    [("id = :v", None), ("kind = :v", "index-00"), ("#k = :v", "index-00")],
)
def test_a_key_value_of_the_wrong_type_is_refused(refusal, condition, index):
    """A key condition compares with the key's type ("Key condition expressions")."""
    where = {"IndexName": index} if index else {}
    names = {"ExpressionAttributeNames": {"#k": "kind"}} if "#k" in condition else {}

    message = refusal(
        "query",
        KeyConditionExpression=condition,
        ExpressionAttributeValues={":v": {"N": "1"}},
        **where,
        **names,
    )

    assert message.endswith("Condition parameter type does not match schema type")


def test_a_filter_names_no_key(refusal):
    """A query's filter cannot contain key attributes ("Filter expressions")."""
    message = refusal(
        "query",
        KeyConditionExpression="id = :v",
        FilterExpression="extra.id = :v AND id = :v",
        ExpressionAttributeValues={":v": S},
    )

    assert message.endswith("Primary key attribute: id")


def test_a_filter_may_name_nested_attributes_like_a_key(dynamodb, table):
    """Only the key attribute itself is refused ("Filter expressions")."""
    item = KEY | {"extra": {"M": {"id": S}}}
    dynamodb.put_item(TableName=table, Item=item)

    found = dynamodb.query(
        TableName=table,
        KeyConditionExpression="id = :a",
        FilterExpression="extra.id = :v",
        ExpressionAttributeValues={":a": {"S": "a"}, ":v": S},
    )

    assert found["Items"] == [item]
