"""Roles that may too much or too little fail at their criterion."""

from functools import partial

import pytest

from tests.selftest.twin_env import REGION
from tests.selftest.twins.access_env import SERVICES, document, secured

__all__ = ["secured"]


def test_roles_that_may_too_much_or_too_little(secured):
    """SEC-4 fails for each role that may more or less than its service needs."""
    secured.allow("campaigns_lambda", "dynamodb:*", secured.arn("")[:-16] + "*")
    index = secured.arn("orders", "/index/OrdersByDate")
    secured.allow("order_lambda", "dynamodb:Query", index, "Deny")
    elsewhere = f"arn:aws:dynamodb:{REGION}:{secured.account}:table/products-sit"
    secured.allow("product_lambda", "dynamodb:GetItem", elsewhere)
    result = secured.judge("SEC-4", "INT-1")
    assert result.found("FAIL") == {
        *(("SEC-4", service) for service in SERVICES),
        ("INT-1", "order_lambda"),  # a deny that its function meets, too
    }
    reasons = " ".join(result.reasons("SEC-4", "FAIL"))
    assert "dynamodb:GetItem on table/products-sit" in reasons
    assert "orders" in " ".join(result.reasons("INT-1", "FAIL"))
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()


DEPLOYER, TENANT = "bbws-dynamodb-deployer", "bbws-tenant-users"
SERVICE = "role/campaigns_lambda"
BOTH_KEYS = '"conformance-suite-tenant-a", "conformance-suite-tenant-b"'


def results(answers, *words, without=None):
    """Each result of IAM's simulator about a role; `without` a word in the request."""
    for parameters, answer in answers.items("SimulatePrincipalPolicy", *words):
        if without is None or without not in str(parameters):
            yield from answer["EvaluationResults"]


def specifics(result):
    """The decisions by resource; there are none where the resource is `*`."""
    return result.get("ResourceSpecificResults", [])


def decide(answers, decision, *words, actions=(), without=None, **more):
    """Let IAM's simulator decide so about a role, for these actions or all.

    It lacks no condition key, unless the test says so.
    """
    more = {"MissingContextValues": []} | more
    for result in results(answers, *words, without=without):
        if not actions or result["EvalActionName"] in actions:
            result["EvalDecision"] = decision
            result.update(more)
            for specific in specifics(result):
                specific["EvalResourceDecision"] = decision
                specific.update(more)


def test_a_deploying_role_that_any_branch_assumes(sit):
    """SEC-4 fails for a trust policy with a wildcard in the token's sub."""
    answers = sit.answers()
    trust = answers["GetRole", DEPLOYER]["Role"]["AssumeRolePolicyDocument"]
    provider = "token.actions.githubusercontent.com"
    any_branch = {"StringLike": {f"{provider}:sub": "repo:bbws/schemas:*"}}
    trust["Statement"][0]["Condition"] = any_branch
    judged = sit.judge(answers)
    assert judged == {"SEC-4": "FAIL"}
    assert "any repository or branch" in str(judged.reasons("SEC-4"))


def test_a_deploying_role_of_identity_center(sit):
    """SEC-4 passes for a role that IAM Identity Center keeps, and for no copy of it."""
    answers = sit.answers()
    role = answers["GetRole", DEPLOYER]["Role"]
    provider = f"arn:aws:iam::{sit.account}:saml-provider/AWSSSO_1_DO_NOT_DELETE"
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    statement["Principal"] = {"Federated": provider}
    audience = "https://signin.aws.amazon.com/saml"
    statement["Condition"] = {"StringEquals": {"SAML:aud": audience}}
    assert sit.judge(answers, "SEC-4") == {"SEC-4": "FAIL"}
    name = role["RoleName"]
    path = "aws-reserved/sso.amazonaws.com/eu-west-1"
    role["Arn"] = f"arn:aws:iam::{sit.account}:role/{path}/{name}"
    assert sit.judge(answers, "SEC-4") == {}


def test_a_deploying_role_that_cannot_use_the_key(sit):
    """IDN-3 fails for the action on the tables' and the vault's key that is denied."""
    answers = sit.answers()
    decide(answers, "explicitDeny", DEPLOYER, actions=["kms:CreateGrant"])
    judged = sit.judge(answers)
    assert judged == {"IDN-3": "FAIL"}
    reasons = judged.reasons("IDN-3")
    assert len(reasons) == 2
    assert all("kms:CreateGrant" in reason for reason in reasons)
    assert all("explicitDeny" in reason for reason in reasons)


