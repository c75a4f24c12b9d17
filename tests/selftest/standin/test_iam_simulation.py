"""The policy simulator decides as IAM's evaluation logic documents."""

import json

import pytest
from botocore.exceptions import ClientError

ORDERS = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"
CLIENTS = "arn:aws:dynamodb:eu-west-1:111122223333:table/clients"
BY_STATUS = f"{ORDERS}/index/by-status"


@pytest.fixture
def iam(client, account):
    return client("iam", account=account)


def allow(actions, resources="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


def deny(actions, resources="*", **more):
    return {**allow(actions, resources, **more), "Effect": "Deny"}


def document(*statements, version="2012-10-17"):
    return json.dumps({"Version": version, "Statement": list(statements)})


def context(**values):
    return [
        {
            "ContextKeyName": name.replace("__", ":"),
            "ContextKeyValues": value if isinstance(value, list) else [value],
            "ContextKeyType": "stringList" if isinstance(value, list) else "string",
        }
        for name, value in values.items()
    ]


@pytest.fixture
def decide(iam):
    """Tell the decision on one action and resource under some statements."""

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


def test_nothing_is_allowed_by_default(decide):
    """
    A request that no statement allows is an implicit deny.

    IAM User Guide, "Policy evaluation logic".
    """
    assert decide([allow("dynamodb:PutItem", ORDERS)]) == "implicitDeny"


def test_an_explicit_deny_overrides_any_allow(decide):
    """
    A deny in any policy wins over every allow.

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
    """
    Actions ignore case; in an ARN a wildcard stays within its segment.

    IAM User Guide, "IAM JSON policy elements: Action" and "…: Resource".
    """
    assert decide([allow(action, resource)]) == expected


def test_not_action_and_not_resource_are_all_the_others(decide):
    """
    NotAction and NotResource match everything except what they list.

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


@pytest.mark.parametrize(
    ("keys", "expected"),
    [(["u-1"], "allowed"), (["u-1", "u-2"], "implicitDeny"), (["u-2"], "implicitDeny")],
)
def test_leading_keys_must_all_be_the_callers_own(decide, keys, expected):
    """
    ForAllValues on dynamodb:LeadingKeys with a policy variable limits the items.

    DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access
    control".
    """
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}}
    entries = context(dynamodb__LeadingKeys=keys, aws__username="u-1")
    statements = [allow("dynamodb:GetItem", ORDERS, Condition=own)]
    assert decide(statements, ContextEntries=entries) == expected


def test_for_all_values_holds_without_a_value(decide):
    """
    ForAllValues is true when the request lacks the key; Null can require it.

    IAM User Guide, "Set operators for multivalued context keys".
    """
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["u-1"]}}
    assert decide([allow("dynamodb:GetItem", Condition=own)]) == "allowed"
    own["Null"] = {"dynamodb:LeadingKeys": "false"}
    assert decide([allow("dynamodb:GetItem", Condition=own)]) == "implicitDeny"


def test_a_variable_without_a_value_matches_nothing(decide):
    """
    A statement whose policy variable has no value and no default does not apply.

    IAM User Guide, "IAM policy elements: Variables and tags".
    """
    own = ORDERS.replace("orders", "${aws:username}")
    assert decide([allow("dynamodb:GetItem", own)]) == "implicitDeny"
    named = context(aws__username="orders")
    decision = decide([allow("dynamodb:GetItem", own)], ContextEntries=named)
    assert decision == "allowed"


def test_variables_need_the_version_of_2012(iam):
    """
    In an older version "${aws:username}" is a string and no variable.

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
    """
    All operators and keys must hold; of one key's values any; Not… is none of them.

    IAM User Guide, "IAM JSON policy elements: Condition operators".
    """
    statements = [allow("dynamodb:GetItem", Condition=condition)]
    assert decide(statements, ContextEntries=context(**entries)) == expected


def test_an_action_has_one_result_and_each_resource_its_own(iam):
    """
    The result per action names the ARN template and the strictest decision.

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
    """
    ResourceArns defaults to "*", which only a statement on "*" allows.

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


def test_missing_context_values_are_named(iam):
    """
    Keys that the policies need and the request lacks are in MissingContextValues.

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


