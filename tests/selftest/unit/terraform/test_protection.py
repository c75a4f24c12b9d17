"""What a plan takes from a table that stays, and what it leaves to AWS's defaults."""

import dataclasses

import pytest

from tests.selftest.terraform_plans import applied, change
from tests.selftest.terraform_review import (
    TABLE,
    declared_tables,
    judged,
    plan,
    users,
)

__all__ = ["judged", "plan"]

ON, OFF = [{"enabled": True}], [{"enabled": False}]
STREAM = {"stream_enabled": True, "stream_view_type": "NEW_AND_OLD_IMAGES"}
WEAKENED = {
    "recovery": ({"point_in_time_recovery": ON}, {"point_in_time_recovery": OFF}),
    "recovery gone": ({"point_in_time_recovery": ON}, {"point_in_time_recovery": []}),
    "encryption": (
        {"server_side_encryption": ON},
        {"server_side_encryption": OFF},
    ),
    "deletion protection": (
        {"deletion_protection_enabled": True},
        {"deletion_protection_enabled": False},
    ),
    "deletion protection no longer written": (
        {"deletion_protection_enabled": True},
        {"deletion_protection_enabled": None},
    ),
    "stream": (STREAM, {"stream_enabled": False, "stream_view_type": ""}),
    "stream's view": (STREAM, STREAM | {"stream_view_type": "KEYS_ONLY"}),
    "expiry comes on": (
        {"ttl": [{"enabled": False, "attribute_name": ""}]},
        {"ttl": [{"enabled": True, "attribute_name": "created_at"}]},
    ),
    "declared tag": ({}, {"tags": {}, "tags_all": {"Project": "bbws"}}),
}


def updated(plan, before, after):
    """The plan that changes the table users in place."""
    plan = applied(plan)
    found = change(plan, TABLE, "users")
    found["actions"] = ["update"]
    found["before"] |= before
    found["after"] |= after
    return plan


@pytest.mark.parametrize(("before", "after"), WEAKENED.values(), ids=WEAKENED)
def test_what_a_plan_weakens_fails(judged, plan, before, after):
    """Nothing is destroyed, and yet a table is worse off."""
    assert ("TFP-5", "users") in judged(updated(plan, before, after)).fail


def test_a_shorter_recovery_period_fails(judged, plan):
    """What could be restored from before the shorter period is lost."""
    days = [{"enabled": True, "recovery_period_in_days": 7}]
    plan = updated(plan, {}, {"point_in_time_recovery": days})
    assert ("TFP-5", "users") in judged(plan).fail


REPLICA = {
    "region_name": "af-south-1",
    "kms_key_arn": "arn:aws:kms:af-south-1:815856636111:alias/tables",
    "point_in_time_recovery": True,
    "deletion_protection_enabled": True,
}


@pytest.mark.parametrize(
    "switch", ["point_in_time_recovery", "deletion_protection_enabled"]
)
def test_a_replica_that_is_weakened_fails(judged, plan, switch):
    """Each replica has switches of its own."""
    after = {"replica": [REPLICA | {switch: False}]}
    plan = updated(plan, {"replica": [REPLICA]}, after)
    assert ("TFP-5", "users") in judged(plan).fail


STRENGTHENED = {
    "recovery": ({"point_in_time_recovery": OFF}, {}),
    "longer period": (
        {
            "point_in_time_recovery": [
                {"enabled": True, "recovery_period_in_days": 7},
            ]
        },
        {},
    ),
    "encryption": ({"server_side_encryption": OFF}, {}),
    "deletion protection": ({"deletion_protection_enabled": False}, {}),
    "stream": ({"stream_enabled": False, "stream_view_type": ""}, {}),
    "another tag": ({}, {"tags": {"Team": "x"}}),
}


@pytest.mark.parametrize(("before", "after"), STRENGTHENED.values(), ids=STRENGTHENED)
def test_what_becomes_as_declared_passes(judged, plan, before, after):
    """A plan that switches protection on weakens nothing."""
    said = judged(updated(plan, before, after))
    assert (said.fail, said.open) == (set(), set())


