"""What the provider does under the word "update": loss, doubt, and what is harmless."""

import json

import pytest

from tests.selftest.terraform_plans import KEY_ARN, applied, change
from tests.selftest.terraform_review import TABLE, judged, plan

__all__ = ["judged", "plan"]

OTHER_KEY = "arn:aws:kms:af-south-1:815856636111:alias/tables"
REPLICA = {
    "region_name": "af-south-1",
    "kms_key_arn": OTHER_KEY,
    "point_in_time_recovery": True,
    "deletion_protection_enabled": True,
    "consistency_mode": "EVENTUAL",
    "propagate_tags": True,
    "arn": "arn:aws:dynamodb:af-south-1:815856636111:table/users-sit",
}


def updated(plan, before=None, after=None, unknown=None, kind=TABLE):
    """The plan that changes one resource in place."""
    plan = applied(plan)
    found = change(plan, kind, "users" if kind == TABLE else None)
    found["actions"] = ["update"]
    found["before"] |= before or {}
    found["after"] |= after or {}
    found["after_unknown"] |= unknown or {}
    return plan


def replicated(plan, before=None, after=None, unknown=None):
    """The plan that changes a replica of the table in place."""
    old, new = REPLICA | (before or {}), REPLICA | (after or {})
    new = {name: value for name, value in new.items() if name not in (unknown or ())}
    marks = {"replica": [dict.fromkeys(unknown, True)]} if unknown else None
    return updated(plan, {"replica": [old]}, {"replica": [new]}, marks)


def index(plan, **altered):
    """The first index of the table, altered, and all others."""
    first, *others = change(plan, TABLE, "users")["after"]["global_secondary_index"]
    return {"global_secondary_index": [first | altered, *others]}


def respelled(plan):
    """All indexes of the table with key_schema instead of hash_key and range_key."""
    found = change(plan, TABLE, "users")["after"]["global_secondary_index"]
    return {"global_secondary_index": [_respelled(block) for block in found]}


def _respelled(block):
    names = (("hash_key", "HASH"), ("range_key", "RANGE"))
    schema = [
        {"attribute_name": block[name], "key_type": kind}
        for name, kind in names
        if block[name]
    ]
    return block | {"hash_key": "", "range_key": "", "key_schema": schema}


def both_spellings(plan):
    """All indexes as newer versions of the provider read them."""
    found = change(plan, TABLE, "users")["after"]["global_secondary_index"]
    return {
        "global_secondary_index": [
            block | {"key_schema": _respelled(block)["key_schema"]} for block in found
        ]
    }


def computed(plan):
    """All indexes by key_schema alone: hash_key is known only after apply."""
    found = respelled(plan)["global_secondary_index"]
    known = [
        {name: value for name, value in block.items() if name != "hash_key"}
        for block in found
    ]
    unknown = [{"hash_key": True} for _ in found]
    block = "global_secondary_index"
    return {block: known}, {block: unknown}


def warm(reads, writes):
    """A block of warm throughput."""
    units = {"read_units_per_second": reads, "write_units_per_second": writes}
    return {"warm_throughput": [units]}


LOST = {
    "replica gone": lambda plan: updated(plan, {"replica": [REPLICA]}),
    "replica's key": lambda plan: replicated(plan, {"kms_key_arn": KEY_ARN}),
    "replica's first key": lambda plan: replicated(plan, {"kms_key_arn": ""}),
    "replica's consistency": lambda plan: replicated(
        plan, {"consistency_mode": "STRONG"}
    ),
    "index gone": lambda plan: updated(plan, index(plan, name="Gone")),
    "index key": lambda plan: updated(plan, index(plan, range_key="created_at")),
    "index projection": lambda plan: updated(
        plan, index(plan, projection_type="KEYS_ONLY")
    ),
    "index attributes": lambda plan: updated(
        plan, index(plan, non_key_attributes=["name"])
    ),
    "index cooled": lambda plan: updated(
        plan, index(plan, **warm(24000, 8000)), index(plan, **warm(24000, 4000))
    ),
}


@pytest.mark.parametrize("make", LOST.values(), ids=LOST)
def test_what_the_provider_deletes_and_creates_is_lost(judged, plan, make):
    """A part of a table that goes, or is made anew in the course of an update."""
    assert ("TFP-3", "users") in judged(make(plan)).fail


