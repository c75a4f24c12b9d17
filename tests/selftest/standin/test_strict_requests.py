"""What AWS refuses, the stand-in refuses."""

import pytest
from botocore.exceptions import ClientError

from conformance.reserved import RESERVED_WORDS

KB = 1024
S = {"S": "x"}


@pytest.fixture
def dynamodb(client, account):
    return client("dynamodb", account=account)


def index(number, attribute="kind"):
    return {
        "IndexName": f"index-{number:02}",
        "KeySchema": [{"AttributeName": attribute, "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }


def create(dynamodb, name, indexes=1, kind="S"):
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": kind},
        ],
        GlobalSecondaryIndexes=[index(number) for number in range(indexes)],
    )


@pytest.fixture
def table(dynamodb, name):
    """A table with a string partition key and an index over a string."""
    create(dynamodb, name)
    return name


@pytest.fixture
def refusal(dynamodb, table):
    """Call an operation on the table and return why it was refused."""

    def of(operation, **parameters):
        with pytest.raises(ClientError) as raised:
            getattr(dynamodb, operation)(TableName=table, **parameters)
        error = raised.value.response["Error"]
        assert error["Code"] == "ValidationException"
        return error["Message"]

    return of


KEY = {"id": {"S": "a"}}
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
    """
    Reserved words are no attribute names in expressions, whatever their case.

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


@pytest.mark.parametrize("kind", ["BOOL", "M", "SS"])
def test_key_types_are_string_number_and_binary(dynamodb, name, kind):
    """AttributeType is S, N or B (API_AttributeDefinition)."""
    with pytest.raises(ClientError, match="enum value set") as raised:
        create(dynamodb, name, kind=kind)

    assert raised.value.response["Error"]["Code"] == "ValidationException"


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


@pytest.mark.parametrize("operation", ["get_item", "delete_item", "update_item"])
def test_a_table_that_is_not_there_is_not_found(dynamodb, operation):
    """ResourceNotFoundException: the table does not exist (API_GetItem)."""
    with pytest.raises(dynamodb.exceptions.ResourceNotFoundException) as raised:
        getattr(dynamodb, operation)(TableName="nothing", Key=KEY)

    message = raised.value.response["Error"]["Message"]
    assert message == "Requested resource not found"


def code_of(call, **parameters):
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return raised.value.response["Error"]["Code"]


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


def test_a_table_has_20_global_indexes_at_most(dynamodb, name):
    """The default quota is 20 global secondary indexes ("Quotas")."""
    with pytest.raises(ClientError, match="per-table limit of 20"):
        create(dynamodb, name, indexes=21)
    create(dynamodb, name, indexes=20)

    code = code_of(
        dynamodb.update_table,
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[{"Create": index(20)}],
    )

    assert code == "ValidationException"


def test_one_index_is_made_at_a_time(dynamodb, table):
    """One online index operation per UpdateTable (API_UpdateTable)."""
    code = code_of(
        dynamodb.update_table,
        TableName=table,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexUpdates=[{"Create": index(n)} for n in (1, 2)],
    )

    assert code == "LimitExceededException"


def test_a_deleted_index_must_be_there(dynamodb, table):
    """An index that the table does not have cannot be deleted (API_UpdateTable)."""
    code = code_of(
        dynamodb.update_table,
        TableName=table,
        GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "nothing"}}],
    )

    assert code == "ResourceNotFoundException"
