"""Faults that the control API puts in, and the log of requests."""

import time

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError


@pytest.fixture
def fault(control):
    def add(**wanted):
        answer = control("faults", wanted)
        assert isinstance(answer, dict), answer

    yield add
    control("faults/clear", {})


def code_of(call, **parameters):
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    return refusal.value.response["Error"]["Code"]


def test_a_fault_strikes_one_operation_so_often(client, account, fault):
    """An error occurs as often as asked, for that operation alone."""
    dynamodb = client("dynamodb", account=account)
    fault(
        operation="ListTables", account=account, code="LimitExceededException", times=2
    )

    codes = [code_of(dynamodb.list_tables) for _ in range(2)]

    assert codes == ["LimitExceededException"] * 2
    assert dynamodb.list_tables()["TableNames"] == []


def test_a_fault_has_the_status_asked_for(client, account, fault):
    """A server-side error is HTTP 500 (Developer guide, "Error handling")."""
    fault(account=account, code="InternalServerError", status=500, times=1)

    with pytest.raises(ClientError) as refusal:
        client("dynamodb", account=account).list_tables()

    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_a_fault_strikes_one_table(client, account, fault):
    """A fault may be limited to a table, named in any member or ARN."""
    dynamodb = client("dynamodb", account=account)
    fault(table="orders", code="AccessDeniedException", account=account)
    arn = f"arn:aws:dynamodb:eu-west-1:{account}:table/orders"

    by_name = code_of(dynamodb.describe_table, TableName="orders")
    by_arn = code_of(dynamodb.list_tags_of_resource, ResourceArn=arn)
    other = code_of(dynamodb.describe_table, TableName="customers")

    assert (by_name, by_arn) == ("AccessDeniedException", "AccessDeniedException")
    assert other == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("sts", "get_caller_identity"),
        ("kms", "list_keys"),
        ("backup", "list_backup_vaults"),
        ("cloudwatch", "describe_alarms"),
        ("s3", "list_buckets"),
        ("ec2", "describe_regions"),
    ],
)
def test_a_fault_speaks_the_protocol_of_the_service(
    client, account, fault, service, call
):
    """An error has the shape of its protocol, so that boto3 reads its code."""
    fault(service=service, account=account, code="Throttling", message="slow down")

    with pytest.raises(ClientError) as refusal:
        getattr(client(service, account=account), call)()

    assert refusal.value.response["Error"]["Code"] == "Throttling"
    assert refusal.value.response["Error"]["Message"] == "slow down"


def test_an_expired_token_is_named_as_each_protocol_does(client, account, fault):
    """ExpiredTokenException, ExpiredToken in query APIs ("Common error types")."""
    fault(account=account, expired_token=True)

    in_json = code_of(client("dynamodb", account=account).list_tables)
    in_query = code_of(client("sts", account=account).get_caller_identity)

    assert (in_json, in_query) == ("ExpiredTokenException", "ExpiredToken")


def test_a_region_that_is_down_drops_connections(client, account, fault):
    """A region may be unreachable while another one answers."""
    fault(region="eu-west-1", account=account, reset=True)

    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        client("dynamodb", "eu-west-1", account).list_tables()
    assert client("dynamodb", "af-south-1", account).list_tables()["TableNames"] == []


def test_a_delay_only_delays(client, account, fault):
    """A slow answer is still an answer."""
    fault(operation="ListTables", account=account, delay=0.2, times=1)
    before = time.monotonic()

    client("dynamodb", account=account).list_tables()

    assert time.monotonic() - before >= 0.2


def test_a_misspelt_fault_is_refused(control):
    """The control API never ignores a misspelt name."""
    status, answer = control("faults", {"opertion": "GetItem"})

    assert status == 400
    assert "operation" in answer["error"]


def test_the_request_log_counts_equal_calls(client, control, account):
    """Calls are counted by service, operation, region and parameters."""
    control("requests/reset", {})
    dynamodb = client("dynamodb", account=account)
    for limit in (1, 1, 2):
        dynamodb.list_tables(Limit=limit)

    log = control("requests")

    counted = {one["parameters"]["Limit"]: one["count"] for one in log["calls"]}
    assert counted == {1: 2, 2: 1}
    assert {one["region"] for one in log["calls"]} == {"eu-west-1"}
    assert log["total"] == 3