def test_a_restored_table_does_not_have_the_defaults(judged, plan):
    """It has the settings of its source, which the plan does not show."""
    for entry in plan["resource_changes"]:
        if entry["type"] == TABLE:
            entry["change"]["after"].pop("server_side_encryption")
            entry["change"]["after"]["restore_source_name"] = "old"
            entry["change"]["after_unknown"]["server_side_encryption"] = True
    for resource in plan["configuration"]["root_module"]["resources"]:
        resource["expressions"].pop("server_side_encryption", None)
    assert ("TFP-5", "users") in judged(plan).open


@pytest.mark.parametrize("units", [-1, 0, None])
def test_no_maximum_is_none(judged, plan, units):
    """-1 takes a maximum away, and the provider sends nothing for zero."""
    block = {"max_write_request_units": units, "max_read_request_units": units}
    users(plan)["on_demand_throughput"] = [block]
    users(plan)["global_secondary_index"][0]["on_demand_throughput"] = [block]
    said = judged(plan)
    assert (said.fail, said.open) == (set(), set())


def with_maxima(**maximum):
    """The contract with a maximum of the table users."""
    declared = declared_tables()
    table = dataclasses.replace(declared.tables["users"], maximum=maximum)
    tables = {**declared.tables, "users": table}
    return dataclasses.replace(declared, tables=tables)


@pytest.mark.parametrize(("units", "fails"), [(40000, False), (50, True)])
def test_a_declared_maximum_must_carry_the_load(judged, plan, units, fails):
    """What is planned as declared fails if the load needs more."""
    users(plan)["on_demand_throughput"] = [{"max_write_request_units": units}]
    said = judged(plan, with_maxima(writes=units))
    assert said.fail == ({("TFP-4", "users")} if fails else set())


@pytest.mark.parametrize("configured", [True, False])
def test_a_maximum_that_is_unknown_counts_where_it_is_set(judged, plan, configured):
    """Terraform calls the other maximum of a block known only after apply as well."""
    users(plan)["on_demand_throughput"] = [{"max_write_request_units": 40000}]
    unknown = change(plan, TABLE, "users")["after_unknown"]
    unknown["on_demand_throughput"] = [{"max_read_request_units": True}]
    block = {"max_write_request_units": {"constant_value": 40000}}
    if configured:
        block["max_read_request_units"] = {"references": ["local.reads"]}
    for resource in plan["configuration"]["root_module"]["resources"]:
        if resource["type"] == TABLE:
            resource["expressions"]["on_demand_throughput"] = [block]
    said = judged(plan, with_maxima(writes=40000))
    assert said.fail == set()
    assert said.open == ({("TFP-4", "users")} if configured else set())


def beside(**values):
    """A replica of the table users as a resource of its own."""
    arn = "arn:aws:dynamodb:eu-west-1:815856636111:table/users-sit"
    return {
        "address": "aws_dynamodb_table_replica.users",
        "mode": "managed",
        "type": "aws_dynamodb_table_replica",
        "name": "users",
        "change": {
            "actions": ["create"],
            "before": None,
            "after": REPLICA
            | {"global_table_arn": arn, "region": "eu-west-1"}
            | values,
            "after_unknown": {},
        },
    }


@pytest.mark.parametrize(
    ("values", "fails"),
    [
        ({"kms_key_arn": "arn:aws:kms:eu-west-1:815856636111:alias/x"}, False),
        ({"kms_key_arn": None}, True),
        ({"point_in_time_recovery": False}, True),
        ({"point_in_time_recovery": None}, True),
    ],
)
def test_a_replica_of_its_own_is_judged_like_a_block(judged, plan, values, fails):
    """It has recovery and a key of its own, too."""
    good = {"kms_key_arn": "arn:aws:kms:eu-west-1:815856636111:alias/x"}
    plan["resource_changes"].append(beside(**good | values))
    said = judged(plan)
    assert said.fail == ({("TFP-5", "users")} if fails else set())


def in_module(plan, entry, module, reference):
    """Put a replica that refers to its table into an instance of a module."""
    del entry["change"]["after"]["global_table_arn"]
    entry["change"]["after_unknown"]["global_table_arn"] = True
    entry["module_address"] = module
    plan["resource_changes"].append(entry)
    configured = {
        "address": entry["address"],
        "type": entry["type"],
        "provider_config_key": "aws",
        "expressions": {
            "global_table_arn": {"references": [f"{reference}.arn", reference]}
        },
    }
    root = plan["configuration"]["root_module"]
    root["resources"].append(configured)


