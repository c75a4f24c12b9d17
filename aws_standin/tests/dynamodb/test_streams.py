"""DynamoDB Streams."""

import pytest


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
