"""The policy simulator decides as IAM's evaluation logic documents."""

import pytest
from botocore.exceptions import ClientError
from tests.iam.policy_statements import (
    CLIENTS,
    ORDERS,
    allow,
    decide,
    deny,
    document,
    iam,
)

__all__ = ["decide", "iam"]


def test_nothing_is_allowed_by_default(decide):
    """A request that no statement allows is an implicit deny.

    IAM User Guide, "Policy evaluation logic".
    """
    assert decide([allow("dynamodb:PutItem", ORDERS)]) == "implicitDeny"


def test_an_explicit_deny_overrides_any_allow(decide):
    """A deny in any policy wins over every allow.

    IAM User Guide, "Policy evaluation logic".
    """
    statements = [allow("dynamodb:*"), deny("dynamodb:Get*", ORDERS)]
    assert decide(statements) == "explicitDeny"
    assert decide(statements, resource=CLIENTS) == "allowed"


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("dynamodb:getitem", ORDERS, "allowed"),
        ("dynamodb:Get*", "arn:aws:dynamodb:*:*:table/ord*", "allowed"),
        ("dynamodb:Get?tem", "arn:aws:dynamodb:eu-west-?:*:table/orders", "allowed"),
        ("dynamodb:GetItem", f"{ORDERS}-archive", "implicitDeny"),
        ("dynamodb:GetItem", f"{ORDERS}/index/*", "implicitDeny"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:*", "allowed"),
        ("dynamodb:GetItem", "arn:aws:*:table/orders", "implicitDeny"),
    ],
)
def test_wildcards(decide, action, resource, expected):
    """Actions ignore case; in an ARN a wildcard stays within its segment.

    IAM User Guide, "IAM JSON policy elements: Action" and "…: Resource".
    """
    assert decide([allow(action, resource)]) == expected


def test_not_action_and_not_resource_are_all_the_others(decide):
    """NotAction and NotResource match everything except what they list.

    IAM User Guide, "IAM JSON policy elements: NotAction" and "…: NotResource".
    """
    others = {
        "Effect": "Allow",
        "NotAction": "dynamodb:Delete*",
        "NotResource": CLIENTS,
    }
    assert decide([others]) == "allowed"
    assert decide([others], "dynamodb:DeleteItem") == "implicitDeny"
    assert decide([others], resource=CLIENTS) == "implicitDeny"


def test_an_action_has_one_result_and_each_resource_its_own(iam):
    """The result per action names the ARN template and the strictest decision.

    botocore model, EvaluationResult, EvalResourceName: "use the EvalResourceName
    field within individual entries in ResourceSpecificResults instead".
    """
    (result,) = iam.simulate_custom_policy(
        PolicyInputList=[document(allow("dynamodb:GetItem", ORDERS))],
        ActionNames=["dynamodb:GetItem"],
        ResourceArns=[ORDERS, CLIENTS],
    )["EvaluationResults"]
    template = "arn:${Partition}:dynamodb:${Region}:${Account}:table/${TableName}"
    assert result["EvalResourceName"] == template
    assert result["EvalDecision"] == "implicitDeny"
    assert {
        one["EvalResourceName"]: one["EvalResourceDecision"]
        for one in result["ResourceSpecificResults"]
    } == {ORDERS: "allowed", CLIENTS: "implicitDeny"}


def test_without_resources_the_resource_is_everything(iam):
    """ResourceArns defaults to "*", which only a statement on "*" allows.

    botocore model, SimulateCustomPolicy, ResourceArns.
    """
    found = iam.simulate_custom_policy(
        PolicyInputList=[document(allow("s3:*"), allow("dynamodb:*", ORDERS))],
        ActionNames=["s3:GetObject", "dynamodb:ListTables"],
    )["EvaluationResults"]
    assert [(one["EvalResourceName"], one["EvalDecision"]) for one in found] == [
        ("*", "allowed"),
        ("*", "implicitDeny"),
    ]


def test_results_come_in_pages(iam):
    """MaxItems limits a page; Marker continues while IsTruncated is true.

    botocore model, SimulateCustomPolicy.
    """
    pages = iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[document(allow("dynamodb:*"))],
        ActionNames=[f"dynamodb:Action{n}" for n in range(5)],
        PaginationConfig={"PageSize": 2},
    )
    sizes = [len(page["EvaluationResults"]) for page in pages]
    assert sizes == [2, 2, 1]


def test_a_broken_policy_is_an_invalid_input(iam):
    """A document that is no policy is refused with InvalidInput.

    botocore model, SimulateCustomPolicy, InvalidInputException.
    """
    with pytest.raises(ClientError, match="InvalidInput"):
        iam.simulate_custom_policy(
            PolicyInputList=['{"Statement": [{"Effect": "Maybe"}]}'],
            ActionNames=["s3:GetObject"],
        )


@pytest.mark.parametrize(
    "entry",
    [
        {"ContextKeyValues": [], "ContextKeyType": "stringList"},
        {"ContextKeyValues": ["a", "b"], "ContextKeyType": "string"},
        {"ContextKeyValues": ["a"]},
    ],
)
def test_context_keys_have_values_of_their_type(iam, entry):
    """A key without values, or with several of a single type, is an invalid input."""
    with pytest.raises(ClientError, match="InvalidInput"):
        iam.simulate_custom_policy(
            PolicyInputList=[document(allow("dynamodb:GetItem", ORDERS))],
            ActionNames=["dynamodb:GetItem"],
            ContextEntries=[{"ContextKeyName": "dynamodb:LeadingKeys"} | entry],
        )


def test_a_boundary_limits_what_the_policies_allow(decide):
    """The permissions boundary must allow as well; the result says whether it does.

    IAM User Guide, "Permissions boundaries for IAM entities".
    """
    boundary = [document(allow("s3:*"))]
    statements = [allow("dynamodb:*")]
    decision = decide(statements, PermissionsBoundaryPolicyInputList=boundary)
    assert decision == "implicitDeny"
    boundary = [document(allow("dynamodb:Get*"))]
    decision = decide(statements, PermissionsBoundaryPolicyInputList=boundary)
    assert decision == "allowed"


def test_a_resource_policy_allows_the_caller_it_names(decide):
    """Within an account a resource policy's allow suffices, for the principal it names.

    IAM User Guide, "Policy evaluation logic"; naming the account leaves it to
    identity policies ("AWS JSON policy elements: Principal").
    """
    caller = "arn:aws:iam::111122223333:user/ann"

    def decision(principal):
        policy = document(allow("dynamodb:GetItem", Principal={"AWS": principal}))
        statements = [allow("s3:*")]
        return decide(statements, ResourcePolicy=policy, CallerArn=caller)

    assert decision(caller) == "allowed"
    assert decision("*") == "allowed"
    assert decision(caller.replace("ann", "bob")) == "implicitDeny"
    assert decision("arn:aws:iam::111122223333:root") == "implicitDeny"
