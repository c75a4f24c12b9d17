"""Access, audit and services that are wrong fail at their criterion, and there alone.

Subjects are judged each by itself: one environment is broken in many ways at once.
"""

import json

import pytest

from tests.selftest.faulty_proxy import between
from tests.selftest.twin_env import REGION, Suite
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
    assert result.found("NOT_APPLICABLE") == {("INT-2", name) for name in SERVICES}
    assert result.status == 0


STRANGERS = {
    "everybody": ("*", {}),
    "another account": ({"AWS": "999988887777"}, {}),
    "a condition that may be absent": ("*", {"StringEqualsIfExists": "own"}),
    "anybody over TLS": ("*", {"Bool": {"aws:SecureTransport": True}}),
}


def policy_of(sit, resource, principal, condition):
    """A resource policy that admits these principals; `own` is the own account."""
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "dynamodb:GetItem",
        "Resource": resource,
    }
    own = {"aws:PrincipalAccount": sit.account}
    condition = {k: own if v == "own" else v for k, v in condition.items()}
    statement |= {"Condition": condition} if condition else {}
    return {"Policy": document(statement)}


def share(sit, answers, principal, condition, *, stream=False):
    """Attach a resource policy to users, or to its stream; Access Analyzer likes it."""
    described = answers["DescribeTable", '"users-']["Table"]
    arn = described["LatestStreamArn" if stream else "TableArn"]
    policy = policy_of(sit, arn, principal, condition)
    answers.add("dynamodb", REGION, "GetResourcePolicy", policy, ResourceArn=arn)
    asked = {
        "policyDocument": policy["Policy"],
        "resourceType": f"AWS::DynamoDB::{'Stream' if stream else 'Table'}",
    }
    answer = {"result": "PASS"}
    answers.add("accessanalyzer", REGION, "CheckNoPublicAccess", answer, **asked)


@pytest.mark.parametrize("stream", [False, True], ids=["table", "stream"])
@pytest.mark.parametrize("stranger", STRANGERS)
def test_policies_that_let_strangers_in(sit, stranger, stream):
    """SEC-1 fails for the table whose policy, or whose stream's, admits strangers."""
    answers = sit.answers()
    share(sit, answers, *STRANGERS[stranger], stream=stream)
    judged = sit.judge(answers, "SEC-1")
    assert judged == {"SEC-1 users": "FAIL"}
    if stranger == "another account":
        assert "999988887777" in " ".join(judged.reasons("SEC-1 users"))


def test_a_policy_for_the_own_account_passes(sit):
    """SEC-1 passes where only the own account is let in."""
    answers = sit.answers()
    share(sit, answers, "*", {"StringEquals": "own"})
    assert sit.judge(answers, "SEC-1") == {}


def test_trails_that_leave_something_out(sit):
    """SEC-2 fails for tables whose events no selector names, or only half of them."""
    campaigns, users = (
        f"arn:aws:dynamodb:{REGION}:{sit.account}:table/{sit.table(name)}"
        for name in ("campaigns", "users")
    )
    answers = sit.answers()
    selectors = answers["GetEventSelectors"]["EventSelectors"]
    selectors[:] = [selector("WriteOnly", campaigns), selector("All", f"{users}-old")]
    judged = sit.judge(answers)
    assert judged == {"SEC-2 campaigns": "FAIL", "SEC-2 users": "FAIL"}


def test_a_trail_that_stopped(sit):
    """A trail that is listed and does not log fails; what rests on it waits."""
    answers = sit.answers()
    answers["GetTrailStatus"]["IsLogging"] = False
    judged = sit.judge(answers, "SEC-2")
    waits = {f"SEC-2 {name}": "NOT_ASSESSED" for name in ("campaigns", "users")}
    assert judged == {"SEC-2": "FAIL, NOT_ASSESSED"} | waits
    assert "account-trail: stopped" in str(judged.reasons("SEC-2"))


def test_a_record_that_does_not_come(conforming):
    """SEC-3 is not assessed while CloudTrail shows nothing of this run."""
    conforming.standin.control("settings", {"trail": {"lookup_delay": 3600.0}})
    conforming.write(record_s=1)
    try:
        result = conforming.judge("found_with_its_caller and management")
    finally:
        conforming.write()
        conforming.standin.control("settings", {"trail": {"lookup_delay": 0.0}})
    assert {pair for pair, _ in result.found("NOT_ASSESSED")} == {"SEC-3"}
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
    outcomes = [
        (finding["criterion"], finding["outcome"]) for finding in result.run["findings"]
    ]
    assert sorted(outcomes) == [("SEC-3", "FAIL"), ("SEC-3", "PASS")]
    assert "somebody-else" in " ".join(result.reasons("SEC-3", "FAIL"))


def test_endpoints_that_let_everything_through(sit):
    """SEC-6 fails for AWS's own policy, and for route tables that pass it by."""
    answers = sit.answers()
    (endpoint,) = answers["DescribeVpcEndpoints"]["VpcEndpoints"]
    everything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    endpoint["PolicyDocument"] = document(everything)
    endpoint["RouteTableIds"] = []
    judged = sit.judge(answers)
    assert judged == {"SEC-6 services": "FAIL"}
    assert len(judged.reasons("SEC-6 services")) == 2


