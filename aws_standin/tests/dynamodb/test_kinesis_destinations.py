"""Kinesis destinations of tables can be declared and read."""

import pytest
from tests.table_definitions import BY_ID, create


@pytest.fixture
def table(client, account, name):
    dynamodb = client("dynamodb", account=account)
    create(
        dynamodb,
        name,
        **BY_ID,
        StreamSpecification={
            "StreamEnabled": True,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    )
    return dynamodb


def test_a_table_lists_its_streaming_destinations(table, name, account):
    """A table without Kinesis destinations lists none; an enabled one is ACTIVE.

    botocore model, DynamoDB DescribeKinesisStreamingDestination.
    """

    def listed():
        found = table.describe_kinesis_streaming_destination(TableName=name)
        return [
            (one["StreamArn"], one["DestinationStatus"])
            for one in found["KinesisDataStreamDestinations"]
        ]

    arn = f"arn:aws:kinesis:eu-west-1:{account}:stream/changes"
    assert listed() == []
    table.enable_kinesis_streaming_destination(TableName=name, StreamArn=arn)
    assert listed() == [(arn, "ACTIVE")]
    table.disable_kinesis_streaming_destination(TableName=name, StreamArn=arn)
    assert listed() == [(arn, "DISABLED")]
    with pytest.raises(table.exceptions.ResourceNotFoundException):
        table.describe_kinesis_streaming_destination(TableName="nothing")
