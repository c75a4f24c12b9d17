"""What a planned vault refuses: its lock, its policy, and the lock where copies go."""

import json

import pytest

from conformance.config.declared import load_declared
from conformance.terraform.terraform_plan import review
from tests.selftest.own_contract import own_environment
from tests.selftest.terraform_plans import change, created, write
from tests.selftest.terraform_review import judged, plan

__all__ = ["judged", "plan"]

LOCK, POLICY = "aws_backup_vault_lock_configuration", "aws_backup_vault_policy"


def add(plan, kind, before, after):
    """Let the plan change something of the vault."""
    vault = {"backup_vault_name": change(plan, "aws_backup_vault")["after"]["name"]}
    action = "create" if before is None else "update" if after else "delete"
    plan["resource_changes"].append(
        {
            "address": f"{kind}.other",
            "mode": "managed",
            "type": kind,
            "name": "other",
            "change": {
                "actions": [action],
                "before": None if before is None else vault | before,
                "after": None if after is None else vault | after,
                "after_unknown": {},
            },
        }
    )


def policy(effect="Deny", action="backup:DeleteRecoveryPoint", **more):
    """A policy of a vault."""
    statement = {"Effect": effect, "Principal": "*", "Action": action, "Resource": "*"}
    return {"policy": json.dumps({"Statement": statement | more})}


FINE = {
    "no bound": (LOCK, None, {"min_retention_days": None, "max_retention_days": 0}),
    "bounds around": (LOCK, None, {"min_retention_days": 7, "max_retention_days": 7}),
    "tighter": (LOCK, {"min_retention_days": 1}, {"min_retention_days": 7}),
    "first ceiling": (LOCK, {}, {"max_retention_days": 7}),
    "denial of deletion": (POLICY, None, policy()),
    "denial stays": (POLICY, policy(), policy()),
    "permission goes": (POLICY, policy("Allow"), None),
}


@pytest.mark.parametrize(("kind", "before", "after"), FINE.values(), ids=FINE)
def test_a_vault_that_takes_the_rules_points_passes(judged, plan, kind, before, after):
    """A lock that admits seven days, and a policy that denies no start."""
    add(plan, kind, before, after)
    said = judged(plan)
    assert (said.fail, said.open) == (set(), set())


WEAKER = {
    "lock gone": (LOCK, {"min_retention_days": 1}, None),
    "lower floor": (LOCK, {"min_retention_days": 7}, {"min_retention_days": 1}),
    "higher ceiling": (LOCK, {"max_retention_days": 7}, {"max_retention_days": 99}),
    "no ceiling": (LOCK, {"max_retention_days": 7}, {"max_retention_days": None}),
    "changeable for longer": (LOCK, {"changeable_for_days": 3}, {}),
    "policy gone": (POLICY, policy(), None),
    "other denial": (POLICY, policy(), policy(action="backup:UpdateBackupPlan")),
}


@pytest.mark.parametrize(("kind", "before", "after"), WEAKER.values(), ids=WEAKER)
def test_a_vault_that_is_less_protected_fails(judged, plan, kind, before, after):
    """Recovery points could be deleted before their time."""
    add(plan, kind, before, after)
    assert judged(plan).fail == {("TFP-6", "")}


PREFERENCES = ("resource_type_management_preference", "resource_type_opt_in_preference")


@pytest.mark.parametrize("name", PREFERENCES)
def test_settings_of_the_region_that_go_off_fail(judged, plan, name):
    """Advanced backup and the opt-in are the region's, and no vault's."""
    on, off = ({name: {"DynamoDB": value}} for value in (True, False))
    add(plan, "aws_backup_region_settings", on, off)
    assert ("TFP-6", "") in judged(plan).fail
    plan["resource_changes"].pop()
    add(plan, "aws_backup_region_settings", off, on)
    said = judged(plan)
    assert (said.fail, said.open) == (set(), set())


OPEN = {
    "denial of every action": policy(action="*"),
    "denial of starts": policy(action="backup:Start*"),
    "denial of everything else": policy(action=None, NotAction="backup:Describe*"),
    "no policy document": {"policy": "x"},
}


@pytest.mark.parametrize("after", OPEN.values(), ids=OPEN)
def test_a_policy_that_may_refuse_jobs_is_open(judged, plan, after):
    """Whether it reaches the jobs of AWS Backup is not documented."""
    values = json.loads(after["policy"]) if after["policy"] != "x" else None
    if values and values["Statement"]["Action"] is None:
        del values["Statement"]["Action"]
        after = {"policy": json.dumps(values)}
    add(plan, POLICY, None, after)
    said = judged(plan)
    assert (said.fail, said.open) == (set(), {("TFP-6", "")})


def test_a_lock_of_an_unknown_vault_is_open(judged, plan):
    """It may be the declared one."""
    add(plan, LOCK, None, {"min_retention_days": 30, "backup_vault_name": None})
    assert ("TFP-6", "") in judged(plan).open


def test_declared_copies_that_no_rule_makes_are_named(tmp_path):
    """BKP-8 judges them when they are due; the review says so before."""
    environment = own_environment("prod")
    limits = review(
        write(created(env="prod"), tmp_path), environment, load_declared(environment)
    ).limits
    assert any("copies, and some are declared into eu-west-1" in one for one in limits)


@pytest.mark.parametrize(("least", "refused"), [(30, False), (90, True)])
def test_the_lock_where_copies_go_counts(tmp_path, least, refused):
    """A copy that the other region's vault refuses is none."""
    environment = own_environment("prod")
    plan = created(env="prod")
    rule = change(plan, "aws_backup_plan")["after"]["rule"][0]
    rule["copy_action"] = [{"lifecycle": [{"delete_after": 30}]}]
    add(plan, LOCK, None, {"min_retention_days": least, "region": "eu-west-1"})
    file = write(plan, tmp_path)
    backups = review(file, environment, load_declared(environment)).backups
    assert bool(backups.vault_refusal) is refused