@pytest.mark.parametrize("action", ["backup-storage:MountCapsule", "kms:RetireGrant"])
def test_a_deploying_role_that_cannot_create_the_vault(sit, action):
    """IDN-3 fails for what AWS Backup asks for beside its own actions."""
    answers = sit.answers()
    decide(answers, "implicitDeny", DEPLOYER, actions=[action])
    judged = sit.judge(answers)
    assert judged == {"IDN-3": "FAIL"}
    assert action in str(judged.reasons("IDN-3"))


@pytest.mark.parametrize("action", ["dynamodb:Scan", "iam:CreateServiceLinkedRole"])
def test_a_deploying_role_that_cannot_make_replicas(prod, action):
    """IDN-3 fails for what a replica needs, beside creating the table."""
    answers = prod.answers()
    decide(answers, "implicitDeny", DEPLOYER, actions=[action])
    judged = prod.judge(answers, "IDN-3")
    assert set(judged.values()) == {"FAIL"}
    assert "IDN-3 eu-west-1" in judged
    assert action in str(judged.reasons("IDN-3 eu-west-1"))


def key_policy(account, principal, **more):
    """A key's policy that admits a principal, as KMS answers it."""
    statement = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
    named = {"Principal": {"AWS": f"arn:aws:iam::{account}:{principal}"}}
    return document(statement | named | more)


def test_a_key_whose_policy_admits_others(sit):
    """IDN-3 fails for a key's policy that leaves the account's roles out."""
    answers = sit.answers()
    for answer in answers.every("GetKeyPolicy"):
        answer["Policy"] = key_policy(sit.account, "role/administrator")
    judged = sit.judge(answers, "IDN-3")
    assert judged == {"IDN-3": "FAIL"}
    assert len(judged.reasons("IDN-3")) == 2
    assert "by its policy" in str(judged.reasons("IDN-3"))


def test_a_key_whose_policy_admits_services_for_the_account(sit):
    """IDN-3 passes for conditions that DynamoDB and AWS Backup meet for the account."""
    answers = sit.answers()
    for answer in answers.every("GetKeyPolicy"):
        only = {
            "StringEquals": {"kms:CallerAccount": sit.account},
            "StringLike": {"kms:ViaService": ["dynamodb.*", "backup.*"]},
        }
        policy = key_policy(sit.account, "root", Condition=only)
        answer["Policy"] = policy
    assert sit.judge(answers, "IDN-3") == {}


def test_a_deploying_role_that_cannot_deploy(sit):
    """IDN-3 fails for tables, key and vault, each by itself."""
    answers = sit.answers()
    decide(answers, "explicitDeny", DEPLOYER)
    judged = sit.judge(answers)
    assert judged == {"IDN-3": "FAIL"}
    assert len(judged.reasons("IDN-3")) == 3


REACHING = {
    "no condition": ("allowed", [], {}, "dynamodb:GetItem on table/users"),
    "any own key": ("allowed", [BOTH_KEYS], {}, "among own items"),
    "scans have no key": (
        "allowed",
        [],
        {"without": "LeadingKeys", "actions": ["dynamodb:Scan"]},
        "dynamodb:Scan",
    ),
    "nobody at all": ("implicitDeny", [], {}, "dynamodb:GetItem"),
    "an operation that is not declared": (
        "allowed",
        [],
        {"actions": ["dynamodb:DeleteItem"]},
        "dynamodb:DeleteItem",
    ),
    "streams": (
        "allowed",
        [],
        {"actions": ["dynamodb:GetRecords"]},
        "dynamodb:GetRecords",
    ),
    "other tables": (
        "allowed",
        [],
        {"actions": ["dynamodb:UpdateTable"]},
        "on table/campaigns",
    ),
}


@pytest.mark.parametrize("how", REACHING)
def test_tenants_that_reach_others(sit, how):
    """SEC-5 fails for a condition that others, or scans, or nobody can meet."""
    decision, words, which, reason = REACHING[how]
    answers = sit.answers()
    decide(answers, decision, TENANT, *words, **which)
    judged = sit.judge(answers)
    assert judged == {"SEC-5 tenant_users": "FAIL"}
    assert reason in " ".join(judged.reasons("SEC-5 tenant_users"))


EXCESS = [
    "dynamodb:UpdateTableReplicaAutoScaling",
    "dynamodb:PartiQLDelete",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:StartAwsBackupJob",
    "dynamodb:RestoreTableFromAwsBackup",
    "dynamodb:GetRecords",
    "dynamodb:DeleteBackup",
    "dynamodb:DescribeTable",
    "dynamodb:PurchaseReservedCapacityOfferings",
    "backup:DeleteRecoveryPoint",
    "backup:DeleteBackupVault",
    "kms:ScheduleKeyDeletion",
]


