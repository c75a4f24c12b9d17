"""Statements of policies, and what the policy simulator decides by them."""

import json

import pytest
from botocore.exceptions import ClientError

ORDERS = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
CLIENTS = "arn:aws:dynamodb:eu-west-1:111122223333:table/clients"


@pytest.fixture
def iam(client, account):
    """A client of the test's own account."""
    return client("iam", account=account)


def allow(actions, resources="*", **more):
    """Return a statement that allows."""
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions, resources="*", **more):
    """Return a statement that denies."""
    return {**allow(actions, resources, **more), "Effect": "Deny"}


def refused(call, **given):
    """Return the message of the AccessDeniedException that the call must get."""
    with pytest.raises(ClientError) as refusal:
        call(**given)
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"
    return refusal.value.response["Error"]["Message"]


def document(*statements, version="2012-10-17"):
    """Return a policy of these statements."""
    return json.dumps({"Version": version, "Statement": list(statements)})


@pytest.fixture
def decide(iam):
    """Return the decision on one action and resource under some statements."""

    def decide(statements, action="dynamodb:GetItem", resource=ORDERS, **more):
        (result,) = iam.simulate_custom_policy(
            PolicyInputList=[document(*statements)],
            ActionNames=[action],
            ResourceArns=[resource],
            **more,
        )["EvaluationResults"]
        (specific,) = result["ResourceSpecificResults"]
        assert specific["EvalResourceName"] == resource
        assert specific["EvalResourceDecision"] == result["EvalDecision"]
        return result["EvalDecision"]

    return decide
