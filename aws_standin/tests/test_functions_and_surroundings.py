"""Functions, streaming destinations and health checks can be declared and read."""

import io
import json
import zipfile

import pytest
from tests.schemas import BY_ID, create

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


@pytest.fixture
def function(client, account):
    """A function that names its table in its environment."""
    role = client("iam", account=account).create_role(
        RoleName="function", AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]["Arn"]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("code.py", "def handler(event, context): return event")
    functions = client("lambda", account=account)
    functions.create_function(
        FunctionName="orders",
        Runtime="python3.12",
        Role=role,
        Handler="code.handler",
        Code={"ZipFile": file.getvalue()},
        Environment={"Variables": {"TABLE": "orders-sit"}},
    )
    return functions


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


def test_a_functions_configuration_is_read_and_updated(function, account):
    """The configuration tells environment, role and state; an update replaces it.

    botocore model, Lambda GetFunctionConfiguration, UpdateFunctionConfiguration.
    """
    found = function.get_function_configuration(FunctionName="orders")
    assert found["Environment"]["Variables"] == {"TABLE": "orders-sit"}
    assert found["Role"] == f"arn:aws:iam::{account}:role/function"
    assert (found["State"], found["LastUpdateStatus"]) == ("Active", "Successful")
    function.update_function_configuration(
        FunctionName="orders", Environment={"Variables": {"TABLE": "orders-prod"}}
    )
    found = function.get_function_configuration(FunctionName="orders")
    assert found["Environment"]["Variables"] == {"TABLE": "orders-prod"}


def test_an_invocation_runs_nothing_and_answers_as_set(function, control):
    """Invoke answers 200 with a payload, 202 for an event, 204 for a dry run.

    Lambda API Reference, Invoke; that nothing runs is a documented difference.
    """
    control("settings", {"functions": {"payload": '{"ok": true}'}})
    try:
        answer = function.invoke(FunctionName="orders", Payload=b"{}")
    finally:
        control("settings", {"functions": {"payload": "null"}})
    assert json.load(answer["Payload"]) == {"ok": True}
    assert "FunctionError" not in answer
    event = function.invoke(FunctionName="orders", InvocationType="Event")
    dry = function.invoke(FunctionName="orders", InvocationType="DryRun")
    assert (event["StatusCode"], dry["StatusCode"]) == (202, 204)


def test_a_function_that_fails_says_so(function, control):
    """A function's error is FunctionError with status 200.

    Lambda API Reference, Invoke, X-Amz-Function-Error.
    """
    control("settings", {"functions": {"error": "Unhandled"}})
    try:
        answer = function.invoke(FunctionName="orders")
    finally:
        control("settings", {"functions": {"error": ""}})
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")


def test_a_function_that_is_not_there_is_not_invoked(function):
    """Invoking what does not exist is ResourceNotFoundException.

    Lambda API Reference, Invoke.
    """
    with pytest.raises(function.exceptions.ResourceNotFoundException):
        function.invoke(FunctionName="nothing")


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


def test_a_health_check_fails_when_its_endpoint_does(client, account, control):
    """Each observation's status begins with Success or Failure.

    Route 53 API Reference, StatusReport, Status.
    """
    route53 = client("route53", account=account)
    made = route53.create_health_check(
        CallerReference=account,
        HealthCheckConfig={
            "Type": "HTTPS",
            "FullyQualifiedDomainName": "shop.example.org",
            "Port": 443,
        },
    )["HealthCheck"]["Id"]

    def status():
        found = route53.get_health_check_status(HealthCheckId=made)
        reports = [one["StatusReport"] for one in found["HealthCheckObservations"]]
        return {report["Status"].partition(":")[0] for report in reports}

    assert status() == {"Success"}
    control("settings", {"health": {"failing": [made]}})
    assert status() == {"Failure"}
    control("settings", {"health": {"failing": []}})