@pytest.mark.parametrize("action", EXCESS)
def test_a_role_that_may_do_something_else(sit, action):
    """SEC-4 fails for any action that the service does not need."""
    answers = sit.answers()
    decide(answers, "allowed", SERVICE, actions=[action])
    judged = sit.judge(answers)
    assert judged == {"SEC-4 campaigns_lambda": "FAIL"}
    assert action in str(judged.reasons("SEC-4 campaigns_lambda"))


def test_a_role_that_may_do_more_in_the_other_region(prod):
    """SEC-4 fails for a table's replica, which is a table of its own."""
    answers = prod.answers()
    for result in results(answers, SERVICE):
        for specific in specifics(result):
            if ":eu-west-1:" in specific["EvalResourceName"]:
                specific["EvalResourceDecision"] = "allowed"
    judged = prod.judge(answers, "SEC-4")
    assert judged == {"SEC-4 campaigns_lambda af-south-1": "FAIL"}
    reasons = str(judged.reasons("SEC-4 campaigns_lambda af-south-1"))
    assert "in eu-west-1" in reasons


def split(result, specific):
    """The decision on one resource as a result of its own."""
    return {
        "EvalActionName": result["EvalActionName"],
        "EvalResourceName": specific["EvalResourceName"],
        "EvalDecision": specific["EvalResourceDecision"],
    }


def test_answers_by_template_or_by_resource(sit):
    """IAM need not answer by resource: each result is about the ARN that it names."""
    answers = sit.answers()
    for _, answer in answers.items("SimulatePrincipalPolicy"):
        answer["EvaluationResults"] = [
            single
            for result in answer["EvaluationResults"]
            for single in list(map(partial(split, result), specifics(result)))
            or [result]
        ]
    assert sit.judge(answers, "IDN-3", "SEC-4", "SEC-5", "INT-1") == {}


def test_answers_that_say_nothing(sit):
    """What IAM does not decide is an error, not a refusal."""
    answers = sit.answers()
    for _, answer in answers.items("SimulatePrincipalPolicy", SERVICE):
        answer["EvaluationResults"] = []
    judged = sit.judge(answers, "SEC-4", "INT-1")
    assert judged == {
        "SEC-4 campaigns_lambda": "ERROR",
        "INT-1 campaigns_lambda": "ERROR",
    }


def test_decisions_that_are_not_known(sit):
    """Another word than IAM's three decides nothing."""
    answers = sit.answers()
    decide(answers, "perhaps", SERVICE)
    judged = sit.judge(answers, "SEC-4")
    assert judged == {"SEC-4 campaigns_lambda": "NOT_ASSESSED"}
    assert "perhaps" in str(judged.reasons("SEC-4 campaigns_lambda"))


def guarded(answers, **condition):
    """Give every statement of the service's role this condition; IAM lacks its key."""
    (key,) = [key for keys in condition.values() for key in keys]
    found = answers["GetRolePolicy", "campaigns_lambda"]["PolicyDocument"]
    for statement in found["Statement"]:
        statement["Condition"] = condition
    return key


def test_a_role_that_depends_on_a_key_that_nobody_declared(sit):
    """SEC-4 and INT-1 are not assessed, and name the key."""
    answers = sit.answers()
    key = guarded(answers, StringEquals={"aws:SourceVpce": "vpce-1"})
    decide(answers, "implicitDeny", SERVICE, MissingContextValues=[key])
    judged = sit.judge(answers, "SEC-4", "INT-1")
    assert judged == {
        "SEC-4 campaigns_lambda": "NOT_ASSESSED",
        "INT-1 campaigns_lambda": "NOT_ASSESSED",
    }
    assert "aws:sourcevpce" in str(judged.reasons("INT-1 campaigns_lambda"))


def test_a_role_that_lacks_a_right_whatever_the_missing_key(sit):
    """SEC-4 and INT-1 fail: IAM names the keys of unrelated statements, too."""
    answers = sit.answers()
    found = answers["GetRolePolicy", "campaigns_lambda"]["PolicyDocument"]
    unrelated = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    }
    found["Statement"] = [unrelated]
    missing = {"MissingContextValues": ["aws:SourceVpce"]}
    decide(answers, "implicitDeny", SERVICE, **missing)
    judged = sit.judge(answers, "SEC-4", "INT-1")
    assert judged == {
        "SEC-4 campaigns_lambda": "FAIL",
        "INT-1 campaigns_lambda": "FAIL",
    }


def test_an_allowed_action_stands_whatever_is_missing(sit):
    """Keys of other statements leave an `allowed` as it is."""
    answers = sit.answers()
    for result in results(answers, SERVICE):
        for specific in specifics(result):
            if specific["EvalResourceDecision"] == "allowed":
                specific["MissingContextValues"] = ["aws:SourceVpce"]
    assert sit.judge(answers, "SEC-4", "INT-1") == {}


