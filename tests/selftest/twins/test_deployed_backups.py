"""Backups that are deployed wrongly are judged as their recorded answers are.

Regions are judged each by itself: the twins are the regions of one environment, each
broken in its own way, and judged in one run.
"""

import json

from tests.selftest.twins.backup_env import (
    CRITERIA,
    REGIONS,
    environment,
    findings,
    of,
)

__all__ = ["environment"]

ALL = {"Resources": ["arn:aws:dynamodb:*"]}


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


def job(**outcome):
    """Let one more job end like this."""

    def run(twin, region):
        ended = twin.ended(twin.job("users", region, **outcome), region)
        assert ended == outcome["state"]

    return run


def disabled_key(twin, region):
    """Disable the vault's key."""
    kms = twin.client("kms", region)
    key = kms.describe_key(KeyId=twin.backups.key_alias)["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=key)


def longer_lock(twin, region):
    """Lock the vault for longer than the rule keeps its recovery points."""
    twin.backup(region).put_backup_vault_lock_configuration(
        BackupVaultName=twin.backups.vault, MinRetentionDays=8
    )


def denying_policy(twin, region):
    """Deny backup jobs into the vault."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "backup:StartBackupJob",
        "Resource": "*",
    }
    twin.backup(region).put_backup_vault_access_policy(
        BackupVaultName=twin.backups.vault,
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def key_of_somebody_else(twin, region):
    """Let the policy of the vault's key name an administrator alone."""
    kms = twin.client("kms", region)
    key = kms.describe_key(KeyId=twin.backups.key_alias)["KeyMetadata"]["KeyId"]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{twin.account}:role/administrator"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)


def one_point_before_advanced(twin, region):
    """Make one recovery point while advanced backup is off."""
    twin.managed(False, region)
    twin.ended(twin.job("users", region), region)
    twin.managed(True, region)


# What is broken: how, what FAILs, what is NOT_ASSESSED.
BROKEN = {
    "daily": (
        lambda twin, at: twin.rule(at, ScheduleExpression="cron(0 5 ? * * *)"),
        {"BKP-3"},
        set(),
    ),
    "one recovery point goes too early": (shorter, {"BKP-4 users"}, set()),
    "Conditions exclude one table by its tag": (
        exclude_by_tag,
        {"BKP-5 users"},
        {"BKP-5 users"},
    ),
    "no selection": (no_selection, of("BKP-5"), of("BKP-5")),
    "one missed hour of one table": (
        lambda twin, at: twin.forget([9], at, table="users-*"),
        {"BKP-6 users"},
        set(),
    ),
    "one failed job": (
        job(state="FAILED", message="The role has no rights."),
        {"BKP-7 users"},
        set(),
    ),
    "a lock for longer": (longer_lock, {"BKP-2"}, set()),
    "a policy that denies jobs": (denying_policy, {"BKP-2"}, set()),
    "a key that does not admit the role": (key_of_somebody_else, of("BKP-5"), set()),
    "a suffix, which AWS Backup does not take": (
        lambda twin, at: twin.select(
            at, Resources=[twin.arn("users", at).replace("users-", "*-")]
        ),
        of("BKP-5"),
        of("BKP-5"),
    ),
    "a disabled key": (disabled_key, {"ENC-5"}, set()),
    "one recovery point under the table's key": (
        one_point_before_advanced,
        {"ENC-5 users"},
        set(),
    ),
    "nothing": (lambda *_: None, set(), set()),
}


def test_what_is_deployed_wrongly_fails_at_its_criterion_alone(environment):
    """Each region fails for its own deviation, and for nothing of the others."""
    regions = REGIONS[: len(BROKEN)]
    twin = environment(regions)
    for region, (break_it, *_) in zip(regions, BROKEN.values(), strict=True):
        break_it(twin, region)
    result = twin.judge(*CRITERIA)
    judged = {
        what: [
            findings(result, outcome, region)
            for outcome in ("FAIL", "ERROR", "NOT_ASSESSED")
        ]
        for what, region in zip(BROKEN, regions, strict=True)
    }
    assert judged == {
        what: [fails, set(), not_assessed]
        for what, (_, fails, not_assessed) in BROKEN.items()
    }


def test_jobs_that_start_as_those_of_aws_pass(environment, aws):
    """Jobs start anywhere in their windows, and one at a time: nothing is missed."""
    strict = {"late_starts": True, "one_job_a_resource": True}
    aws.control("settings", {"backup": strict})
    try:
        result = environment(REGIONS[:1]).judge(*CRITERIA)
    finally:
        aws.control("settings", {"backup": dict.fromkeys(strict, False)})
    assert {result.run["criteria"][criterion] for criterion in CRITERIA} == {"PASS"}


def test_a_role_without_rights_fails_before_the_first_job(environment):
    """A role from before advanced backup is assumed, and every job of it will fail."""
    twin = environment(REGIONS[:1])
    allowed = {
        "Effect": "Allow",
        "Action": ["dynamodb:CreateBackup", "dynamodb:DescribeTable"],
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    twin.client("iam", REGIONS[0]).put_role_policy(
        RoleName=twin.backups.role, PolicyName="aws-backup", PolicyDocument=policy
    )
    result = twin.judge(*CRITERIA)
    assert findings(result, "FAIL", REGIONS[0]) == of("BKP-5")
