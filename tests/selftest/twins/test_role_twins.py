"""Roles that may too much or too little fail at their criterion."""

import json

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
        *(("SEC-4", it) for it in SERVICES),
        ("INT-1", "order_lambda"),  # a deny that its function meets, too
    }
    reasons = " ".join(result.reasons("SEC-4", "FAIL"))
    assert "dynamodb:GetItem on table/products-sit" in reasons
    assert "orders" in " ".join(result.reasons("INT-1", "FAIL"))
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()


def test_a_deploying_role_that_any_branch_assumes(secured):
    """SEC-4 fails for a trust policy with a wildcard in the token's sub."""
    iam, role = secured.client("iam"), secured.role("bbws-dynamodb-deployer")
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    (statement,) = trust["Statement"]
    provider = "token.actions.githubusercontent.com"
    statement["Condition"] = {"StringLike": {f"{provider}:sub": "repo:bbws/schemas:*"}}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    result = secured.judge("SEC-4", "IDN-3")
    assert result.found("FAIL") == {("SEC-4", secured.file.stem)}
    assert "any repository or branch" in str(result.reasons("SEC-4", "FAIL"))


def test_a_deploying_role_that_cannot_deploy(secured):
    """IDN-3 fails for the key that a deny takes away, and for the vault alone."""
    role = "bbws-dynamodb-deployer"
    secured.allow(role, "kms:CreateGrant", "*", "Deny")
    result = secured.judge("IDN-3", "SEC-4")
    assert {it for it, _ in result.found("FAIL")} == {"IDN-3"}
    (reason,) = result.reasons("IDN-3", "FAIL")
    assert "kms:CreateGrant" in reason
    assert "explicitDeny" in reason
    nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    secured.client("iam").put_role_policy(
        RoleName=secured.role(role),
        PolicyName="access",
        PolicyDocument=document(nothing),
    )
    reasons = secured.judge("IDN-3").reasons("IDN-3", "FAIL")
    assert len(reasons) == 3


TENANT = {"dynamodb:LeadingKeys": "${aws:PrincipalTag/tenant_id}"}


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({}, "dynamodb:GetItem on table/users"),
        ({"Condition": {"ForAnyValue:StringEquals": TENANT}}, "among own items"),
        ({"Condition": {"ForAllValues:StringEquals": TENANT}}, "dynamodb:Scan"),
        ({"Condition": {"StringEquals": {"aws:PrincipalTag/tenant_id": "none"}}}, ""),
    ],
    ids=["no condition", "any own key", "scans have no key", "nobody at all"],
)
def test_tenants_that_reach_others(secured, statement, allowed):
    """SEC-5 fails for a condition that others, or scans, or nobody can meet."""
    allow = {"Effect": "Allow", "Resource": secured.arn("users")}
    allow["Action"] = [
        f"dynamodb:{it}" for it in ("GetItem", "PutItem", "Query", "Scan", "UpdateItem")
    ]
    secured.client("iam").put_role_policy(
        RoleName=secured.role("bbws-tenant-users"),
        PolicyName="access",
        PolicyDocument=document(allow | statement),
    )
    result = secured.judge("SEC-5", "SEC-4")
    assert result.found("FAIL") == {("SEC-5", "tenant_users")}
    assert allowed in " ".join(result.reasons("SEC-5", "FAIL"))