@pytest.mark.parametrize(
    ("effect", "action", "expected"),
    [
        (
            "Deny",
            "dynamodb:Query",
            {"SEC-4 campaigns_lambda", "INT-1 campaigns_lambda"},
        ),
        ("Allow", "dynamodb:DeleteTable", {"SEC-4 campaigns_lambda"}),
        ("Allow", "dynamodb:Query", set()),
    ],
)
def test_a_tables_own_policy_counts_for_the_role(sit, effect, action, expected):
    """It takes rights away, and grants them beside the role's policies."""
    answers = sit.answers()
    arn = f"arn:aws:dynamodb:{REGION}:{sit.account}:table/{sit.table('campaigns')}"
    statement = {
        "Effect": effect,
        "Principal": {"AWS": answers["GetRole", "campaigns_lambda"]["Role"]["Arn"]},
        "Action": action,
        "Resource": arn,
    }
    policy = {"Policy": document(statement)}
    answers.add("dynamodb", REGION, "GetResourcePolicy", policy, ResourceArn=arn)
    judged = sit.judge(answers, "SEC-4", "INT-1")
    assert judged == dict.fromkeys(expected, "FAIL")


def test_a_role_that_the_tables_policy_lets_in_by_itself(sit):
    """A grant to the role in the table's policy is as good as one in its own."""
    answers = sit.answers()
    arn = f"arn:aws:dynamodb:{REGION}:{sit.account}:table/{sit.table('campaigns')}"
    decide(answers, "implicitDeny", SERVICE)
    role = answers["GetRole", "campaigns_lambda"]["Role"]["Arn"]
    actions = ["DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": role},
        "Action": [f"dynamodb:{action}" for action in actions],
        "Resource": arn,
    }
    queries = statement | {"Action": "dynamodb:Query"}
    names = ("CampaignsByDate", "CampaignsByStatus")
    queries["Resource"] = [f"{arn}/index/{name}" for name in names]
    policy = {"Policy": document(statement, queries)}
    answers.add("dynamodb", REGION, "GetResourcePolicy", policy, ResourceArn=arn)
    assert sit.judge(answers, "SEC-4", "INT-1") == {}


def test_a_role_that_another_service_assumes(sit):
    """SEC-4 fails for a service beside the declared one."""
    answers = sit.answers()
    role = answers["GetRole", "campaigns_lambda"]["Role"]
    services = ["lambda.amazonaws.com", "ec2.amazonaws.com"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    statement["Principal"] = {"Service": services}
    judged = sit.judge(answers)
    assert judged == {"SEC-4 campaigns_lambda": "FAIL"}
    assert "ec2.amazonaws.com" in str(judged.reasons("SEC-4 campaigns_lambda"))


def trust_of(answers):
    """The statement of the service's role about who may assume it."""
    role = answers["GetRole", "campaigns_lambda"]["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    return statement


def test_a_role_that_its_service_cannot_assume(sit):
    """SEC-4 fails for a trust that ends, and for a Deny beside it."""
    answers = sit.answers()
    trust_of(answers)["Principal"] = {"AWS": f"arn:aws:iam::{sit.account}:root"}
    judged = sit.judge(answers, "SEC-4")
    assert judged == {"SEC-4 campaigns_lambda": "FAIL"}
    assert "lambda.amazonaws.com" in str(judged.reasons("SEC-4 campaigns_lambda"))


@pytest.mark.parametrize(
    ("key", "value", "outcome"),
    [
        ("aws:SourceAccount", "OWN", {}),
        ("aws:SourceAccount", "999988887777", {"SEC-4 campaigns_lambda": "FAIL"}),
        ("aws:SomethingNew", "x", {"SEC-4 campaigns_lambda": "NOT_ASSESSED"}),
    ],
)
def test_a_role_that_its_service_assumes_on_conditions(sit, key, value, outcome):
    """The own account is known; what is not known is named."""
    answers = sit.answers()
    condition = {"StringEquals": {key: value.replace("OWN", sit.account)}}
    trust_of(answers)["Condition"] = condition
    assert sit.judge(answers, "SEC-4") == outcome


def test_a_role_whose_policies_name_another_table(secured):
    """SEC-4 fails for a table that nobody declared; IAM is asked about it."""
    arn = secured.arn("")[: -len(secured.table(""))] + "payments"
    secured.allow("campaigns_lambda", "dynamodb:GetItem", arn)
    result = secured.judge("SEC-4")
    assert result.found("FAIL") == {("SEC-4", "campaigns_lambda")}
    assert "dynamodb:GetItem on table/payments" in str(result.reasons("SEC-4", "FAIL"))
