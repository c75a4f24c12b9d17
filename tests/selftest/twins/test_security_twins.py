"""Access, audit and services that are wrong fail at their criterion, and there alone.

Subjects are judged each by itself: one environment is broken in many ways at once.
"""

import json

import pytest

from tests.selftest.faulty_proxy import between
from tests.selftest.twin_env import Suite
from tests.selftest.twins.access_env import SERVICES, Secured, document, secured

__all__ = ["secured"]

MINE = ["IDN-3", "SEC-", "INT-1", "INT-2"]
DENIED = {"code": "AccessDeniedException", "status": 403}


@pytest.fixture(scope="module")
def conforming(aws, tmp_path_factory):
    """A conforming environment that tests may strike, and leave as it was."""
    twin = Secured(aws, Suite(tmp_path_factory.mktemp("conforming")))
    twin.write()
    twin.deploy()
    return twin


def test_a_conforming_environment_passes(conforming):
    """What is deployed as declared passes; only the undeclared test event is none."""
    result = conforming.judge(*MINE)
    assert result.found("FAIL") | result.found("ERROR") == set()
    assert result.found("NOT_ASSESSED") == set()
    assert result.found("NOT_APPLICABLE") == {("INT-2", it) for it in SERVICES}
    assert result.status == 0


def test_policies_that_let_strangers_in(secured):
    """SEC-1 fails for each table that strangers reach, and for no other."""
    dynamodb = secured.client("dynamodb")
    described = dynamodb.describe_table(TableName=secured.table("users"))["Table"]
    own = {"aws:PrincipalAccount": secured.account}
    secured.share(secured.arn("campaigns"), "*")
    secured.share(secured.arn("orders"), "*", StringEqualsIfExists=own)
    secured.share(secured.arn("products"), {"AWS": "999988887777"})
    secured.share(secured.arn("tenants"), "*", StringEquals=own)
    secured.share(described["LatestStreamArn"], "*", Bool={"aws:SecureTransport": True})
    result = secured.judge("SEC-1")
    strangers = {"campaigns", "orders", "products", "users"}
    assert result.found("FAIL") == {("SEC-1", it) for it in strangers}
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()
    assert any("999988887777" in it for it in result.reasons("SEC-1", "FAIL"))
    assert "no resource policy" in " ".join(result.reasons("SEC-1", "PASS"))


def test_trails_that_leave_something_out(secured):
    """SEC-2 fails for tables whose events no selector names, or only half of them."""
    secured.client("cloudtrail").put_event_selectors(
        TrailName="account-trail",
        EventSelectors=[
            selector("All", secured.arn("campaigns"), secured.arn("products")),
            selector("WriteOnly", secured.arn("orders")),
            selector("All", f"{secured.arn('users')}-old"),
        ],
    )
    result = secured.judge("SEC-2")
    silent = {"orders", "tenants", "users"}
    assert result.found("FAIL") == {("SEC-2", it) for it in silent}
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()


def test_a_trail_that_stopped(secured):
    """A trail that is listed and does not log fails; what rests on it waits."""
    secured.client("cloudtrail").stop_logging(Name="account-trail")
    result = secured.judge("SEC-2")
    assert {criterion for criterion, _ in result.found("FAIL")} == {"SEC-2"}
    assert len(result.found("FAIL")) == 1
    assert "account-trail: stopped" in str(result.reasons("SEC-2", "FAIL"))
    assert {it for it, _ in result.found("NOT_ASSESSED")} == {"SEC-2"}


def test_a_record_that_does_not_come(conforming):
    """SEC-3 is not assessed while CloudTrail shows nothing of this run."""
    conforming.standin.control("settings", {"trail": {"lookup_delay": 3600.0}})
    conforming.write(record_s=1)
    try:
        result = conforming.judge("found_with_its_caller and management")
    finally:
        conforming.write()
        conforming.standin.control("settings", {"trail": {"lookup_delay": 0.0}})
    assert {it for it, _ in result.found("NOT_ASSESSED")} == {"SEC-3"}
    assert result.status == 10


@pytest.mark.parametrize("operation", ["LookupEvents", "FilterLogEvents"])
def test_a_record_that_names_somebody_else(conforming, operation):
    """SEC-3 fails where the trail gives an action of this run another caller."""

    def another_caller(call):
        status, answer = call.send()
        if call.operation == operation:
            text = json.dumps(answer).replace(":user/", ":user/somebody-else-")
            answer = json.loads(text)
        return status, answer

    with between(conforming.standin.endpoint, another_caller) as endpoint:
        conforming.write(endpoint=endpoint)
        try:
            result = conforming.judge("SEC-3")
        finally:
            conforming.write()
    outcomes = [(it["criterion"], it["outcome"]) for it in result.run["findings"]]
    assert sorted(outcomes) == [("SEC-3", "FAIL"), ("SEC-3", "PASS")]
    assert "somebody-else" in " ".join(result.reasons("SEC-3", "FAIL"))


