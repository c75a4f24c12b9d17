"""Wildcards in the permissions of a role."""

import pytest

from conformance.model.iam.wildcards import wildcards

OWN = "111122223333"
TABLE = f"arn:aws:dynamodb:eu-west-1:{OWN}:table/orders-sit"


def role_policy(actions, resources):
    return {"Statement": {"Effect": "Allow", "Action": actions, "Resource": resources}}


@pytest.mark.parametrize(
    ("actions", "resources"),
    [
        ("*", "*"),
        ("dynamodb:*", TABLE),
        (["dynamodb:GetItem", "dynamodb:Describe*"], TABLE),
        ("dynamodb:GetItem", "*"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/*"),
        ("dynamodb:GetItem", f"{TABLE[:-3]}*"),
        ("d*:GetItem", TABLE),
    ],
)
def test_wildcards_are_found(actions, resources):
    """A wildcard in action or table is a finding, wherever it stands."""
    assert wildcards(role_policy(actions, resources)) != frozenset()


def test_what_only_looks_like_a_wildcard_is_none():
    """A table's indexes, other services, and listing tables are nobody's business."""
    assert wildcards(role_policy("dynamodb:Query", f"{TABLE}/index/*")) == frozenset()
    assert wildcards(role_policy("logs:*", "*")) == frozenset()
    assert wildcards(role_policy("dynamodb:ListTables", "*")) == frozenset()
    excepting = {
        "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": TABLE}]
    }
    assert wildcards(excepting) != frozenset()