DOUBTED = {
    "unknown attribute": lambda plan: updated(plan, after={"sharding": "on"}),
    "unknown attribute of an index": lambda plan: updated(
        plan, after=index(plan, sharding="on")
    ),
    "unknown attribute of a replica": lambda plan: replicated(
        plan, after={"sharding": "on"}
    ),
    "witness": lambda plan: updated(
        plan, after={"global_table_witness": [{"region_name": "eu-west-2"}]}
    ),
    "type of an attribute": lambda plan: updated(
        plan, {"attribute": [{"name": "user_id", "type": "N"}]}
    ),
    "respelled": lambda plan: updated(plan, after=respelled(plan)),
    "respelled, and hash_key computed": lambda plan: updated(
        plan, both_spellings(plan), *computed(plan)
    ),
    "spelled back": lambda plan: updated(plan, respelled(plan)),
    "replica's key unknown": lambda plan: replicated(plan, unknown={"kms_key_arn"}),
    "replica's consistency not known before": lambda plan: replicated(
        plan, {"consistency_mode": None}
    ),
}


@pytest.mark.parametrize("make", DOUBTED.values(), ids=DOUBTED)
def test_a_change_that_is_not_known_to_be_harmless_is_open(judged, plan, make):
    """It is neither a loss nor none, and the reason names it."""
    said = judged(make(plan))
    assert ("TFP-3", "users") in said.open
    assert ("TFP-3", "users") not in said.fail


HARMLESS = {
    "nothing": updated,
    "tags": lambda plan: updated(plan, {"tags": {}}),
    "newer provider": lambda plan: updated(plan, after={"region": "eu-west-1"}),
    "timeouts": lambda plan: updated(plan, after={"timeouts": {"create": "1h"}}),
    "empty and absent": lambda plan: updated(
        plan, {"replica": None, "range_key": "user_id", "restore_source_name": ""}
    ),
    "table class": lambda plan: updated(
        plan, {"table_class": "STANDARD_INFREQUENT_ACCESS"}
    ),
    "recovery comes on": lambda plan: updated(
        plan, {"point_in_time_recovery": [{"enabled": False}]}
    ),
    "first replica": lambda plan: updated(plan, after={"replica": [REPLICA]}),
    "first index": lambda plan: updated(plan, {"global_secondary_index": []}),
    "index warmed": lambda plan: updated(plan, after=index(plan, **warm(24000, 8000))),
    "index capacity": lambda plan: updated(plan, index(plan, read_capacity=5)),
    "both spellings before and after": lambda plan: updated(
        plan,
        index(plan, key_schema=[{"attribute_name": "email", "key_type": "HASH"}]),
    ),
    "replica's recovery comes on": lambda plan: replicated(
        plan, {"point_in_time_recovery": False}
    ),
    "replica's stream": lambda plan: replicated(plan, unknown={"arn", "stream_arn"}),
    "stream ARN": lambda plan: updated(plan, unknown={"stream_arn": True}),
}


@pytest.mark.parametrize("make", HARMLESS.values(), ids=HARMLESS)
def test_a_change_that_is_known_to_be_harmless_passes(judged, plan, make):
    """The service changes it in place, and the data stay."""
    said = judged(make(plan))
    undeclared_region = {("TFP-1", "")}
    assert (said.fail - undeclared_region, said.open) == (set(), set())


def key_policy(*more):
    """A key policy that admits the account, and more."""
    root = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*"}
    return json_policy([root, *more])