def test_results_come_in_pages(iam):
    """
    MaxItems limits a page; Marker continues while IsTruncated is true.

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
    """
    A document that is no policy is refused with InvalidInput.

    botocore model, SimulateCustomPolicy, InvalidInputException.
    """
    with pytest.raises(ClientError, match="InvalidInput"):
        iam.simulate_custom_policy(
            PolicyInputList=['{"Statement": [{"Effect": "Maybe"}]}'],
            ActionNames=["s3:GetObject"],
        )


def test_a_boundary_limits_what_the_policies_allow(decide):
    """
    The permissions boundary must allow as well; the result says whether it does.

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
    """
    Within an account a resource policy's allow suffices, for the principal it names.

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


@pytest.fixture
def role(iam, account):
    """A role with an inline and an attached policy."""
    trust = document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    )
    iam.create_role(RoleName="orders", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(
        RoleName="orders",
        PolicyName="inline",
        PolicyDocument=document(allow("dynamodb:GetItem", ORDERS)),
    )
    managed = iam.create_policy(
        PolicyName="managed",
        PolicyDocument=document(
            allow("dynamodb:Query", [ORDERS, f"{ORDERS}/index/*"]),
            deny("dynamodb:DeleteTable"),
        ),
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="orders", PolicyArn=managed)
    return f"arn:aws:iam::{account}:role/orders"


def simulated(iam, principal, actions, resources):
    results = iam.simulate_principal_policy(
        PolicySourceArn=principal, ActionNames=actions, ResourceArns=resources
    )["EvaluationResults"]
    return {
        (one["EvalActionName"], specific["EvalResourceName"]): (
            specific["EvalResourceDecision"],
            [m["SourcePolicyId"] for m in specific["MatchedStatements"]],
        )
        for one in results
        for specific in one["ResourceSpecificResults"]
    }


def test_a_roles_inline_and_attached_policies_count(iam, role):
    """
    The simulation includes all policies of the role, and names those that decide.

    botocore model, SimulatePrincipalPolicy, PolicySourceArn and MatchedStatements.
    """
    get, query, drop = "dynamodb:GetItem", "dynamodb:Query", "dynamodb:DeleteTable"
    found = simulated(iam, role, [get, query, drop], [ORDERS, BY_STATUS, CLIENTS])
    assert found == {
        (get, ORDERS): ("allowed", ["role_orders_inline"]),
        (get, BY_STATUS): ("implicitDeny", []),
        (get, CLIENTS): ("implicitDeny", []),
        (query, ORDERS): ("allowed", ["managed"]),
        (query, BY_STATUS): ("allowed", ["managed"]),
        (query, CLIENTS): ("implicitDeny", []),
        (drop, ORDERS): ("explicitDeny", ["managed"]),
        (drop, BY_STATUS): ("explicitDeny", ["managed"]),
        (drop, CLIENTS): ("explicitDeny", ["managed"]),
    }


def test_a_users_groups_count(iam, account):
    """
    For a user the simulation includes the policies of its groups.

    botocore model, SimulatePrincipalPolicy, PolicySourceArn.
    """
    iam.create_user(UserName="ann")
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(UserName="ann", GroupName="readers")
    policy = document(allow("dynamodb:GetItem", ORDERS))
    iam.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=policy)
    ann = f"arn:aws:iam::{account}:user/ann"
    found = simulated(iam, ann, ["dynamodb:GetItem"], [ORDERS])
    assert found["dynamodb:GetItem", ORDERS][0] == "allowed"


def test_an_attached_boundary_counts(iam, role):
    """
    The role's own permissions boundary is simulated with its policies.

    botocore model, SimulatePrincipalPolicy, PermissionsBoundaryPolicyInputList.
    """
    boundary = iam.create_policy(
        PolicyName="boundary", PolicyDocument=document(allow("dynamodb:Query"))
    )["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="orders", PermissionsBoundary=boundary)
    found = simulated(iam, role, ["dynamodb:GetItem", "dynamodb:Query"], [ORDERS])
    assert found["dynamodb:GetItem", ORDERS][0] == "implicitDeny"
    assert found["dynamodb:Query", ORDERS][0] == "allowed"


def test_an_unknown_principal_does_not_exist(iam, account):
    """
    Simulating somebody who is not there is NoSuchEntity.

    botocore model, SimulatePrincipalPolicy, NoSuchEntityException.
    """
    with pytest.raises(ClientError, match="NoSuchEntity"):
        simulated(iam, f"arn:aws:iam::{account}:role/nobody", ["s3:Get"], [ORDERS])


def test_resource_policies_are_not_simulated_for_roles(iam, role):
    """
    Simulation of resource-based policies isn't supported for IAM roles.

    botocore model, SimulatePrincipalPolicy, ResourcePolicy.
    """
    with pytest.raises(ClientError, match="InvalidInput"):
        iam.simulate_principal_policy(
            PolicySourceArn=role,
            ActionNames=["dynamodb:GetItem"],
            ResourceArns=[ORDERS],
            ResourcePolicy=document(allow("dynamodb:GetItem", Principal="*")),
        )