def test_an_endpoint_that_is_missing(sit):
    """SEC-6 fails once for an endpoint that is not there; its policy waits."""
    answers = sit.answers()
    answers["DescribeVpcEndpoints"]["VpcEndpoints"] = []
    judged = sit.judge(answers)
    assert judged == {"SEC-6 services": "FAIL, NOT_ASSESSED"}
    assert "MISSING" in " ".join(judged.reasons("SEC-6 services"))


@pytest.mark.parametrize(
    ("variable", "value"),
    [("CAMPAIGNS_TABLE", "campaigns"), ("TABLE_REGION", "eu-west-2")],
)
def test_functions_that_point_elsewhere(sit, variable, value):
    """INT-1 fails for a table without the environment, and for another region."""
    answers = sit.answers()
    configured = answers["GetFunctionConfiguration"]["Environment"]["Variables"]
    configured[variable] = value
    assert sit.judge(answers) == {"INT-1 campaigns_lambda": "FAIL"}


def test_a_function_that_is_missing(secured):
    """INT-1 fails once for a function that is not there; the rest waits."""
    secured.client("lambda").delete_function(FunctionName="product_lambda")
    result = secured.judge("INT-1", "SEC-4")
    assert result.found("FAIL") == {("INT-1", "product_lambda")}
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


DENIED_OVER_HTTP = {
    "dynamodb:GetResourcePolicy": {"IDN-3", "SEC-1", "SEC-4", "SEC-5", "INT-1"},
    "kms:DescribeKey": {"IDN-3"},
    "iam:ListAttachedRolePolicies": {"SEC-4"},
    "cloudtrail:LookupEvents": {"SEC-3"},
    "ec2:DescribeVpcs": {"SEC-6"},
    "dynamodb:TransactWriteItems": {"INT-2"},
}
ACTIONS = {"dynamodb:TransactWriteItems": ("dynamodb:PutItem", "dynamodb:UpdateItem")}


def test_denied_requests_are_errors_where_they_rest(conforming):
    """A request that is denied turns to ERROR what rests on it, and nothing else."""
    for request in DENIED_OVER_HTTP:
        service, operation = request.split(":")
        conforming.fault(service=service, operation=operation, **DENIED)
    try:
        result = conforming.judge(*MINE)
    finally:
        conforming.standin.control("faults/clear", {})
    denied = {
        (finding["criterion"], f"{seen['service']}:{seen['operation']}")
        for finding in result.run["findings"]
        for seen in finding["observations"]
        if finding["outcome"] == "ERROR" and seen["error"] == DENIED["code"]
    }
    assert denied == {
        (criterion, request)
        for request, criteria in DENIED_OVER_HTTP.items()
        for criterion in criteria
    }
    assert {name for name, _ in result.found("ERROR")} == {name for name, _ in denied}
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()
    missing = {
        action
        for statement in result.run["missing_rights"]["Statement"]
        for action in statement["Action"]
    }
    assert missing == {
        action
        for request in DENIED_OVER_HTTP
        for action in ACTIONS.get(request, (request,))
    }


MY_READINGS = ("IDN-3", "SEC-1", "SEC-2", "SEC-4", "SEC-5", "SEC-6", "INT-1")
DENIED_READS = {
    "GetResourcePolicy": {"IDN-3", "SEC-1", "SEC-4", "SEC-5", "INT-1"},
    "GetKeyPolicy": {"IDN-3"},
    "DescribeKey": {"IDN-3", "SEC-4"},
    "ListAttachedRolePolicies": {"SEC-4"},
    "DescribeVpcs": {"SEC-6"},
    "GetRolePolicy": {"SEC-4"},
    "DescribeVpcEndpoints": {"SEC-6"},
    "SimulatePrincipalPolicy": {"IDN-3", "SEC-4", "SEC-5", "INT-1"},
    "DescribeTrails": {"SEC-2"},
    "DescribeRouteTables": {"SEC-6"},
    "GetRole": {"IDN-3", "SEC-4", "SEC-5", "INT-1"},
    "GetTrailStatus": {"SEC-2"},
    "GetFunctionConfiguration": {"INT-1", "SEC-6"},
    "GetEventSelectors": {"SEC-2"},
}


@pytest.mark.parametrize("operation", DENIED_READS)
def test_denied_reads_are_errors_where_they_rest(sit, operation):
    """An answer that is a denial turns to ERROR what rests on it, and nothing else."""
    answers = sit.answers()
    answers.fail(operation)
    judged = sit.judge(answers, *MY_READINGS)
    assert set(judged.values()) == {"ERROR"}
    assert {key.split()[0] for key in judged} == DENIED_READS[operation]


def selector(kind, *arns):
    """A basic event selector for tables."""
    return {
        "ReadWriteType": kind,
        "IncludeManagementEvents": True,
        "DataResources": [{"Type": "AWS::DynamoDB::Table", "Values": list(arns)}],
    }