def json_policy(statements):
    """A policy document as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


DENY = {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt"}
ALLOW = {"Effect": "Allow", "Principal": {"AWS": "1"}, "Action": "kms:Decrypt"}
KEYS = {
    "disabled": ({"is_enabled": True}, {"is_enabled": False}, "FAIL"),
    "enabled": ({"is_enabled": False}, {"is_enabled": True}, "PASS"),
    "rotation": ({"enable_key_rotation": False}, {}, "PASS"),
    "deletion window": ({}, {"deletion_window_in_days": 7}, "PASS"),
    "policy widened": (
        {"policy": key_policy()},
        {"policy": key_policy(ALLOW)},
        "PASS",
    ),
    "denial taken out": (
        {"policy": key_policy(DENY)},
        {"policy": key_policy()},
        "PASS",
    ),
    "policy narrowed": (
        {"policy": key_policy(ALLOW)},
        {"policy": key_policy()},
        "OPEN",
    ),
    "denial added": ({"policy": key_policy()}, {"policy": key_policy(DENY)}, "OPEN"),
    "policy of no form": ({"policy": "x"}, {"policy": "{}"}, "OPEN"),
    "kind of key": ({}, {"key_usage": "SIGN_VERIFY"}, "OPEN"),
}


@pytest.mark.parametrize(("before", "after", "outcome"), KEYS.values(), ids=KEYS)
def test_a_key_must_stay_usable(judged, plan, before, after, outcome):
    """A disabled key makes its tables inaccessible, and a policy may do the same."""
    said = judged(updated(plan, before, after, kind="aws_kms_key"))
    found = {
        "FAIL": ("TFP-3", "") in said.fail,
        "OPEN": ("TFP-3", "") in said.open,
    }
    assert [name for name, is_so in found.items() if is_so] == (
        [] if outcome == "PASS" else [outcome]
    )


def further(kind, actions, before, after, unknown=None):
    """A change of a further resource."""
    known = {"before": before, "after": after, "after_unknown": unknown or {}}
    return {
        "address": f"{kind}.other",
        "mode": "managed",
        "type": kind,
        "name": "other",
        "change": {"actions": actions, **known},
    }


NEAR_KEYS = {
    "alias moves": further(
        "aws_kms_alias", ["update"], {"target_key_id": "a"}, {"target_key_id": "b"}
    ),
    "alias goes": further("aws_kms_alias", ["delete"], {"target_key_id": "a"}, None),
    "grant goes": further("aws_kms_grant", ["delete", "create"], {}, {}),
    "policy of its own": further(
        "aws_kms_key_policy", ["update"], {"policy": "{}"}, {"policy": "x"}
    ),
    "new policy of an old key": further(
        "aws_kms_key_policy", ["create"], None, {"key_id": "a", "policy": "x"}
    ),
    "imported material expires": further(
        "aws_kms_external_key", ["update"], {}, {"valid_to": "2027-01-01T00:00:00Z"}
    ),
    "item": further(
        "aws_dynamodb_table_item", ["update"], {"item": "{}"}, {"item": "[]"}
    ),
    "key of Cloud Control": further(
        "awscc_kms_key", ["update"], {"enabled": True}, {"enabled": None}
    ),
}


@pytest.mark.parametrize("entry", NEAR_KEYS.values(), ids=NEAR_KEYS)
def test_what_may_take_access_away_is_open(judged, plan, entry):
    """An alias, a grant, a policy, imported material: nobody shows who relies on it."""
    plan = applied(plan)
    plan["resource_changes"].append(entry)
    said = judged(plan)
    assert ("TFP-3", "") in said.open | said.fail
    assert said.open | said.fail == {("TFP-3", "")}


def test_the_policy_of_a_new_key_takes_nothing_away(judged, plan):
    """A key that the same plan makes has no policy that could be replaced."""
    entry = further(
        "aws_kms_key_policy", ["create"], None, {"policy": "x"}, {"key_id": True}
    )
    plan["resource_changes"].append(entry)
    said = judged(plan)
    assert (said.fail, said.open) == (set(), set())


def test_an_index_that_goes_is_said_beside_one_that_is_unknown(judged, plan):
    """The key of the first index is known only after apply; the last one goes."""
    found = change(plan, TABLE, "users")["after"]["global_secondary_index"]
    first = {name: value for name, value in found[0].items() if name != "hash_key"}
    block = "global_secondary_index"
    plan = updated(plan, after={block: [first]}, unknown={block: [{"hash_key": True}]})
    gone = [found[0] | {"name": "Zone"}, *found]
    change(plan, TABLE, "users")["before"][block] = gone
    assert ("TFP-3", "users") in judged(plan).fail


def test_a_loss_is_said_beside_a_doubt(judged, plan):
    """A change that nobody understands does not hide a replica that goes."""
    plan = updated(plan, {"replica": [REPLICA]}, {"sharding": "on"})
    assert ("TFP-3", "users") in judged(plan).fail
