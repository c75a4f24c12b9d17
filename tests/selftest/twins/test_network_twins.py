"""Networks and the policies that name them: SEC-6, and SEC-1 by VPC endpoint."""

import copy
import json

import pytest

from tests.selftest.twin_env import REGION
from tests.selftest.twins.access_env import document

FAILS, OPEN = {"SEC-6 services": "FAIL"}, {"SEC-6 services": "NOT_ASSESSED"}


def endpoint_of(answers):
    """The one endpoint of the conforming network."""
    (endpoint,) = answers["DescribeVpcEndpoints"]["VpcEndpoints"]
    return endpoint


def network_of(answers):
    """The network configuration of the one function."""
    return answers["GetFunctionConfiguration"]["VpcConfig"]


def test_a_route_table_with_an_edge_association(sit):
    """An association with a gateway is about no subnet."""
    answers = sit.answers()
    tables = answers["DescribeRouteTables"]["RouteTables"]
    edge = {"Main": False, "GatewayId": "igw-1", "RouteTableId": "rtb-edge"}
    tables.append(copy.deepcopy(tables[0]) | {"RouteTableId": "rtb-edge"})
    tables[-1]["Associations"] = [edge]
    assert sit.judge(answers, "SEC-6") == {}


def test_an_association_that_failed(sit):
    """A subnet's route table counts once it is associated."""
    answers = sit.answers()
    for table in answers["DescribeRouteTables"]["RouteTables"]:
        for association in table["Associations"]:
            if not association["Main"]:
                association["AssociationState"] = {"State": "failed"}
    judged = sit.judge(answers, "SEC-6")
    assert judged == FAILS


def test_several_endpoints(sit):
    """One that is available serves; another one that is going is no concern."""
    answers = sit.answers()
    endpoints = answers["DescribeVpcEndpoints"]["VpcEndpoints"]
    going = copy.deepcopy(endpoints[0]) | {"State": "deleting", "RouteTableIds": []}
    endpoints.append(going | {"VpcEndpointId": "vpce-going"})
    assert sit.judge(answers, "SEC-6") == {}
    endpoints[0]["State"] = "failed"
    judged = sit.judge(answers, "SEC-6")
    assert judged == FAILS
    assert "failed, deleting" in str(judged.reasons("SEC-6 services"))


def test_endpoints_of_other_services(sit):
    """An endpoint for S3 in the same network is none for DynamoDB."""
    answers = sit.answers()
    endpoint_of(answers)["ServiceName"] = f"com.amazonaws.{REGION}.s3"
    judged = sit.judge(answers, "SEC-6")
    assert judged == {"SEC-6 services": "FAIL, NOT_ASSESSED"}


def test_functions_outside_the_network(sit):
    """A function in no network, or in one that nobody declared, does not take it."""
    answers = sit.answers()
    network_of(answers)["VpcId"] = "vpc-elsewhere"
    judged = sit.judge(answers, "SEC-6")
    assert judged == FAILS
    assert "vpc-elsewhere" in str(judged.reasons("SEC-6 services"))
    answers = sit.answers()
    answers["GetFunctionConfiguration"]["VpcConfig"] = {"SubnetIds": [], "VpcId": ""}
    judged = sit.judge(answers, "SEC-6")
    assert judged == FAILS
    assert "no VPC" in str(judged.reasons("SEC-6 services"))


def test_a_subnet_whose_route_table_passes_the_endpoint_by(sit):
    """The function and its subnet are named."""
    answers = sit.answers()
    endpoint_of(answers)["RouteTableIds"] = ["rtb-other"]
    judged = sit.judge(answers, "SEC-6")
    assert judged == FAILS
    assert "campaigns_lambda" in str(judged.reasons("SEC-6 services"))


POLICIES = {
    "own tables": {"StringEquals": {"aws:ResourceAccount": "OWN"}},
    "own callers": {"StringEquals": {"aws:PrincipalAccount": "OWN"}},
}


@pytest.mark.parametrize("whose", POLICIES)
def test_an_endpoint_policy_for_the_own_account(sit, whose):
    """SEC-6 passes where callers or tables are the own account's."""
    answers = sit.answers()
    only = json.loads(json.dumps(POLICIES[whose]).replace("OWN", sit.account))
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    endpoint = endpoint_of(answers)
    endpoint["PolicyDocument"] = document(everything | {"Condition": only})
    assert sit.judge(answers, "SEC-6") == {}
    negated = {"StringNotEquals": only["StringEquals"]}
    deny = everything | {"Effect": "Deny", "Condition": negated}
    endpoint["PolicyDocument"] = document(everything, deny)
    assert sit.judge(answers, "SEC-6") == {}
    other = json.loads(json.dumps(only).replace(sit.account, "999988887777"))
    endpoint["PolicyDocument"] = document(everything | {"Condition": other})
    assert sit.judge(answers, "SEC-6") == FAILS


def test_an_endpoint_policy_that_is_not_understood(sit):
    """SEC-6 is not assessed, and names the key."""
    answers = sit.answers()
    strange = {"Condition": {"StringEquals": {"aws:SomethingNew": "x"}}}
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    endpoint_of(answers)["PolicyDocument"] = document(everything | strange)
    judged = sit.judge(answers, "SEC-6")
    assert judged == OPEN
    assert "aws:somethingnew" in str(judged.reasons("SEC-6 services"))


def by_network(answers, key, value, *, denying):
    """Attach a policy to users that admits everybody by a network, or denies others."""
    arn = answers["DescribeTable", '"users-']["Table"]["TableArn"]
    allow = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "dynamodb:GetItem",
        "Resource": arn,
    }
    others = {"Condition": {"StringNotEquals": {key: value}}}
    ours = {"Condition": {"StringEquals": {key: value}}}
    deny = allow | {"Effect": "Deny"} | others
    text = document(allow, deny) if denying else document(allow | ours)
    policy = {"Policy": text}
    answers.add("dynamodb", REGION, "GetResourcePolicy", policy, ResourceArn=arn)
    asked = {"policyDocument": text, "resourceType": "AWS::DynamoDB::Table"}
    passed = {"result": "PASS"}
    answers.add("accessanalyzer", REGION, "CheckNoPublicAccess", passed, **asked)


@pytest.mark.parametrize("denying", [False, True], ids=["allow", "deny"])
@pytest.mark.parametrize("key", ["aws:SourceVpce", "aws:SourceVpc"])
def test_a_table_policy_by_network(sit, key, denying):
    """SEC-1 passes for a declared network, and fails for any other."""
    answers = sit.answers()
    endpoint = endpoint_of(answers)
    ours = endpoint["VpcEndpointId" if key.endswith("e") else "VpcId"]
    by_network(answers, key, ours, denying=denying)
    assert sit.judge(answers, "SEC-1") == {}
    answers = sit.answers()
    theirs = ours.partition("-")[0] + "-0123456789abcdef0"
    by_network(answers, key, theirs, denying=denying)
    assert sit.judge(answers, "SEC-1") == {"SEC-1 users": "FAIL"}