def test_endpoints_that_let_everything_through(secured):
    """SEC-6 fails for AWS's own policy, and for route tables that pass it by."""
    ec2 = secured.client("ec2")
    (endpoint,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint["VpcEndpointId"],
        PolicyDocument=document(everything),
        RemoveRouteTableIds=endpoint["RouteTableIds"],
    )
    result = secured.judge("SEC-6")
    assert result.found("FAIL") == {("SEC-6", "services")}
    assert len(result.reasons("SEC-6", "FAIL")) == 2
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    result = secured.judge("SEC-6")
    assert "MISSING" in str(result.reasons("SEC-6", "FAIL"))
    assert result.found("NOT_ASSESSED") == {("SEC-6", "services")}


def test_functions_that_point_elsewhere(secured):
    """INT-1 fails for a table without the environment, a region, a missing function."""
    secured.function("order_lambda", ORDERS_TABLE="orders")
    secured.function("campaigns_lambda", TABLE_REGION="eu-west-2")
    secured.client("lambda").delete_function(FunctionName="product_lambda")
    result = secured.judge("INT-1", "SEC-4")
    assert result.found("FAIL") == {("INT-1", it) for it in SERVICES}
    assert "MISSING" in str(result.reasons("INT-1", "FAIL"))
    assert result.found("NOT_ASSESSED") == {("INT-1", "product_lambda")}
    assert result.found("ERROR") == set()


def test_an_order_that_is_not_created(conforming):
    """INT-2 fails where the table refuses a transaction, once or always."""
    refusal = {
        "service": "dynamodb",
        "operation": "TransactWriteItems",
        "code": "TransactionCanceledException",
    }
    try:
        conforming.fault(**refusal, times=1)
        once = conforming.judge("test_item_is_created_once")
        conforming.fault(**refusal)
        always = conforming.judge("INT-2")
    finally:
        conforming.standin.control("faults/clear", {})
    assert once.found("FAIL") == {("INT-2", "order_of_a_customer")}
    assert always.found("FAIL") == {("INT-2", "order_of_a_customer")}
    assert len(always.reasons("INT-2", "FAIL")) == 2
    assert always.found("NOT_ASSESSED") == {("INT-2", "order_of_a_customer")}
    assert always.found("ERROR") == set()


READS = [
    {
        "dynamodb:GetResourcePolicy": {"SEC-1"},
        "kms:DescribeKey": {"IDN-3"},
        "iam:ListAttachedRolePolicies": {"SEC-4"},
        "cloudtrail:LookupEvents": {"SEC-3"},
        "ec2:DescribeVpcs": {"SEC-6"},
        "dynamodb:TransactWriteItems": {"INT-2"},
    },
    {
        "iam:GetRolePolicy": {"SEC-4"},
        "logs:FilterLogEvents": {"SEC-3"},
        "ec2:DescribeVpcEndpoints": {"SEC-6"},
    },
    {
        "iam:SimulatePrincipalPolicy": {"IDN-3", "SEC-4", "SEC-5", "INT-1"},
        "cloudtrail:DescribeTrails": {"SEC-2", "SEC-3"},
        "ec2:DescribeRouteTables": {"SEC-6"},
    },
    {
        "iam:GetRole": {"IDN-3", "SEC-4", "SEC-5", "INT-1"},
        "cloudtrail:GetTrailStatus": {"SEC-2", "SEC-3"},
    },
    {
        "lambda:GetFunctionConfiguration": {"INT-1", "SEC-6"},
        "cloudtrail:GetEventSelectors": {"SEC-2", "SEC-3"},
    },
]
ACTIONS = {"dynamodb:TransactWriteItems": "dynamodb:PutItem"}


@pytest.mark.parametrize("reads", READS, ids=range(len(READS)))
def test_denied_reads_are_errors_where_they_rest(conforming, reads):
    """A request that is denied turns to ERROR what rests on it, and nothing else."""
    for read in reads:
        service, operation = read.split(":")
        conforming.fault(service=service, operation=operation, **DENIED)
    try:
        result = conforming.judge(*MINE)
    finally:
        conforming.standin.control("faults/clear", {})
    denied = {
        (finding["criterion"], f"{each['service']}:{each['operation']}")
        for finding in result.run["findings"]
        for each in finding["observations"]
        if finding["outcome"] == "ERROR" and each["error"] == DENIED["code"]
    }
    assert denied == {(it, read) for read, them in reads.items() for it in them}
    assert {it for it, _ in result.found("ERROR")} == {it for it, _ in denied}
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()
    missing = set(result.run["missing_rights"]["Action"])
    assert missing == {ACTIONS.get(read, read) for read in reads}


def selector(kind, *arns):
    """A basic event selector for tables."""
    return {
        "ReadWriteType": kind,
        "IncludeManagementEvents": True,
        "DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": list(arns)}],
    }
