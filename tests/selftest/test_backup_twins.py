"""Backups that are wrong fail at their criterion, and where it follows.

Regions are judged each by itself: many twins are the regions of one environment, each
broken in its own way, and judged in one run.
"""

import json
from dataclasses import replace

import pytest

from conformance.declared import load_declared
from conformance.environment import load_environment
from conformance.standin.provision import Deployment
from conformance.standin.provision.backups import deploy_backups
from conformance.waiting import wait_for
from tests.selftest.twins import Suite, Twin

HERE, THERE = "af-south-1", "eu-west-1"
CRITERIA = ["BKP-2", "BKP-3", "BKP-4", "BKP-5", "BKP-6", "BKP-7", "ENC-5"]
DENIED = {"code": "AccessDeniedException", "status": 403}
HOURLY = "cron(0 * ? * * *)"
TABLES = ("campaigns", "users")
REGIONS = [
    *[
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "eu-central-1",
        "eu-north-1",
        "eu-south-1",
    ],
    *["us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"],
    *["ap-south-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1"],
    *["ap-northeast-2", "ap-northeast-3", "af-south-1", "me-south-1"],
]


class Backed(Twin):
    """An environment with tables and backups, and nothing else."""

    def deploy(self, declared, alter=lambda backups: backups):
        """Make the tables, tagged as declared, in every region; backups as altered."""
        self.contract.write_text(json.dumps(declared))
        environment = load_environment(str(self.file))
        contract = load_declared(environment, self.contract)
        for region in self.regions:
            for table in contract.tables.values():
                self._make(table, region)
        deployment = Deployment(environment, self.standin.endpoint)
        self.backups = contract.backups
        deploy_backups(deployment, replace(contract, backups=alter(contract.backups)))

    def _make(self, table, region):
        key = table.key.partition
        self.client("dynamodb", region).create_table(
            TableName=self.table(table.name),
            AttributeDefinitions=[{"AttributeName": key.name, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": key.name, "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=[{"Key": k, "Value": v} for k, v in table.tags.items()],
        )

    def backup(self, region=THERE):
        """A client of AWS Backup."""
        return self.client("backup", region)

    def plan(self, region=THERE):
        """The id of the one plan."""
        (plan,) = self.backup(region).list_backup_plans()["BackupPlansList"]
        return plan["BackupPlanId"]

    def rule(self, region=THERE, **changes):
        """Change the one rule."""
        document = self.without_ids(region)
        rule = document["Rules"][0] | changes
        rule = {name: value for name, value in rule.items() if value is not None}
        self.backup(region).update_backup_plan(
            BackupPlanId=self.plan(region), BackupPlan=document | {"Rules": [rule]}
        )

    def without_ids(self, region):
        """The plan's document as it could be given again."""
        document = self.backup(region).get_backup_plan(BackupPlanId=self.plan(region))
        (rule,) = document["BackupPlan"]["Rules"]
        rule = {name: value for name, value in rule.items() if name != "RuleId"}
        return document["BackupPlan"] | {"Rules": [rule]}

    def another_plan(self, region, **changes):
        """Make a second plan of the same name."""
        document = self.without_ids(region)
        document["Rules"][0] |= changes
        self.backup(region).create_backup_plan(BackupPlan=document)

    def arn(self, table, region=THERE):
        """The ARN of a table."""
        return f"arn:aws:dynamodb:{region}:{self.account}:table/{self.table(table)}"

    def select(self, region=THERE, **members):
        """Put another selection in the place of the one there is."""
        backup, plan = self.backup(region), self.plan(region)
        old = backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]
        for each in old:
            backup.delete_backup_selection(
                BackupPlanId=plan, SelectionId=each["SelectionId"]
            )
        document = {
            "SelectionName": "other",
            "IamRoleArn": f"arn:aws:iam::{self.account}:role/{self.backups.role}",
            **members,
        }
        backup.create_backup_selection(BackupPlanId=plan, BackupSelection=document)

    def job(self, table, region=THERE, **outcome):
        """Start a backup job by hand, which ends as it is told."""
        if outcome:
            told = {"account": self.account, "job": "backup", **outcome}
            self.standin.control("settings", {"backup": {"outcomes": [told]}})
        return self.backup(region).start_backup_job(
            BackupVaultName=self.backups.vault,
            ResourceArn=self.arn(table, region),
            IamRoleArn=f"arn:aws:iam::{self.account}:role/{self.backups.role}",
        )["BackupJobId"]

    def forget(self, hours, region=THERE, **more):
        """Let scheduled runs never have been."""
        where = {"account": self.account, "region": region}
        self.standin.control("backup/missed", where | {"hours_ago": hours} | more)

    def points(self, table, region=THERE):
        """A table's recovery points in the vault, the newest first."""
        return self.backup(region).list_recovery_points_by_backup_vault(
            BackupVaultName=self.backups.vault, ByResourceArn=self.arn(table, region)
        )["RecoveryPoints"]

    def ended(self, job, region=THERE):
        """Wait until a job has ended; its state."""
        return wait_for(
            lambda: self.backup(region).describe_backup_job(BackupJobId=job)["State"],
            lambda state: state not in ("CREATED", "PENDING", "RUNNING"),
            10,
        )

    def managed(self, value, region=THERE):
        """Switch advanced DynamoDB backup."""
        preference = {"DynamoDB": value}
        self.backup(region).update_region_settings(
            ResourceTypeManagementPreference=preference
        )


def findings(result, outcome, region=THERE):
    """Findings of a region: the criterion, or criterion and table."""
    return {
        it["criterion"]
        if it["subject"].startswith("twin")
        else f"{it['criterion']} {it['subject']}"
        for it in result.run["findings"]
        if (it["outcome"], it["region"]) == (outcome, region)
    }


def of(criterion, tables=TABLES):
    """The findings of a criterion about tables."""
    return {f"{criterion} {table}" for table in tables}


@pytest.fixture(scope="module")
def environment(aws, two_tables, tmp_path_factory):
    """Deploy in these regions, as these environment's keys say."""

    def deploy(regions, alter=lambda backups: backups, **keys):
        twin = Backed(aws, Suite(tmp_path_factory.mktemp("backed")), tuple(regions))
        twin.write(allows=["read", "data", "backup"], **keys)
        twin.deploy(two_tables, alter)
        return twin

    yield deploy
    aws.control("settings", {"backup": {"outcomes": []}})
    aws.control("faults/clear", {})


@pytest.fixture
def prod(environment):
    """A twin of prod: two regions, as declared, with copies."""
    return environment((HERE, THERE), judged_as="prod")


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


@pytest.fixture(scope="module")
def as_declared(environment):
    """A conforming prod, and what was found in it."""
    twin = environment((HERE, THERE), judged_as="prod")
    return twin, twin.judge(*CRITERIA, "BKP-1", "BKP-8")


def test_backups_as_declared_pass_in_both_regions(as_declared):
    """Two regions with copies pass every criterion, and no backup of ours is left."""
    prod, result = as_declared
    decided = {result.run["criteria"][it] for it in [*CRITERIA, "BKP-1", "BKP-8"]}
    assert decided == {"PASS"}
    assert prod.client("dynamodb", HERE).list_backups()["BackupSummaries"] == []


def test_the_timeline_is_evidence(as_declared):
    """The newest age, the count, the largest gap and every moment are in run.json."""
    _, result = as_declared
    (finding,) = [
        it
        for it in result.run["findings"]
        if (it["criterion"], it["subject"], it["region"]) == ("BKP-6", "users", HERE)
        and "newest" in it["observed"]
    ]
    assert finding["numbers"]["recovery_points_24h"] >= 23
    assert len(finding["numbers"]["timeline"]) >= 23
    assert finding["numbers"]["largest_gap_min"] == 60


def test_each_read_is_made_once(as_declared):
    """Criteria share what was read, in each region."""
    _, result = as_declared
    made = [
        (it["service"], it["operation"], it["region"], str(it["parameters"]))
        for it in result.observations()
        if it["service"] in ("backup", "iam", "kms")
    ]
    assert made
    assert len(made) == len(set(made))


def test_copies_that_stopped_or_go_too_early_fail(prod):
    """Backups go on, copies do not; one copy of the other table goes a day early."""
    backup, vault = prod.backup(THERE), prod.backups.vault
    prod.forget([0, 1, 2, 3], HERE, copies_only=True, table="campaigns-*")
    copies = backup.list_recovery_points_by_backup_vault(
        BackupVaultName=vault, ByResourceArn=prod.arn("users", HERE)
    )["RecoveryPoints"]
    backup.update_recovery_point_lifecycle(
        BackupVaultName=vault,
        RecoveryPointArn=copies[3]["RecoveryPointArn"],
        Lifecycle={"DeleteAfterDays": 29},
    )
    result = prod.judge(*CRITERIA, "BKP-8")
    assert findings(result, "FAIL", HERE) == of("BKP-8")
    assert findings(result, "FAIL", THERE) == set()
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()


def copies_to(region, days=30):
    """Copy to the vault of another region, or for another time."""

    def change(prod):
        vault = prod.backups.vault
        arn = f"arn:aws:backup:{region}:{prod.account}:backup-vault:{vault}"
        lifecycle = {"DeleteAfterDays": days}
        action = {"DestinationBackupVaultArn": arn, "Lifecycle": lifecycle}
        prod.rule(HERE, CopyActions=[action])

    return change


ACTIONS = {
    "a vault of the wrong region": copies_to("eu-central-1"),
    "another retention": copies_to(THERE, days=7),
    "nowhere": lambda prod: prod.rule(HERE, CopyActions=[]),
}


@pytest.mark.parametrize("how", ACTIONS)
def test_a_copy_action_to_elsewhere_fails(prod, how):
    """The copy action's ARN and lifecycle count; copies of before do not hide it."""
    ACTIONS[how](prod)
    result = prod.judge(*CRITERIA, "BKP-8")
    assert findings(result, "FAIL", HERE) == {"BKP-8"}
    assert findings(result, "FAIL", THERE) == set()
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()


def test_a_failed_copy_job_fails_where_it_is_listed(prod):
    """Copy jobs are jobs: one that failed fails BKP-7 in the region of its source."""
    backup = prod.backup(HERE)
    backup.start_copy_job(
        RecoveryPointArn=prod.points("users", HERE)[2]["RecoveryPointArn"],
        SourceBackupVaultName=prod.backups.vault,
        DestinationBackupVaultArn=prod.backups.copies[THERE].vault_arn + "-no",
        IamRoleArn=f"arn:aws:iam::{prod.account}:role/{prod.backups.role}",
    )
    assert wait_for(
        lambda: backup.list_copy_jobs(ByState="FAILED")["CopyJobs"], bool, 10
    )
    result = prod.judge(*CRITERIA, "BKP-8")
    assert findings(result, "FAIL", HERE) == {"BKP-7 users"}
    assert findings(result, "FAIL", THERE) == set()


def test_a_missing_vault_fails_once(environment):
    """A rule into a vault that is not there fails BKP-2; what rests on it waits."""
    twin = environment([THERE], lambda it: replace(it, vault="another-vault"))
    twin.rule(TargetBackupVaultName=twin.backups.vault)
    result = twin.judge(*CRITERIA)
    assert findings(result, "FAIL") == {"BKP-2"}
    assert findings(result, "ERROR") == set()
    waits = of("BKP-4") | of("BKP-6") | of("ENC-5")
    assert findings(result, "NOT_ASSESSED") == {"ENC-5", *waits}


def test_the_vault_of_one_region_is_none_of_the_other(environment):
    """A replica region without the vault fails BKP-2 there; copies have no place."""
    twin = environment(
        [HERE, THERE],
        lambda it: replace(it, vault="another-vault", copies={}),
        judged_as="prod",
    )
    twin.backup(HERE).create_backup_vault(BackupVaultName=twin.backups.vault)
    result = twin.judge("BKP-2", "BKP-8")
    assert findings(result, "FAIL", HERE) == set()
    assert findings(result, "FAIL", THERE) == {"BKP-2"}
    assert findings(result, "ERROR", HERE) == set()


def test_a_vault_under_the_key_of_aws_fails(environment):
    """A vault made without a key has AWS's own: another class than declared."""
    twin = environment([THERE], lambda it: replace(it, key_class="AWS_MANAGED"))
    result = twin.judge(*CRITERIA)
    assert findings(result, "FAIL") == {"ENC-5"}
    assert "AWS_MANAGED key" in result.output


BACKUP = {"Service": "backup.amazonaws.com"}


def trust(twin, principal, **more):
    """Change whom the role trusts."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    document = {"Version": "2012-10-17", "Statement": [statement | more]}
    twin.client("iam").update_assume_role_policy(
        RoleName=twin.backups.role, PolicyDocument=json.dumps(document)
    )


def test_a_role_that_backup_cannot_assume_fails(environment):
    """A role that trusts another service fails BKP-5, as one that is not there does."""
    twin = environment([THERE])
    trust(twin, {"Service": "ec2.amazonaws.com"})
    result = twin.judge(*CRITERIA)
    assert findings(result, "FAIL") == of("BKP-5")
    assert findings(result, "ERROR") | findings(result, "NOT_ASSESSED") == set()
    twin.client("iam").delete_role(RoleName=twin.backups.role)
    result = twin.judge(*CRITERIA)
    assert findings(result, "FAIL") == of("BKP-5")
    assert "there is no such role" in result.output


def test_a_trust_that_is_not_understood_is_not_assessed(environment):
    """A condition that is not judged makes no verdict."""
    twin = environment([THERE])
    condition = {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}
    trust(twin, BACKUP, Condition=condition)
    result = twin.judge("BKP-5")
    assert findings(result, "NOT_ASSESSED") == of("BKP-5")
    assert findings(result, "FAIL") == set()


RESTS = {
    "ListBackupVaults": {"BKP-2", "BKP-4", "BKP-6", "ENC-5"},
    "ListBackupPlans": {"BKP-3", "BKP-4", "BKP-5", "BKP-6"},
    "GetBackupPlan": {"BKP-3", "BKP-4"},
    "ListBackupPlanVersions": {"BKP-6"},
    "ListBackupSelections": {"BKP-5"},
    "GetBackupSelection": {"BKP-5"},
    "DescribeRegionSettings": {"BKP-5", "ENC-5"},
    "ListRecoveryPointsByBackupVault": {"BKP-4", "BKP-6", "ENC-5"},
    "ListBackupJobs": {"BKP-7"},
    "DescribeKey": {"ENC-5"},
    "CreateBackup": {"BKP-1"},
    "DescribeBackup": {"BKP-1"},
    "ListBackups": {"BKP-1"},
    "DeleteBackup": {"BKP-1"},
}


@pytest.fixture(scope="module")
def denied(environment):
    """A run in which each region refuses one operation."""
    twin = environment(REGIONS[: len(RESTS)])
    for operation, region in zip(RESTS, REGIONS, strict=False):
        twin.fault(operation=operation, region=region, **DENIED)
    return twin.judge(*CRITERIA, "BKP-1")


@pytest.mark.parametrize("operation", RESTS)
def test_a_denied_call_is_an_error_where_it_is_rested_on(denied, operation):
    """What could not be read is ERROR, by exactly the criteria that rest on it."""
    region = REGIONS[[*RESTS].index(operation)]
    errors = {it.split()[0] for it in findings(denied, "ERROR", region)}
    assert errors == RESTS[operation]
    assert findings(denied, "FAIL", region) == set()
    assert operation in json.dumps(denied.run["missing_rights"])


def test_denied_roles_and_copy_jobs_are_errors(prod):
    """GetRole is rested on by BKP-5, ListCopyJobs by BKP-7 and BKP-8."""
    prod.fault(operation="ListCopyJobs", **DENIED)
    prod.fault(operation="GetRole", **DENIED)
    result = prod.judge(*CRITERIA, "BKP-8")
    errors = {it.split()[0] for it in findings(result, "ERROR", HERE)}
    assert errors == {"BKP-5", "BKP-7", "BKP-8"}
    assert {it.split()[0] for it in findings(result, "ERROR", THERE)} == {"BKP-5"}
    assert result.found("FAIL") == set()


def test_a_backup_that_does_not_become_available_fails(environment, aws):
    """A status that stays fails for its table alone; the backup is left to a sweep."""
    twin = environment([THERE])
    twin.write(
        allows=["read", "data", "backup"], more="[targets]\non_demand_backup_s = 0.5"
    )
    slow = {"of_table": {twin.table("users"): {"backup_creating": 60.0}}}
    aws.control("settings", {"dynamodb": slow})
    result = twin.judge("BKP-1")
    aws.control("settings", {"dynamodb": {"of_table": {}}})
    assert findings(result, "FAIL") == {"BKP-1 users"}
    assert findings(result, "ERROR") == set()
    assert "CREATING, listed, not removed" in result.output


def test_a_run_sweeps_what_an_earlier_one_left(environment, aws):
    """Backups of our name go once they are old; others, and new ones, stay."""
    twin = environment([THERE])
    dynamodb = twin.client("dynamodb")
    aws.control("clock", {"shift": -3600})
    for name in ("conformance-suite-left", "somebody-elses"):
        dynamodb.create_backup(TableName=twin.table("users"), BackupName=name)
    aws.control("clock", {"reset": True})
    dynamodb.create_backup(
        TableName=twin.table("users"), BackupName="conformance-suite-new"
    )
    result = twin.judge("BKP-2")
    names = {it["BackupName"] for it in dynamodb.list_backups()["BackupSummaries"]}
    assert names == {"somebody-elses", "conformance-suite-new"}
    assert f"1 backups of ours were found for {twin.table('users')}" in result.output


def test_backups_are_not_taken_where_they_are_not_allowed(environment):
    """Without its class the criterion is not assessed, and the reason says how."""
    twin = environment([THERE])
    twin.write(allows=["read"])
    result = twin.judge("BKP-1")
    assert findings(result, "NOT_ASSESSED") == of("BKP-1")
    (reason,) = result.reasons("BKP-1", "NOT_ASSESSED")
    assert 'adds "backup" to allows' in reason
