"""Functions are configured and read, and never run."""

import io
import json
import zipfile

import pytest
from botocore.exceptions import ClientError


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


def _code():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("code.py", "def handler(event, context): return event")
    return file.getvalue()


def test_a_function_is_in_the_vpc_of_its_subnets(client, account, function):
    """VpcConfig names the VPC; it has no subnets for a function in none.

    Lambda API Reference, VpcConfigResponse.
    """
    ec2 = client("ec2", account=account)
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(CidrBlock="10.9.1.0/24", VpcId=vpc)["Subnet"]
    described = function.get_function_configuration(FunctionName="orders")
    assert not described.get("VpcConfig", {}).get("SubnetIds")
    made = function.create_function(
        FunctionName="inside",
        Runtime="python3.12",
        Role=described["Role"],
        Handler="code.handler",
        Code={"ZipFile": _code()},
        VpcConfig={"SubnetIds": [subnet["SubnetId"]], "SecurityGroupIds": []},
    )
    assert made["VpcConfig"]["VpcId"] == vpc
    found = function.get_function_configuration(FunctionName="inside")
    assert found["VpcConfig"]["VpcId"] == vpc


def test_variables_that_lambda_sets_itself_are_refused(function):
    """AWS_REGION is the function's own region, and nobody may set it.

    Lambda Developer Guide, "Working with Lambda environment variables".
    """
    with pytest.raises(ClientError, match="reserved keys"):
        function.update_function_configuration(
            FunctionName="orders",
            Environment={"Variables": {"AWS_REGION": "eu-west-1"}},
        )


def test_the_version_of_an_alias_is_invoked(function):
    """Invoke names the version that ran; an alias that is missing is not found.

    Lambda API Reference, Invoke, Qualifier and X-Amz-Executed-Version.
    """
    version = function.publish_version(FunctionName="orders")["Version"]
    function.create_alias(FunctionName="orders", Name="live", FunctionVersion=version)
    answer = function.invoke(FunctionName="orders", Qualifier="live")
    assert answer["ExecutedVersion"] == version
    with pytest.raises(function.exceptions.ResourceNotFoundException):
        function.invoke(FunctionName="orders", Qualifier="blue")
