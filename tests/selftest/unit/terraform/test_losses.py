"""What holds data must stay: each way in which a plan loses it fails TFP-3."""

import copy

import pytest

from tests.selftest.terraform_plans import ACCOUNT, REGION, applied, change
from tests.selftest.terraform_review import TABLE, judged, plan

__all__ = ["judged", "plan"]

ACTIONS = [
    ["delete"],
    ["delete", "create"],
    ["create", "delete"],
    ["forget"],
    ["create", "forget"],
]
HOLDERS = {TABLE: "users", "aws_backup_vault": "", "aws_kms_key": ""}


@pytest.mark.parametrize("kind", HOLDERS)
@pytest.mark.parametrize("actions", ACTIONS, ids="/".join)
def test_what_holds_data_must_stay(judged, plan, kind, actions):
    """Every spelling of a loss fails TFP-3, where it is lost."""
    plan = applied(plan)
    lost = change(plan, kind, "users" if kind == TABLE else None)
    lost["actions"] = actions
    if "create" not in actions:
        lost["after"] = None
        plan["planned_values"] = {}
    said = {failed for failed in judged(plan).fail if failed[0] == "TFP-3"}
    assert said == {("TFP-3", HOLDERS[kind])}


def test_a_renamed_table_is_a_lost_one(judged, plan):
    """The old name is lost, and the new one is nobody's."""
    plan = applied(plan)
    renamed = change(plan, TABLE, "users")
    renamed["actions"] = ["delete", "create"]
    renamed["after"]["name"] = "users-sit-2"
    assert judged(plan).fail == {("TFP-1", "users"), ("TFP-1", ""), ("TFP-3", "users")}


def test_a_table_that_gets_its_declared_name_is_lost_too(judged, plan):
    """A rename to what is declared destroys what there was."""
    plan = applied(plan)
    renamed = change(plan, TABLE, "users")
    renamed["actions"] = ["delete", "create"]
    renamed["before"]["name"] = "users"
    assert judged(plan).fail == {("TFP-3", "users")}


def test_a_replica_of_its_own_must_stay(judged, plan):
    """The resource of a replica counts for its table."""
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/users-sit"
    plan["resource_changes"].append(
        {
            "address": "aws_dynamodb_table_replica.users",
            "mode": "managed",
            "type": "aws_dynamodb_table_replica",
            "name": "users",
            "change": {
                "actions": ["delete"],
                "before": {"global_table_arn": arn},
                "after": None,
                "after_unknown": False,
            },
        }
    )
    assert judged(plan).fail == {("TFP-3", "users")}


def other(kind, actions, before, after):
    """A change of a further resource."""
    return {
        "address": f"{kind}.other",
        "mode": "managed",
        "type": kind,
        "name": "other",
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": {},
        },
    }


OPAQUE = [
    "aws_cloudformation_stack",
    "aws_cloudformation_stack_set",
    "awscc_dynamodb_table",
    "awscc_dynamodb_global_table",
]


@pytest.mark.parametrize("kind", OPAQUE)
def test_what_an_update_may_take_away_unseen_is_open(judged, plan, kind):
    """A stack or a table of Cloud Control may lose data by an update in place."""
    plan["resource_changes"].append(other(kind, ["update"], {}, {}))
    assert ("TFP-3", "") in judged(plan).open


def test_a_replica_of_a_global_table_must_stay(judged, plan):
    """Also the older resource of a global table loses a replica in place."""
    here, away = {"region_name": REGION}, {"region_name": "af-south-1"}
    before = {"name": "users-sit", "replica": [here, away]}
    after = {"name": "users-sit", "replica": [here]}
    change_ = other("aws_dynamodb_global_table", ["update"], before, after)
    plan["resource_changes"].append(change_)
    assert judged(plan).fail == {("TFP-3", "users")}


def test_a_deposed_table_must_stay(judged, plan):
    """What an earlier apply left behind still holds its data."""
    plan = applied(plan)
    entry = copy.deepcopy(plan["resource_changes"][1])
    entry["deposed"] = "0a1b2c3d"
    entry["change"] |= {"actions": ["delete"], "after": None}
    plan["resource_changes"].append(entry)
    assert judged(plan).fail == {("TFP-3", "users")}
