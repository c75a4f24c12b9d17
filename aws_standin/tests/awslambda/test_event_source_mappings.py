"""Event source mappings can be declared and read."""

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


def test_a_streams_consumers_are_listed_and_never_run(function, table, name):
    """ListEventSourceMappings finds by stream; a write to the table goes on unhindered.

    Lambda API Reference, ListEventSourceMappings.
    """
    stream = table.describe_table(TableName=name)["Table"]["LatestStreamArn"]
    function.create_event_source_mapping(
        FunctionName="orders", EventSourceArn=stream, StartingPosition="LATEST"
    )
    (found,) = function.list_event_source_mappings(EventSourceArn=stream)[
        "EventSourceMappings"
    ]
    assert found["FunctionArn"].endswith(":function:orders")
    assert found["State"] == "Enabled"
    table.put_item(TableName=name, Item={"id": {"S": "a"}})
    read = table.get_item(TableName=name, Key={"id": {"S": "a"}}, ConsistentRead=True)
    assert read["Item"] == {"id": {"S": "a"}}


def test_a_mapping_is_switched_off_and_deleted(function, account):
    """A mapping is Enabled unless it is created or updated otherwise.

    Lambda API Reference, UpdateEventSourceMapping, Enabled, and
    DeleteEventSourceMapping.
    """
    stream = f"arn:aws:dynamodb:eu-west-1:{account}:table/orders/stream/1"
    pair = {"FunctionName": "orders", "EventSourceArn": stream}
    made = function.create_event_source_mapping(**pair, StartingPosition="LATEST")
    assert (made["State"], made["BatchSize"]) == ("Enabled", 100)
    with pytest.raises(function.exceptions.ResourceConflictException):
        function.create_event_source_mapping(**pair, StartingPosition="LATEST")
    function.update_event_source_mapping(UUID=made["UUID"], Enabled=False)
    found = function.get_event_source_mapping(UUID=made["UUID"])
    assert found["State"] == "Disabled"
    function.delete_event_source_mapping(UUID=made["UUID"])
    with pytest.raises(function.exceptions.ResourceNotFoundException):
        function.get_event_source_mapping(UUID=made["UUID"])
    with pytest.raises(function.exceptions.InvalidParameterValueException):
        function.create_event_source_mapping(
            FunctionName="nothing", EventSourceArn=stream, StartingPosition="LATEST"
        )
