"""Wildcards in the permissions of a role."""

import pytest

from conformance.model.iam.wildcards import named_resources, wildcards

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
        ("dynamodb:Get?tem", TABLE),
        ("dynamodb:GetItem", f"{TABLE[:-1]}?"),
        ("dynamodb:GetItem", TABLE.replace("eu-west-1", "*")),
        ("dynamodb:GetItem", TABLE.replace(OWN, "*")),
        ("dynamodb:GetItem", TABLE.replace("eu-west-1", "eu-west-?")),
        ("dynamodb:GetItem", "arn:aws:dynamodb:*"),
        ("dynamodb:GetItem", "arn:aws:*:*:*:table/*"),
        ("dynamodb:GetItem", TABLE.replace("orders", "${aws:PrincipalTag/table}")),
        (["dynamodb:GetItem", "logs:PutLogEvents"], "*"),
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
    mixed = role_policy(
        ["dynamodb:GetItem", "logs:PutLogEvents"],
        [TABLE, "arn:aws:logs:*:*:log-group:/aws/lambda/*"],
    )
    assert wildcards(mixed) == frozenset()
    excepting = {
        "Statement": [{"Effect": "Allow", "NotAction": "iam:*", "Resource": TABLE}]
    }
    assert wildcards(excepting) != frozenset()


def test_resources_that_are_named_are_those_of_dynamodb():
    """Patterns are findings of their own, and other services' resources are none."""
    found = role_policy("dynamodb:GetItem", [TABLE, f"{TABLE}/index/*", "*"])
    assert named_resources(found) == {TABLE}
    bucket = role_policy("s3:GetObject", "arn:aws:s3:::backup/table/x")
    assert named_resources(bucket) == frozenset()
