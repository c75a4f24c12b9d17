"""In which region and account a plan makes its tables."""

import pytest

from conformance.model.errors import BadInputError
from tests.selftest.terraform_plans import applied, change
from tests.selftest.terraform_review import (
    TABLE,
    in_module,
    judged,
    other_caller,
    plan,
    users,
)

__all__ = ["judged", "plan"]


def test_a_region_that_one_provider_does_not_say_is_a_limit(judged, plan):
    """With one provider it is told; with several nobody knows which table is where."""
    expressions = plan["configuration"]["provider_config"]["aws"]["expressions"]
    expressions["region"] = {"references": ["local.region"]}
    said = judged(plan)
    assert (said.fail, said.open) == (set(), set())
    assert "does not say which account" in said.limits[0]
    assert "does not say which region" in said.limits[1]
    for resource in plan["configuration"]["root_module"]["resources"]:
        if resource["type"] == "aws_backup_vault":
            resource["provider_config_key"] = "aws.dr"
    said = judged(plan)
    assert said.fail == set()
    assert {("TFP-1", "users"), ("TFP-6", "")} <= said.open


def test_a_table_of_another_region_is_not_the_declared_one(judged, plan):
    """What a second provider makes elsewhere is undeclared there, and missing here."""
    providers = plan["configuration"]["provider_config"]
    elsewhere = {"region": {"constant_value": "af-south-1"}}
    providers["aws.dr"] = {"name": "aws", "alias": "dr", "expressions": elsewhere}
    (own,) = [
        change for change in plan["resource_changes"] if change.get("index") == "users"
    ]
    own |= {"name": "other", "address": f"{TABLE}.other"}
    plan["planned_values"] = {}
    configured = plan["configuration"]["root_module"]["resources"]
    (table,) = [resource for resource in configured if resource["type"] == TABLE]
    of_other = {"name": "other", "address": f"{TABLE}.other"}
    configured.append(table | of_other | {"provider_config_key": "aws.dr"})
    assert judged(plan).fail == {("TFP-1", "users"), ("TFP-1", "")}


def test_a_replacement_is_where_it_is_planned(judged, plan):
    """A table that is made anew in another region is missing here."""
    plan = applied(plan)
    moved = change(plan, TABLE, "users")
    moved["actions"] = ["delete", "create"]
    moved["after"].pop("arn")
    moved["after"]["region"] = "af-south-1"
    moved["after_unknown"]["arn"] = True
    fails = {("TFP-1", "users"), ("TFP-1", ""), ("TFP-3", "users")}
    assert judged(plan).fail == fails


def test_a_variable_of_a_module_is_the_modules(judged, plan):
    """A provider in a module may have another region than the root's variable says."""
    plan = in_module(plan)
    given = {"region": {"constant_value": "af-south-1"}}
    call = plan["configuration"]["root_module"]["module_calls"]["data"]
    call["expressions"] |= given
    (table,) = call["module"]["resources"]
    table["provider_config_key"] = "module.data:aws"
    of_root = plan["configuration"]["provider_config"]["aws"]
    inner = of_root | {"module_address": "module.data"}
    plan["configuration"]["provider_config"]["module.data:aws"] = inner
    with pytest.raises(BadInputError, match="is a plan for region af-south-1"):
        judged(plan)
    call["expressions"]["region"] = {"references": ["var.region"]}
    said = judged(plan)
    assert (said.fail, said.open) == (set(), set())


def test_among_several_accounts_an_unknown_one_is_open(judged, plan):
    """A table that does not say its account may be in either."""
    plan = applied(plan)
    other_caller(plan)
    for values in (users(plan), change(plan, TABLE, "users")["before"]):
        values.pop("arn", None)
    said = judged(plan)
    assert said.fail == set()
    assert ("TFP-1", "users") in said.open
