"""Conditions and policy variables are evaluated as IAM documents."""

import pytest
from tests.iam.policy_statements import ORDERS, allow, decide, document, iam

__all__ = ["decide", "iam"]


def context(**values):
    """Context entries; two underscores in a name are a colon."""
    return [
        {
            "ContextKeyName": name.replace("__", ":"),
            "ContextKeyValues": value if isinstance(value, list) else [value],
            "ContextKeyType": "stringList" if isinstance(value, list) else "string",
        }
        for name, value in values.items()
    ]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [(["u-1"], "allowed"), (["u-1", "u-2"], "implicitDeny"), (["u-2"], "implicitDeny")],
)
def test_leading_keys_must_all_be_the_callers_own(decide, keys, expected):
    """ForAllValues on dynamodb:LeadingKeys with a policy variable limits the items.

    DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access
    control".
    """
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}
    entries = context(dynamodb__LeadingKeys=keys, aws__username="u-1")
    statements = [allow("dynamodb:GetItem", ORDERS, Condition=own)]
    assert decide(statements, ContextEntries=entries) == expected


def test_for_all_values_holds_without_a_value(decide):
    """ForAllValues is true when the request lacks the key; Null can require it.

    IAM User Guide, "Set operators for multivalued context keys".
    """
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["u-1"]}}
    assert decide([allow("dynamodb:GetItem", Condition=own)]) == "allowed"
    own["Null"] = {"dynamodb:LeadingKeys": "false"}
    assert decide([allow("dynamodb:GetItem", Condition=own)]) == "implicitDeny"


def test_a_variable_without_a_value_matches_nothing(decide):
    """A statement whose policy variable has no value and no default does not apply.

    IAM User Guide, "IAM policy elements: Variables and tags".
    """
    own = ORDERS.replace("orders", "${aws:username}")
    assert decide([allow("dynamodb:GetItem", own)]) == "implicitDeny"
    named = context(aws__username="orders")
    decision = decide([allow("dynamodb:GetItem", own)], ContextEntries=named)
    assert decision == "allowed"


def test_variables_need_the_version_of_2012(iam):
    """In an older version "${aws:username}" is a string and no variable.

    IAM User Guide, "IAM JSON policy elements: Version".
    """
    own = allow("dynamodb:GetItem", ORDERS.replace("orders", "${aws:username}"))
    (result,) = iam.simulate_custom_policy(
        PolicyInputList=[document(own, version="2008-10-17")],
        ActionNames=["dynamodb:GetItem"],
        ResourceArns=[ORDERS],
        ContextEntries=context(aws__username="orders"),
    )["EvaluationResults"]
    assert result["EvalDecision"] == "implicitDeny"


@pytest.mark.parametrize(
    ("condition", "entries", "expected"),
    [
        ({"StringLike": {"shop:k": "or*"}}, {"shop:k": "orders"}, "allowed"),
        ({"StringNotEquals": {"shop:k": ["a", "b"]}}, {"shop:k": "b"}, "implicitDeny"),
        ({"StringNotEquals": {"shop:k": "a"}}, {}, "allowed"),
        ({"StringEquals": {"shop:k": "a"}}, {}, "implicitDeny"),
        ({"StringEqualsIfExists": {"shop:k": "a"}}, {}, "allowed"),
        ({"StringEqualsIfExists": {"shop:k": "a"}}, {"shop:k": "b"}, "implicitDeny"),
        ({"StringEqualsIgnoreCase": {"shop:k": "A"}}, {"SHOP:K": "a"}, "allowed"),
        ({"Bool": {"shop:k": "true"}}, {"shop:k": "false"}, "implicitDeny"),
        ({"IpAddress": {"shop:k": "10.0.0.0/8"}}, {"shop:k": "10.1.2.3"}, "allowed"),
        (
            {"NotIpAddress": {"shop:k": "10.0.0.0/8"}},
            {"shop:k": "10.1.2.3"},
            "implicitDeny",
        ),
        ({"NumericLessThan": {"shop:k": "10"}}, {"shop:k": "9"}, "allowed"),
        (
            {"DateGreaterThan": {"shop:k": "2026-01-01"}},
            {"shop:k": "2026-06-01"},
            "allowed",
        ),
        (
            {"ArnLike": {"shop:k": "arn:aws:iam::*:role/a*"}},
            {"shop:k": f"{ORDERS}"},
            "implicitDeny",
        ),
        (
            {"ForAnyValue:StringEquals": {"shop:k": ["a", "b"]}},
            {"shop:k": ["b", "c"]},
            "allowed",
        ),
        ({"ForAnyValue:StringEquals": {"shop:k": ["a"]}}, {}, "implicitDeny"),
        (
            {"StringEquals": {"shop:k": "a"}, "Null": {"shop:l": "true"}},
            {"shop:k": "a"},
            "allowed",
        ),
        (
            {"StringEquals": {"shop:k": "a", "shop:l": "b"}},
            {"shop:k": "a"},
            "implicitDeny",
        ),
    ],
)
def test_condition_operators(decide, condition, entries, expected):
    """All operators and keys must hold; of one key's values any; Not… is none of them.

    IAM User Guide, "IAM JSON policy elements: Condition operators".
    """
    statements = [allow("dynamodb:GetItem", Condition=condition)]
    assert decide(statements, ContextEntries=context(**entries)) == expected


def test_missing_context_values_are_named(iam):
    """Keys that the policies need and the request lacks are in MissingContextValues.

    botocore model, EvaluationResult and ResourceSpecificResult.
    """
    condition = {"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}}
    policy = document(allow("dynamodb:GetItem", Condition=condition))
    (result,) = iam.simulate_custom_policy(
        PolicyInputList=[policy],
        ActionNames=["dynamodb:GetItem"],
        ResourceArns=[ORDERS],
        ContextEntries=context(aws__username="u-1"),
    )["EvaluationResults"]
    (specific,) = result["ResourceSpecificResults"]
    assert specific["MissingContextValues"] == ["aws:PrincipalTag/team"]
    keys = iam.get_context_keys_for_custom_policy(PolicyInputList=[policy])
    assert sorted(keys["ContextKeyNames"]) == ["aws:PrincipalTag/team", "aws:username"]
