"""A contract that is weaker than the promotion plan fails, whatever is deployed."""

from dataclasses import replace

import pytest

from conformance.model.backup.values import Minutes, Retention
from conformance.model.demands import Demand

OFF = {"PointInTimeRecoveryStatus": "DISABLED"}


def recovery_off(answers):
    """Switch point-in-time recovery of users off."""
    answers["DescribeContinuousBackups", "users-"]["ContinuousBackupsDescription"][
        "PointInTimeRecoveryDescription"
    ] = OFF


def provisioned(answers):
    """Let users have provisioned capacity."""
    del answers["DescribeTable", '"users-']["Table"]["BillingModeSummary"]


def key_of_aws(answers):
    """Let users be encrypted by the key that AWS owns."""
    del answers["DescribeTable", '"users-']["Table"]["SSEDescription"]


def unprotected(answers):
    """Switch deletion protection of users off."""
    answers["DescribeTable", '"users-']["Table"]["DeletionProtectionEnabled"] = False


# The setting: its weak value, how it is deployed as weak, the criterion.
WEAK = {
    "recovery_status": ("DISABLED", recovery_off, "PIT-1"),
    "capacity_mode": ("PROVISIONED", provisioned, "TBL-3"),
    "key_class": ("AWS_OWNED", key_of_aws, "ENC-1"),
    "deletion_protection": (False, unprotected, "TBL-8"),
}


def declaring(env, **settings):
    """The contract of the environment, with other settings of users."""
    tables = env.declared.tables
    users = replace(tables["users"], **settings)
    return replace(env.declared, tables=tables | {"users": users})


@pytest.mark.parametrize("setting", WEAK)
def test_a_weak_contract_fails_although_it_is_deployed_as_declared(sit, setting):
    """What the plan demands of every table is no choice of a contract."""
    value, weaken, criterion = WEAK[setting]
    answers = sit.answers()
    weaken(answers)
    declared = declaring(sit, **{setting: value})
    judged = sit.judge(answers, criterion, declared=declared)
    assert judged == {f"{criterion} users": "FAIL"}
    (reason,) = judged.reasons(f"{criterion} users")
    assert f"observed: {value}" in reason
    assert "as the promotion plan demands" in reason


@pytest.mark.parametrize("setting", WEAK)
def test_both_sides_fail_by_themselves(sit, setting):
    """Where the deployed table is stronger than its contract, both sides say so."""
    value, _, criterion = WEAK[setting]
    declared = declaring(sit, **{setting: value})
    judged = sit.judge(sit.answers(), criterion, declared=declared)
    assert judged == {f"{criterion} users": "FAIL"}
    assert len(judged.reasons(f"{criterion} users")) == 2


def test_a_plan_that_demands_less_lets_the_contract_choose(sit):
    """The demand is data: a plan that accepts provisioned capacity passes it."""
    answers = sit.answers()
    provisioned(answers)
    units = {"ReadCapacityUnits": 9000, "WriteCapacityUnits": 8000}
    answers["DescribeTable", '"users-']["Table"]["ProvisionedThroughput"] = units
    maximum = {"reads": 9000, "writes": 8000}
    declared = declaring(sit, capacity_mode="PROVISIONED", maximum=maximum)
    either = Demand(("PAY_PER_REQUEST", "PROVISIONED"))
    demands = replace(declared.demands, capacity_mode=either)
    declared = replace(declared, demands=demands)
    assert sit.judge(answers, "TBL-3", declared=declared) == {}


@pytest.mark.parametrize(
    ("setting", "criteria"),
    [("key_class", ("ENC-2", "ENC-3")), ("recovery_status", ("PIT-2",))],
)
def test_what_a_contract_does_not_want_is_not_applicable(sit, setting, criteria):
    """Where neither contract nor deployed table has it, one criterion says so."""
    value, weaken, _ = WEAK[setting]
    answers = sit.answers()
    weaken(answers)
    judged = sit.judge(answers, *criteria, declared=declaring(sit, **{setting: value}))
    assert judged == {f"{one} users": "NOT_APPLICABLE" for one in criteria}


def of_backups(env, **settings):
    """The contract of the environment, with other settings of its backups."""
    return replace(env.declared, backups=replace(env.declared.backups, **settings))


def test_surroundings_that_keep_backups_too_short_fail(sit):
    """The deployed rule keeps them as the plan demands, and the surroundings do not."""
    declared = of_backups(sit, retention=Retention(3))
    judged = sit.judge(sit.answers(), "BKP-4", declared=declared)
    assert judged["BKP-4"] == "FAIL"
    assert "observed: 3" in str(judged.reasons("BKP-4"))


def test_surroundings_that_back_up_too_seldom_fail(sit):
    """A rule that runs daily would be as declared."""
    declared = of_backups(sit, interval=Minutes(1440))
    assert sit.judge(sit.answers(), "BKP-3", declared=declared) == {"BKP-3": "FAIL"}


def test_surroundings_that_are_stronger_than_the_plan_pass(sit):
    """The plan says how long at least, and how often at least."""
    less = {"backup_interval": Minutes(1440), "retention_days": 3}
    declared = replace(sit.declared, demands=replace(sit.declared.demands, **less))
    assert sit.judge(sit.answers(), "BKP-3", "BKP-4", declared=declared) == {}
