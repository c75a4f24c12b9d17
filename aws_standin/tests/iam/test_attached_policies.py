"""All policies of a role or user are simulated."""

import pytest
from botocore.exceptions import ClientError
from tests.iam.policy_statements import CLIENTS, ORDERS, allow, deny, document, iam

__all__ = ["iam"]

BY_STATUS = f"{ORDERS}/index/by-status"


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
    """The simulation includes all policies of the role, and names those that decide.

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
    """For a user the simulation includes the policies of its groups.

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
    """The role's own permissions boundary is simulated with its policies.

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
    """Simulating somebody who is not there is NoSuchEntity.

    botocore model, SimulatePrincipalPolicy, NoSuchEntityException.
    """
    with pytest.raises(ClientError, match="NoSuchEntity"):
        simulated(iam, f"arn:aws:iam::{account}:role/nobody", ["s3:Get"], [ORDERS])


def test_resource_policies_are_not_simulated_for_roles(iam, role):
    """Simulation of resource-based policies isn't supported for IAM roles.

    botocore model, SimulatePrincipalPolicy, ResourcePolicy.
    """
    with pytest.raises(ClientError, match="InvalidInput"):
        iam.simulate_principal_policy(
            PolicySourceArn=role,
            ActionNames=["dynamodb:GetItem"],
            ResourceArns=[ORDERS],
            ResourcePolicy=document(allow("dynamodb:GetItem", Principal="*")),
        )