@pytest.mark.parametrize(("key", "fails"), [("users", True), ("orders", False)])
def test_a_replica_of_its_own_belongs_to_the_instance_of_its_key(
    judged, plan, key, fails
):
    """The configuration alone does not tell the instances of for_each apart."""
    entry = beside(point_in_time_recovery=False)
    entry |= {"address": f'aws_dynamodb_table_replica.users["{key}"]', "index": key}
    in_module(plan, entry, "", "aws_dynamodb_table.table")
    plan["configuration"]["root_module"]["resources"][-1]["address"] = (
        "aws_dynamodb_table_replica.users"
    )
    assert (("TFP-5", "users") in judged(plan).fail) is fails


def test_a_replica_of_another_instance_of_a_module_is_another_tables(judged, plan):
    """Each instance of a module has its own table and its own replica."""
    for entry in plan["resource_changes"]:
        if entry["type"] == TABLE:
            entry["module_address"] = f'module.one["{entry["index"]}"]'
    entry = beside(point_in_time_recovery=False)
    in_module(plan, entry, 'module.one["orders"]', "aws_dynamodb_table.table")
    root = plan["configuration"]["root_module"]
    root["module_calls"] = {"one": {"module": {"resources": root["resources"]}}}
    plan["planned_values"] = {}
    said = judged(plan)
    assert ("TFP-5", "orders") in said.fail
    assert ("TFP-5", "users") not in said.fail


def test_remarks_name_what_is_judged_when_it_is_deployed(judged, plan):
    """A plan may differ from the contract where no criterion of a plan looks."""
    users(plan)["deletion_protection_enabled"] = None
    users(plan)["stream_enabled"] = None
    del change(plan, TABLE, "users")["after_unknown"]["ttl"]
    users(plan)["ttl"] = [{"enabled": True, "attribute_name": "expires"}]
    users(plan)["replica"] = [REPLICA | {"deletion_protection_enabled": False}]
    limits = "\n".join(judged(plan).limits)
    assert "users: deletion protection is planned off and declared on" in limits
    assert "users: the stream is planned otherwise than declared" in limits
    assert "users: the TTL is planned otherwise than declared" in limits
    assert "users: the deletion protection of a replica is planned off" in limits
    assert "users: a replica is planned without the tags of its table" in limits


@pytest.mark.parametrize("block", ["server_side_encryption", "point_in_time_recovery"])
def test_a_block_that_nothing_sets_is_named(judged, plan, block):
    """A dynamic block would look the same: the run says what it takes for granted."""
    for entry in plan["resource_changes"]:
        if entry["type"] == TABLE:
            entry["change"]["after"].pop(block)
            entry["change"]["after_unknown"][block] = True
    for resource in plan["configuration"]["root_module"]["resources"]:
        resource["expressions"].pop(block, None)
    limits = "\n".join(judged(plan).limits)
    assert f"orders, users: nothing in the configuration sets {block}" in limits


def test_a_configuration_that_does_not_show_the_table_leaves_nothing_out(judged, plan):
    """Then nobody knows whether the default holds."""
    for entry in plan["resource_changes"]:
        if entry["type"] == TABLE:
            entry["change"]["after"].pop("point_in_time_recovery")
            entry["change"]["after_unknown"]["point_in_time_recovery"] = True
    plan["configuration"]["root_module"]["resources"] = []
    said = judged(plan)
    assert said.fail == set()
    assert {("TFP-5", "users"), ("TFP-6", "users")} <= said.open


def test_tags_that_are_unknown_are_no_weakening(judged, plan):
    """They are judged where something rests on them."""
    plan = updated(plan, {}, {})
    found = change(plan, TABLE, "users")
    del found["after"]["tags_all"]
    found["after_unknown"]["tags_all"] = True
    said = judged(plan)
    assert said.fail == set()
    assert said.open == {("TFP-6", "users")}


def test_a_stream_with_another_view_is_another_stream(judged, plan):
    """As declared it passes, and the run says that its readers lose it."""
    before = {"stream_view_type": "KEYS_ONLY"}
    said = judged(updated(plan, before, {}))
    assert (said.fail, said.open) == (set(), set())
    assert "users: the provider ends the stream" in said.limits[-1]
