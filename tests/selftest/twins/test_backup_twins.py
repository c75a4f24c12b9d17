"""Backups that are wrong fail at their criterion, and where it follows.

Regions are judged each by itself: many twins are the regions of one environment, each
broken in its own way, and judged in one run.
"""

import pytest

from tests.selftest.twins.backup_env import (
    CRITERIA,
    REGIONS,
    TABLES,
    environment,
    findings,
    of,
)

__all__ = ["environment"]


def rule(**changes):
    """Change the rule."""
    return lambda twin, region: twin.rule(region, **changes)


def select(make):
    """Select otherwise."""
    return lambda twin, region: twin.select(region, **make(twin, region))


def tag(key, value):
    """One condition of ListOfTags."""
    return {
        "ConditionType": "STRINGEQUALS",
        "ConditionKey": key,
        "ConditionValue": value,
    }


def where(operator, key, value):
    """Conditions on one tag."""
    one = {"ConditionKey": f"aws:ResourceTag/{key}", "ConditionValue": value}
    return {"Conditions": {operator: [one]}}


def exclude_by_tag(twin, region):
    """Tag one table so that Conditions leave it out."""
    twin.client("dynamodb", region).tag_resource(
        ResourceArn=twin.arn("users", region), Tags=[{"Key": "Backup", "Value": "none"}]
    )
    twin.select(region, **ALL, **where("StringNotEquals", "Backup", "none"))


def no_selection(twin, region):
    """Delete the selection."""
    backup, plan = twin.backup(region), twin.plan(region)
    (one,) = backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
    backup.delete_backup_selection(BackupPlanId=plan, SelectionId=one["SelectionId"])


def shorter(twin, region):
    """Let one recovery point go a day too early."""
    twin.backup(region).update_recovery_point_lifecycle(
        BackupVaultName=twin.backups.vault,
        RecoveryPointArn=twin.points("users", region)[7]["RecoveryPointArn"],
        Lifecycle={"DeleteAfterDays": 6},
    )


def opt_out(twin, region):
    """Opt out of backing up tables."""
    twin.backup(region).update_region_settings(
        ResourceTypeOptInPreference={"DynamoDB": False}
    )


def forget(hours, **more):
    """Let scheduled runs never have been."""
    return lambda twin, region: twin.forget(hours, region, **more)


def stopped_but_updated(twin, region):
    """A plan that stopped, and was changed today."""
    twin.forget([0, 1, 2, 3], region)
    twin.rule(region, ScheduleExpression="cron(1 * ? * * *)")


def stopped_but_by_hand(twin, region):
    """A plan that stopped for a table that somebody backs up by hand."""
    twin.forget([0, 1, 2, 3], region, table="users-*")
    twin.ended(twin.job("users", region), region)


def job(**outcome):
    """Let one more job end like this."""

    def run(twin, region):
        ended = twin.ended(twin.job("users", region, **outcome), region)
        assert ended == outcome["state"]

    return run


def other_key(twin, region):
    """Let the declared alias lead to another key."""
    kms = twin.client("kms", region)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.update_alias(AliasName=twin.backups.key_alias, TargetKeyId=key)


