"""Roles that may too much or too little fail at their criterion."""

import pytest

from tests.selftest.twin_env import REGION
from tests.selftest.twins.access_env import SERVICES, secured

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
NO_KEYS = '"ContextKeyValues": []'
BOTH_KEYS = '"conformance-suite-tenant-a", "conformance-suite-tenant-b"'


def decide(answers, decision, *words, actions=()):
    """Let IAM's simulator decide so about a role, for these actions or all."""
    for answer in answers.every("SimulatePrincipalPolicy", *words):
        for result in answer["EvaluationResults"]:
            if not actions or result["EvalActionName"] in actions:
                result["EvalDecision"] = decision
                for specific in result["ResourceSpecificResults"]:
                    specific["EvalResourceDecision"] = decision


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


def test_a_deploying_role_that_cannot_use_the_key(sit):
    """IDN-3 fails for the action on the key that a deny takes away."""
    answers = sit.answers()
    decide(answers, "explicitDeny", DEPLOYER, actions=["kms:CreateGrant"])
    judged = sit.judge(answers)
    assert judged == {"IDN-3": "FAIL"}
    (reason,) = judged.reasons("IDN-3")
    assert "kms:CreateGrant" in reason
    assert "explicitDeny" in reason


def test_a_deploying_role_that_cannot_deploy(sit):
    """IDN-3 fails for tables, key and vault, each by itself."""
    answers = sit.answers()
    decide(answers, "explicitDeny", DEPLOYER)
    judged = sit.judge(answers)
    assert judged == {"IDN-3": "FAIL"}
    assert len(judged.reasons("IDN-3")) == 3


@pytest.mark.parametrize(
    ("words", "decision", "actions", "reason"),
    [
        ([], "allowed", [], "dynamodb:GetItem on table/users"),
        ([BOTH_KEYS], "allowed", ["dynamodb:GetItem"], "among own items"),
        ([NO_KEYS], "allowed", ["dynamodb:Scan"], "dynamodb:Scan"),
        ([], "implicitDeny", [], "dynamodb:GetItem"),
    ],
    ids=["no condition", "any own key", "scans have no key", "nobody at all"],
)
def test_tenants_that_reach_others(sit, words, decision, actions, reason):
    """SEC-5 fails for a condition that others, or scans, or nobody can meet."""
    answers = sit.answers()
    decide(answers, decision, TENANT, *words, actions=actions)
    judged = sit.judge(answers)
    assert judged == {"SEC-5 tenant_users": "FAIL"}
    assert reason in " ".join(judged.reasons("SEC-5 tenant_users"))
