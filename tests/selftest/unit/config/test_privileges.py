"""The grants that roles must have and must not have, in every region."""

from dataclasses import replace

import pytest

from conformance.config.declared.privileges import Privileges
from conformance.config.declared.security import FineGrained
from conformance.model.iam.dynamodb_actions import ON_TABLES
from tests.selftest.own_contract import own_declared, own_environment

REGIONS = {"af-south-1", "eu-west-1"}


@pytest.fixture(scope="module")
def declared():
    return own_declared(own_environment("prod"))


@pytest.fixture(scope="module")
def privileges(declared):
    return Privileges(
        own_environment("prod"),
        "af-south-1",
        declared.tables,
        declared.security.other_environments,
        ("vault",),
    )


@pytest.fixture(scope="module")
def service(declared):
    return declared.services.services["order_lambda"]


def asked(grants, action):
    """The resources on which an action is asked for."""
    return {arn for one in grants if action in one.actions for arn in one.resources}


def test_needs_and_excess_together_are_every_action(privileges, service):
    """Of the used table nothing is asked twice, and nothing is left out."""
    needed = privileges.needs(service)
    excess = privileges.excess(service)
    arn = privileges.arn("orders")
    for action in ON_TABLES:
        name = f"dynamodb:{action}"
        assert (arn in asked(needed, name)) is not (arn in asked(excess, name))


@pytest.mark.parametrize(
    ("action", "part"),
    [
        ("dynamodb:DeleteTable", ":table/orders-prod"),
        ("dynamodb:GetRecords", "/stream/"),
        ("dynamodb:DeleteBackup", "/backup/"),
        ("dynamodb:DescribeExport", "/export/"),
        ("dynamodb:Scan", "/index/OrdersByDate"),
        ("backup:DeleteBackupVault", "backup-vault:vault"),
        ("backup:DeleteRecoveryPoint", ":recovery-point:"),
    ],
)
def test_what_a_service_does_not_need_is_asked_in_every_region(
    privileges, service, action, part
):
    """A replica, and its backups, are resources of their own."""
    arns = asked(privileges.excess(service), action)
    assert {arn.split(":")[3] for arn in arns if part in arn} == REGIONS


def test_resources_that_a_policy_names_are_asked_about(privileges, service):
    """A table that nobody declared, and the very stream of a declared one."""
    stranger = "arn:aws:dynamodb:af-south-1:093646564004:table/payments"
    stream = f"{privileges.arn('orders')}/stream/2024-05-06T07:08:09.010"
    excess = privileges.excess(service, [stranger, stream, privileges.arn("orders")])
    assert stranger in asked(excess, "dynamodb:GetItem")
    assert stream in asked(excess, "dynamodb:GetRecords")
    assert privileges.arn("orders") not in asked(excess, "dynamodb:GetItem")


def test_a_service_may_declare_any_action(privileges, service):
    """A stream is needed by its own ARN, and account-wide actions on all resources."""
    (use,) = service.uses
    more = {"DescribeTable", "GetRecords", "ListTables"}
    wider = replace(service, uses=(replace(use, operations=use.operations | more),))
    stream = f"{privileges.arn('orders')}/stream/2024-05-06T07:08:09.010"
    needed = privileges.needs(wider, {"orders": stream})
    assert asked(needed, "dynamodb:DescribeTable") == {privileges.arn("orders")}
    assert asked(needed, "dynamodb:GetRecords") == {stream}
    assert asked(needed, "dynamodb:ListTables") == {"*"}
    excess = privileges.excess(wider)
    table = privileges.arn("orders")
    assert table not in asked(excess, "dynamodb:DescribeTable")
    assert not any(
        "/stream/" in arn and table in arn
        for arn in asked(excess, "dynamodb:GetRecords")
    )


def test_a_tenant_is_refused_whatever_holds_others_items(privileges):
    """Scans, streams, backups, exports and other tables, in every region."""
    tenant = FineGrained("role", "users", ("GetItem",), "tenant_id")
    grants = privileges.past_tenant(tenant)
    for action in ("Scan", "ExportTableToPointInTime", "GetRecords", "DeleteBackup"):
        arns = asked(grants, f"dynamodb:{action}")
        users = {arn for arn in arns if "table/users-prod" in arn}
        assert {arn.split(":")[3] for arn in users} == REGIONS, action
    assert any("orders" in arn for arn in asked(grants, "dynamodb:GetItem"))
    assert not any("users" in arn for arn in asked(grants, "dynamodb:GetItem"))
    others = privileges.of_other_tenants(tenant)
    assert {arn.split(":")[3] for arn in asked(others, "dynamodb:PutItem")} == REGIONS


@pytest.mark.parametrize(
    ("declared", "key", "attribute"),
    [
        ({"tag": "tenant_id"}, "aws:PrincipalTag/tenant_id", "tenant_id"),
        (
            {"key": "cognito-identity.amazonaws.com:sub", "partition_key": "pk"},
            "cognito-identity.amazonaws.com:sub",
            "pk",
        ),
        ({"tag": "team", "partition_key": "pk"}, "aws:PrincipalTag/team", "pk"),
    ],
)
def test_a_tenant_is_named_by_a_tag_or_by_another_key(declared, key, attribute):
    """The partition key holds it, under the tag's name or another."""
    tenant = FineGrained("role", "users", ("GetItem",), **declared)
    assert tenant.tenant_key == key
    assert tenant.attribute == attribute
