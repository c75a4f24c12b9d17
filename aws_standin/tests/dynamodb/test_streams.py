"""DynamoDB Streams."""

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def records(client, account, name):
    """Write to a table with a stream in af-south-1, and read the stream."""
    dynamodb = client("dynamodb", "af-south-1", account)
    streams = client("dynamodbstreams", "af-south-1", account)
    arn = dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={
            "StreamEnabled": True,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    )["TableDescription"]["LatestStreamArn"]

    def read(*items):
        for item in items:
            dynamodb.put_item(TableName=name, Item=item)
        described = streams.describe_stream(StreamArn=arn)["StreamDescription"]
        iterator = streams.get_shard_iterator(
            StreamArn=arn,
            ShardId=described["Shards"][0]["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        return streams.get_records(ShardIterator=iterator)["Records"]

    return read


def test_a_record_names_its_region(records):
    """AwsRegion is the region of the GetRecords (Streams API_Record)."""
    (record,) = records({"id": {"S": "a"}})

    assert record["awsRegion"] == "af-south-1"


def test_a_put_that_changes_nothing_leaves_no_record(records):
    """No record is written for no change ("Change data capture", Streams)."""
    same = {"id": {"S": "a"}, "n": {"N": "1"}}

    found = records(same, same, same | {"n": {"N": "2"}})

    assert [one["eventName"] for one in found] == ["INSERT", "MODIFY"]
    assert found[1]["dynamodb"]["OldImage"] == same


@pytest.fixture
def stream(client, account, name):
    """Make a table with a stream; return how to switch it, and the clients."""
    dynamodb = client("dynamodb", account=account)
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )

    def switch(**specification):
        return dynamodb.update_table(TableName=name, StreamSpecification=specification)[
            "TableDescription"
        ]

    return switch, dynamodb, client("dynamodbstreams", account=account)


def test_a_stream_that_is_switched_off_lets_writes_pass(stream, name):
    """The last stream is still named; no write fails for want of it."""
    switch, dynamodb, streams = stream
    before = dynamodb.describe_table(TableName=name)["Table"]

    switch(StreamEnabled=False)

    after = dynamodb.describe_table(TableName=name)["Table"]
    assert "StreamSpecification" not in after
    assert after["LatestStreamArn"] == before["LatestStreamArn"]
    put = {"Put": {"TableName": name, "Item": {"id": {"S": "a"}}}}
    dynamodb.transact_write_items(TransactItems=[put])
    dynamodb.put_item(TableName=name, Item={"id": {"S": "b"}})
    assert dynamodb.scan(TableName=name)["Count"] == 2
    ended = streams.describe_stream(StreamArn=before["LatestStreamArn"])
    assert ended["StreamDescription"]["StreamStatus"] == "DISABLED"


def test_a_stream_that_is_switched_on_again_is_a_new_one(stream, name):
    """It may have another view, and holds nothing of before (API_UpdateTable)."""
    switch, dynamodb, streams = stream
    before = dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    dynamodb.put_item(TableName=name, Item={"id": {"S": "a"}})
    switch(StreamEnabled=False)

    switch(StreamEnabled=True, StreamViewType="KEYS_ONLY")

    dynamodb.put_item(TableName=name, Item={"id": {"S": "b"}})
    after = dynamodb.describe_table(TableName=name)["Table"]
    assert after["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
    arn = after["LatestStreamArn"]
    assert arn != before
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]
    iterator = streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    found = streams.get_records(ShardIterator=iterator)["Records"]
    assert [one["dynamodb"]["Keys"] for one in found] == [{"id": {"S": "b"}}]


@pytest.mark.parametrize("enabled", [True, False])
def test_a_stream_cannot_be_switched_to_what_it_is(stream, enabled):
    """Both are a ValidationException (API_UpdateTable, StreamSpecification)."""
    switch, *_ = stream
    view = {"StreamViewType": "NEW_IMAGE"}
    if not enabled:
        switch(StreamEnabled=False)

    with pytest.raises(ClientError) as refusal:
        switch(StreamEnabled=enabled, **(view if enabled else {}))

    assert refusal.value.response["Error"]["Code"] == "ValidationException"