def disabled_key(twin, region):
    """Disable the vault's key."""
    kms = twin.client("kms", region)
    key = kms.describe_key(KeyId=twin.backups.key_alias)["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=key)


def one_point_before_advanced(twin, region):
    """Make one recovery point while advanced backup is off."""
    twin.managed(False, region)
    twin.ended(twin.job("users", region), region)
    twin.managed(True, region)


def two_plans(twin, region):
    """Give a second plan the name of the first."""
    twin.another_plan(region, ScheduleExpression="cron(30 * ? * * *)")


def new_plan(twin, region):
    """Put a new plan in the place of the old one."""
    backup, plan = twin.backup(region), twin.plan(region)
    no_selection(twin, region)
    document = twin.without_ids(region)
    backup.delete_backup_plan(BackupPlanId=plan)
    backup.create_backup_plan(BackupPlan=document)
    twin.select(region, **ALL)


def no_table(twin, region):
    """Delete a table."""
    twin.client("dynamodb", region).delete_table(TableName=twin.table("users"))


ALL = {"Resources": ["arn:aws:dynamodb:*"]}
BOTH = of("BKP-5")
RESTS_ON_TABLE = {"BKP-4", "BKP-5", "BKP-6", "BKP-7", "ENC-5"}

# What is broken: how, what FAILs, what is NOT_ASSESSED.
BROKEN = {
    "daily": (rule(ScheduleExpression="cron(0 5 ? * * *)"), {"BKP-3"}, set()),
    "no schedule: daily": (rule(ScheduleExpression=None), {"BKP-3"}, set()),
    "every two hours": (rule(ScheduleExpression="rate(2 hours)"), {"BKP-3"}, set()),
    "hourly on weekdays only": (
        rule(ScheduleExpression="cron(0 * ? * MON-FRI *)"),
        {"BKP-3"},
        set(),
    ),
    "hourly but at midnight": (
        rule(ScheduleExpression="cron(0 1-23 ? * * *)"),
        {"BKP-3"},
        set(),
    ),
    "starts within eight hours": (
        rule(StartWindowMinutes=None, CompletionWindowMinutes=600),
        {"BKP-3"},
        set(),
    ),
    "into another vault": (
        rule(TargetBackupVaultName="bbws-dynamodb-backup-vault-sit"),
        {"BKP-3"},
        {"BKP-3", "BKP-4", *of("BKP-4")},
    ),
    "two plans of one name": (
        two_plans,
        {"BKP-3"},
        {"BKP-3", "BKP-4", *of("BKP-4"), *of("BKP-5"), *of("BKP-6")},
    ),
    "rule keeps a day more": (
        rule(Lifecycle={"DeleteAfterDays": 8}),
        {"BKP-4"},
        set(),
    ),
    "rule keeps for ever": (rule(Lifecycle=None), {"BKP-4"}, set()),
    "one recovery point goes too early": (shorter, {"BKP-4 users"}, set()),
    "a tag with another value": (
        select(lambda *_: {"ListOfTags": [tag("Project", "bbws-dev")]}),
        BOTH,
        BOTH,  # whose role is it, that covers nothing?
    ),
    "NotResources takes one table out": (
        select(lambda twin, at: ALL | {"NotResources": [twin.arn("users", at)]}),
        {"BKP-5 users"},
        {"BKP-5 users"},
    ),
    "Conditions exclude one table by its tag": (
        exclude_by_tag,
        {"BKP-5 users"},
        {"BKP-5 users"},
    ),
    "tables of another region": (
        select(lambda twin, _: {"Resources": [twin.arn(it, "cn-x") for it in TABLES]}),
        BOTH,
        BOTH,
    ),
    "no selection": (no_selection, BOTH, BOTH),
    "not opted in": (opt_out, {"BKP-5"}, set()),
    "one missed hour of one table": (
        forget([9], table="users-*"),
        {"BKP-6 users"},
        set(),
    ),
    "the last three hours missed": (forget([0, 1, 2]), of("BKP-6"), set()),
    "stopped, but the plan was updated": (stopped_but_updated, of("BKP-6"), set()),
}
BROKEN_TOO = {
    "stopped, but backed up by hand": (stopped_but_by_hand, {"BKP-6 users"}, set()),
    "a new plan": (new_plan, set(), of("BKP-4") | of("BKP-6")),
    "one failed job": (
        job(state="FAILED", message="The role has no rights."),
        {"BKP-7 users"},
        set(),
    ),
    "one aborted job": (job(state="ABORTED"), {"BKP-7 users"}, set()),
    "one partial job": (job(state="PARTIAL"), {"BKP-7 users"}, set()),
    "another key than the alias's": (other_key, {"ENC-5"}, set()),
    "a disabled key": (disabled_key, {"ENC-5"}, set()),
    "advanced backup off": (
        lambda twin, region: twin.managed(False, region),
        {"ENC-5"},
        set(),
    ),
    "one recovery point under the table's key": (
        one_point_before_advanced,
        {"ENC-5 users"},
        set(),
    ),
    "no table": (no_table, set(), {f"{it} users" for it in RESTS_ON_TABLE}),
    "nothing": (lambda *_: None, set(), set()),
}
CONFORMING = {
    "hourly in Johannesburg": rule(ScheduleExpressionTimezone="Africa/Johannesburg"),
    "hourly in Kolkata": rule(
        ScheduleExpression="cron(30 * ? * * *)",
        ScheduleExpressionTimezone="Asia/Kolkata",
    ),
    "hourly in New York, whose clocks change": rule(
        ScheduleExpressionTimezone="America/New_York"
    ),
    "a list of all hours": rule(ScheduleExpression="cron(15 0-11,12-23 * * ? *)"),
    "at a rate": rule(ScheduleExpression="rate(60 minutes)"),
    "by one of two tags": select(
        lambda *_: {"ListOfTags": [tag("Backup", "hourly"), tag("Project", "bbws")]}
    ),
    "by a wildcard and a condition": select(
        lambda *_: ALL | where("StringLike", "Component", "dynamodb-*")
    ),
    "without another table": select(
        lambda twin, at: ALL | {"NotResources": [twin.arn("orders", at)]}
    ),
}


def broken(environment, twins):
    """Break each region in one way, and judge them all in one run."""
    regions = REGIONS[: len(twins)]
    twin = environment(regions)
    for region, (alter, *_) in zip(regions, twins.values(), strict=True):
        alter(twin, region)
    result = twin.judge(*CRITERIA)
    return {
        what: [findings(result, it, region) for it in ("FAIL", "ERROR", "NOT_ASSESSED")]
        for what, region in zip(twins, regions, strict=True)
    }


@pytest.fixture(scope="module")
def judged(environment):
    """What was found about every twin."""
    conforming = {what: (alter,) for what, alter in CONFORMING.items()}
    return broken(environment, BROKEN) | broken(environment, BROKEN_TOO | conforming)


@pytest.mark.parametrize("what", [*BROKEN, *BROKEN_TOO])
def test_what_is_broken_fails_at_its_criterion_alone(judged, what):
    """One deviation fails one criterion, and what rests on it is not assessed."""
    _, fails, not_assessed = (BROKEN | BROKEN_TOO)[what]
    assert judged[what] == [fails, set(), not_assessed]


@pytest.mark.parametrize("what", CONFORMING)
def test_what_conforms_in_other_words_passes(judged, what):
    """Schedules and selections are resolved; their text is not compared."""
    assert judged[what] == [set(), set(), set()]
