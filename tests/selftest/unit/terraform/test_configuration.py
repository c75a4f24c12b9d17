"""What a plan and its configuration do not show is open, and never passed."""

import copy

import pytest

from tests.selftest.terraform_plans import applied, change
from tests.selftest.terraform_review import (
    SELECTION,
    TABLE,
    TABLES,
    in_module,
    judged,
    plan,
)

__all__ = ["judged", "plan"]

UNKNOWN = {
    "name": {("TFP-1", "users"), ("TFP-1", "")},
    "hash_key": {("TFP-1", "users")},
    "attribute": {("TFP-1", "users"), ("TFP-2", "users/UsersByEmail")},
    "global_secondary_index": {("TFP-2", "users"), ("TFP-2", "users/UsersByEmail")},
    "billing_mode": {("TFP-4", "users")},
    "point_in_time_recovery": {("TFP-5", "users")},
    "server_side_encryption": {("TFP-5", "users")},
    "tags_all": {("TFP-6", "users")},
    "replica": {("TFP-1", ""), ("TFP-5", "users")},
    "on_demand_throughput": {("TFP-4", "users")},
}


@pytest.mark.parametrize("attribute", UNKNOWN)
def test_what_is_known_only_after_apply_is_not_assessed(judged, plan, attribute):
    """A value that nobody knows yet neither holds nor fails."""
    table = change(plan, TABLE, "users")
    table["after"].pop(attribute, None)
    table["after_unknown"][attribute] = True
    said = judged(plan)
    assert said.fail == set()
    assert said.open >= UNKNOWN[attribute]


@pytest.mark.parametrize("attribute", ["resources", "selection_tag", "name"])
def test_a_selection_known_only_after_apply_is_not_assessed(judged, plan, attribute):
    """What a configuration sets and nobody knows yet may be anything."""
    selection = change(plan, SELECTION)
    selection["after"].pop(attribute)
    selection["after_unknown"][attribute] = True
    for resource in plan["configuration"]["root_module"]["resources"]:
        resource["expressions"] = resource["expressions"] | {
            attribute: {"references": ["x"]}
        }
    said = judged(plan)
    assert said.fail == set()
    assert said.open == {("TFP-6", name) for name in TABLES}


@pytest.mark.parametrize(
    ("references", "fails"),
    [
        (["local.plan_id"], False),
        (["aws_backup_plan.hourly.arn", "aws_backup_plan.hourly"], False),
        (["aws_backup_plan.weekly.id", "aws_backup_plan.weekly"], True),
    ],
)
def test_a_selection_belongs_to_what_it_refers_to(judged, plan, references, fails):
    """Another plan's selection covers nothing; one of nobody knows what is open."""
    for resource in plan["configuration"]["root_module"]["resources"]:
        if resource["type"] == SELECTION:
            resource["expressions"]["plan_id"] = {"references": references}
    said = judged(plan)
    uncovered = {("TFP-6", name) for name in TABLES}
    assert said.fail == (uncovered if fails else set())
    assert said.open == uncovered  # nobody knows the role of the covering selection


def test_a_selection_of_one_of_several_instances_is_open(judged, plan):
    """The configuration does not say which instance of a module it refers to."""
    root = plan["configuration"]["root_module"]
    backups = [
        resource for resource in root["resources"] if "backup" in resource["type"]
    ]
    root["resources"] = [
        resource for resource in root["resources"] if resource not in backups
    ]
    root["module_calls"] = {"backup": {"module": {"resources": backups}}}
    for planned in [
        entry for entry in plan["resource_changes"] if "backup" in entry["type"]
    ]:
        own = planned["address"]
        is_selection = planned["type"] == SELECTION
        module = f'module.backup["{"daily" if is_selection else "hourly"}"]'
        planned |= {"module_address": module, "address": f"{module}.{own}"}
        if planned["type"] == "aws_backup_plan":
            more = copy.deepcopy(planned)
            more["change"]["after"]["name"] = "daily"
            module = 'module.backup["daily"]'
            more |= {"module_address": module, "address": f"{module}.{own}"}
            plan["resource_changes"].append(more)
    plan["planned_values"] = {}
    said = judged(plan)
    assert (said.fail, said.open) == (set(), {("TFP-6", name) for name in TABLES})


def test_conditions_that_a_plan_cannot_show_are_a_limit(judged, plan):
    """The run says what it takes for granted; the next plan shows it."""
    assert "is taken to have no conditions" in judged(plan).limits[-1]
    assert judged(applied(plan)).limits == ()


@pytest.mark.parametrize(
    ("references", "known"),
    [
        (["aws_kms_key.tables.arn", "aws_kms_key.tables"], True),
        (["aws_kms_key.tables[0].arn", "aws_kms_key.tables[0]"], True),
        (["aws_kms_alias.tables.target_key_arn", "aws_kms_alias.tables"], True),
        (["aws_kms_alias.tables.name", "aws_kms_alias.tables"], False),
        (["data.aws_kms_alias.any.target_key_arn", "data.aws_kms_alias.any"], False),
        (["var.own", "aws_kms_key.tables.arn", "aws_kms_key.tables"], False),
        (["data.aws_kms_key.any.arn", "data.aws_kms_key.any"], False),
        (["aws_kms_key.tables.key_id", "aws_kms_key.tables"], False),
        ([], False),
    ],
)
def test_an_unknown_key_is_ours_only_where_the_configuration_says_so(
    judged, plan, references, known
):
    """One reference to the ARN of a key that is a customer's; nothing else will do."""
    for resource in plan["configuration"]["root_module"]["resources"]:
        if resource["type"] == TABLE:
            block = resource["expressions"]["server_side_encryption"][0]
            block["kms_key_arn"] = {"references": references}
    said = judged(plan)
    assert said.fail == set()
    assert said.open == (set() if known else {("TFP-5", name) for name in TABLES})


def test_an_encryption_that_the_configuration_does_not_show_is_open(judged, plan):
    """Terraform tells nothing of what a dynamic block says."""
    for resource in plan["configuration"]["root_module"]["resources"]:
        resource["expressions"].pop("server_side_encryption", None)
    said = judged(plan)
    assert (said.fail, said.open) == (set(), {("TFP-5", name) for name in TABLES})


def test_a_key_is_followed_through_modules(judged, plan):
    """A variable leads up, an output down, to the key that another module makes."""
    said = judged(in_module(plan))
    assert (said.fail, said.open) == (set(), set())


def stack(plan):
    plan["resource_changes"].append(
        {
            "address": "aws_cloudformation_stack.more",
            "mode": "managed",
            "type": "aws_cloudformation_stack",
            "name": "more",
            "change": {
                "actions": ["create"],
                "before": None,
                "after": {"name": "more"},
                "after_unknown": {},
            },
        }
    )


def test_what_a_plan_cannot_show_is_not_passed(judged, plan):
    """A stack may hold tables: then nobody can say that there is no further one."""
    stack(plan)
    said = judged(plan)
    assert (said.fail, said.open) == (set(), {("TFP-1", "")})
