"""Backups that are wrong fail at their criterion, and where it follows."""

from datetime import timedelta

import pytest

from tests.selftest.twins.backup_env import CRITERIA, TABLES, of
from tests.selftest.twins.recorded_env import expected

NEW_PLAN = "00000000-0000-0000-0000-000000000000"
HOURLY = "cron(0 * ? * * *)"


def rule(**changes):
    """Change the rule; None takes a member away."""

    def change(answers):
        (document,) = answers["GetBackupPlan"]["BackupPlan"]["Rules"]
        for name, value in changes.items():
            document[name] = value
            if value is None:
                del document[name]

    return change


def another_rule(**changes):
    """Put a changed copy of the rule beside it."""

    def change(answers):
        rules = answers["GetBackupPlan"]["BackupPlan"]["Rules"]
        rules.append(rules[0] | {"RuleId": "other", "RuleName": "other"} | changes)

    return change


def select(make):
    """Put another selection in the place of the one there is."""

    def change(answers):
        selection = answers["GetBackupSelection"]["BackupSelection"]
        arns = selection.pop("Resources")
        selection |= make(*arns)

    return change


def tag(key, value):
    """One condition of ListOfTags."""
    return {
        "ConditionType": "STRINGEQUALS",
        "ConditionKey": key,
        "ConditionValue": value,
    }


def where(operator, key, value, prefix="aws:ResourceTag/"):
    """Conditions on one tag."""
    one = {"ConditionKey": f"{prefix}{key}", "ConditionValue": value}
    return {"Conditions": {operator: [one]}}


def suffix(arn):
    """Every table whose name ends as this one's."""
    where, _, name = arn.rpartition("/")
    return f"{where}/*{name[name.index('-') :]}"


def exclude_by_tag(answers):
    """Tag one table so that Conditions leave it out."""
    tags = answers["ListTagsOfResource", "users-"]["Tags"]
    tags.append({"Key": "Backup", "Value": "none"})
    select(lambda *_: ALL | where("StringNotEquals", "Backup", "none"))(answers)


def no_selection(answers):
    """Take the selection away."""
    answers["ListBackupSelections"]["BackupSelectionsList"].clear()


def points(answers, table="users"):
    """The recovery points of a table, the newest first."""
    return answers["ListRecoveryPointsByBackupVault", f"{table}-"]["RecoveryPoints"]


def shorter(answers):
    """Let one recovery point go a day too early."""
    point = points(answers)[7]
    point["Lifecycle"] = {"DeleteAfterDays": 6}
    point["CalculatedLifecycle"]["DeleteAt"] -= timedelta(days=1)


def opt_out(answers):
    """Opt out of backing up tables."""
    settings = answers["DescribeRegionSettings"]
    settings["ResourceTypeOptInPreference"]["DynamoDB"] = False


def advanced_off(answers):
    """Switch advanced DynamoDB backup off."""
    settings = answers["DescribeRegionSettings"]
    settings["ResourceTypeManagementPreference"]["DynamoDB"] = False


def forget(*hours, tables=TABLES):
    """Let scheduled runs of so many hours ago never have been."""

    def change(answers):
        for table in tables:
            made = points(answers, table)
            gone = {made[hour]["RecoveryPointArn"] for hour in hours}
            made[:] = [point for point in made if point["RecoveryPointArn"] not in gone]
            jobs = answers["ListBackupJobs"]["BackupJobs"]
            jobs[:] = [job for job in jobs if job["RecoveryPointArn"] not in gone]

    return change


def late(*hours, minutes=59):
    """Let the jobs of users of so many hours ago have started late."""

    def change(answers):
        made = points(answers)
        for hour in hours:
            later = made[hour]["CreationDate"] + timedelta(minutes=minutes)
            made[hour]["CreationDate"] = later
            made[hour]["CalculatedLifecycle"]["DeleteAt"] += timedelta(minutes=minutes)

    return change


def stopped_but_updated(answers):
    """A plan that stopped, and was changed since."""
    forget(0, 1, 2, 3)(answers)
    rule(ScheduleExpression="cron(1 * ? * * *)")(answers)
    versions = answers["ListBackupPlanVersions"]["BackupPlanVersionsList"]
    hour = timedelta(hours=1)
    created = versions[0]["CreationDate"] + 24 * hour
    versions.append(versions[0] | {"VersionId": "2", "CreationDate": created})


def stopped_but_by_hand(answers):
    """A plan that stopped for a table that somebody backs up by hand."""
    newest = dict(points(answers)[0])
    forget(0, 1, 2, 3, tables=["users"])(answers)
    del newest["CreatedBy"]
    points(answers).insert(0, newest)


def job(**outcome):
    """Let one more job of users end like this."""

    def change(answers):
        jobs = answers["ListBackupJobs"]["BackupJobs"]
        (newest, *_) = [job for job in jobs if job["ResourceName"].startswith("users-")]
        by_hand = {name: value for name, value in newest.items() if name != "CreatedBy"}
        jobs.append(by_hand | {"BackupJobId": "another"} | outcome)

    return change


def keys_of_vault(answers):
    """What KMS says of the vault's key, by its ARN and by its alias."""
    (vault,) = answers["ListBackupVaults"]["BackupVaultList"]
    by_alias = answers["DescribeKey", "alias/bbws-dynamodb-backup-"]
    return answers["DescribeKey", vault["EncryptionKeyArn"]], by_alias


def other_key(answers):
    """Let the declared alias lead to another key."""
    _, by_alias = keys_of_vault(answers)
    key = by_alias["KeyMetadata"]
    key["KeyId"] = key["KeyId"][::-1]
    key["Arn"] = f"{key['Arn'].partition('/')[0]}/{key['KeyId']}"


def disabled_key(answers):
    """Disable the vault's key."""
    for answer in keys_of_vault(answers):
        answer["KeyMetadata"] |= {"Enabled": False, "KeyState": "Disabled"}


def one_point_before_advanced(answers):
    """Let one recovery point be of the time before advanced backup."""
    table = answers["DescribeTable", "users-"]["Table"]
    key = table["SSEDescription"]["KMSMasterKeyArn"]
    arn = f"{table['TableArn']}/backup/01700000000000-00000000"
    point = points(answers)[3]
    point |= {"RecoveryPointArn": arn, "EncryptionKeyArn": key}


def two_plans(answers):
    """Give a second plan the name of the first."""
    plans = answers["ListBackupPlans"]["BackupPlansList"]
    plans.append(plans[0] | {"BackupPlanId": NEW_PLAN})


def new_plan(answers):
    """Put a new plan, with a new selection, in the place of the old one."""
    (plan,) = answers["ListBackupPlans"]["BackupPlansList"]
    region = plan["BackupPlanArn"].split(":")[3]
    for operation in ("GetBackupPlan", "ListBackupPlanVersions"):
        answer = answers[operation]
        answers.add("backup", region, operation, answer, BackupPlanId=NEW_PLAN)
    listed = answers["ListBackupSelections"]
    answers.add("backup", region, "ListBackupSelections", listed, BackupPlanId=NEW_PLAN)
    (selection,) = listed["BackupSelectionsList"]
    answers.add(
        "backup",
        region,
        "GetBackupSelection",
        answers["GetBackupSelection"] | {"CreationDate": answers.now},
        BackupPlanId=NEW_PLAN,
        SelectionId=selection["SelectionId"],
    )
    plan |= {"BackupPlanId": NEW_PLAN, "CreationDate": answers.now}
    versions = answers["ListBackupPlanVersions", NEW_PLAN]["BackupPlanVersionsList"]
    versions[:] = [plan]


def no_table(answers):
    """Delete a table."""
    answers["ListTables"]["TableNames"].pop()
    for operation in ("DescribeTable", "ListTagsOfResource"):
        answers.fail(operation, "users-", code="ResourceNotFoundException")


ALL = {"Resources": ["arn:aws:dynamodb:*"]}
BOTH = of("BKP-5")
RESTS_ON_TABLE = {"BKP-4", "BKP-5", "BKP-6", "BKP-7", "ENC-5"}

# What is broken: how, what FAILs, what is NOT_ASSESSED.
BROKEN = {
    "daily": (rule(ScheduleExpression="cron(0 5 ? * * *)"), {"BKP-3"}, set()),
    "no schedule: daily": (rule(ScheduleExpression=None), {"BKP-3"}, set()),
    "every two hours": (
        rule(ScheduleExpression="cron(0 0/2 ? * * *)"),
        {"BKP-3"},
        set(),
    ),
    "at a rate, which AWS Backup does not take": (
        rule(ScheduleExpression="rate(60 minutes)"),
        {"BKP-3"},
        of("BKP-6"),
    ),
    "twice an hour, which AWS Backup does not take": (
        rule(ScheduleExpression="cron(0,30 * ? * * *)"),
        {"BKP-3"},
        of("BKP-6"),
    ),
    "starts within half an hour, which AWS Backup does not take": (
        rule(StartWindowMinutes=30),
        {"BKP-3"},
        of("BKP-6"),
    ),
    "beside a rule that AWS Backup does not take": (
        another_rule(ScheduleExpression="rate(1 day)"),
        {"BKP-3"},
        set(),
    ),
    "in cold storage for too short": (
        rule(Lifecycle={"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 7}),
        {"BKP-3"},
        of("BKP-6"),
    ),
    "into an air-gapped vault": (
        rule(TargetLogicallyAirGappedBackupVaultArn="arn:aws:backup:eu-west-1:1:x"),
        set(),
        {"BKP-3", "BKP-4", *of("BKP-4"), *BOTH, *of("BKP-6")},
    ),
    "at times that nobody understands": (
        rule(ScheduleExpression="cron(0 * LW * ? *)"),
        set(),
        {"BKP-3", "BKP-4", *of("BKP-4"), *of("BKP-6")},
    ),
    "until an event": (
        rule(Lifecycle={"DeleteAfterDays": 7, "DeleteAfterEvent": "DELETE_AFTER_COPY"}),
        set(),
        {"BKP-4"},
    ),
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
        rule(StartWindowMinutes=480, CompletionWindowMinutes=600),
        {"BKP-3"},
        set(),
    ),
    "into another vault": (
        rule(TargetBackupVaultName="bbws-dynamodb-backup-vault-sit"),
        {"BKP-3"},
        {"BKP-3", "BKP-4", *of("BKP-4"), *of("BKP-6")},
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
        select(lambda _, users: ALL | {"NotResources": [users]}),
        {"BKP-5 users"},
        {"BKP-5 users"},
    ),
    "Conditions exclude one table by its tag": (
        exclude_by_tag,
        {"BKP-5 users"},
        {"BKP-5 users"},
    ),
    "tables of another region": (
        select(
            lambda *arns: {
                "Resources": [arn.replace("eu-west-1", "cn-x") for arn in arns]
            }
        ),
        BOTH,
        BOTH,  # whose role is it, that covers nothing?
    ),
    "no selection": (no_selection, BOTH, BOTH),
    "everything, but not opted in": (
        lambda answers: (opt_out(answers), select(lambda *_: {})(answers)),
        BOTH,
        BOTH,
    ),
    "a tag, but not opted in": (
        lambda answers: (
            opt_out(answers),
            select(lambda *_: {"ListOfTags": [tag("Project", "bbws")]})(answers),
        ),
        BOTH,
        BOTH,
    ),
    "every table that has a suffix": (
        select(lambda arn, _: {"Resources": [suffix(arn)]}),
        BOTH,
        BOTH,
    ),
    "a condition whose key has no prefix": (
        select(lambda *_: ALL | where("StringEquals", "Project", "bbws", prefix="")),
        set(),
        BOTH,
    ),
    "one missed hour of one table": (
        forget(9, tables=["users"]),
        {"BKP-6 users"},
        set(),
    ),
    "one missed hour between a late job and a punctual one": (
        lambda answers: (late(10)(answers), forget(9, tables=["users"])(answers)),
        {"BKP-6 users"},
        set(),
    ),
    "a job later than its window": (late(9, minutes=61), {"BKP-6 users"}, set()),
    "the last three hours missed": (forget(0, 1, 2), of("BKP-6"), set()),
    "stopped, but the plan was updated": (stopped_but_updated, of("BKP-6"), set()),
    "stopped, but backed up by hand": (stopped_but_by_hand, {"BKP-6 users"}, set()),
    "a missed run of a young table": (
        lambda answers: (
            young_table(answers, hours=6),
            forget(3, tables=["users"])(answers),
        ),
        {"BKP-6 users"},
        set(),
    ),
    "a table of minutes ago": (
        lambda answers: young_table(answers, hours=0),
        set(),
        {f"{name} users" for name in ("BKP-4", "BKP-6", "BKP-7", "ENC-5")},
    ),
    "missed runs, and a selection that was made anew": (
        lambda answers: (forget(5)(answers), young_selection(answers)),
        of("BKP-6"),
        set(),
    ),
    "a new plan": (new_plan, set(), of("BKP-4") | of("BKP-6")),
    "one failed job": (
        job(State="FAILED", StatusMessage="The role has no rights."),
        {"BKP-7 users"},
        set(),
    ),
    "one aborted job": (job(State="ABORTED"), {"BKP-7 users"}, set()),
    "one partial job": (job(State="PARTIAL"), {"BKP-7 users"}, set()),
    "another key than the alias's": (other_key, {"ENC-5"}, set()),
    "a disabled key": (disabled_key, {"ENC-5"}, set()),
    "advanced backup off": (advanced_off, {"ENC-5"}, set()),
    "one recovery point under the table's key": (
        one_point_before_advanced,
        {"ENC-5 users"},
        set(),
    ),
    "no table": (
        no_table,
        set(),
        {f"{criterion} users" for criterion in RESTS_ON_TABLE},
    ),
}


def young_table(answers, hours=3):
    """Let users be some hours old: its runs began then."""
    table = answers["DescribeTable", "users-"]["Table"]
    table["CreationDateTime"] = answers.now - timedelta(hours=hours, minutes=1)
    del points(answers)[hours:]
    jobs = answers["ListBackupJobs"]["BackupJobs"]
    arns = {point["RecoveryPointArn"] for point in points(answers)}
    jobs[:] = [
        job
        for job in jobs
        if "users-" not in job["ResourceName"] or job["RecoveryPointArn"] in arns
    ]


def young_selection(answers):
    """Let the selection be made anew, as Terraform does it on each change."""
    answers["GetBackupSelection"]["CreationDate"] = answers.now


CONFORMING = {
    "for a young table": young_table,
    "by a selection that was made anew": young_selection,
    "hourly in Johannesburg": rule(ScheduleExpressionTimezone="Africa/Johannesburg"),
    "hourly in Kolkata": rule(
        ScheduleExpression="cron(30 * ? * * *)",
        ScheduleExpressionTimezone="Asia/Kolkata",
    ),
    "hourly in New York, whose clocks change": rule(
        ScheduleExpressionTimezone="America/New_York"
    ),
    "a list of all hours": rule(ScheduleExpression="cron(15 0-11,12-23 * * ? *)"),
    "with a job that started at the end of its window": late(9),
    "with jobs that start anywhere in their windows": late(*range(1, 25, 2)),
    "with a rule into an air-gapped vault beside it": another_rule(
        TargetLogicallyAirGappedBackupVaultArn="arn:aws:backup:eu-west-1:1:x",
        ScheduleExpression="cron(0 5 LW * ? *)",
    ),
    "with a rule beside it whose schedule is not understood": another_rule(
        ScheduleExpression="cron(0 5 LW * ? *)"
    ),
    "with a daily rule beside it": another_rule(
        ScheduleExpression="cron(0 5 ? * * *)",
        Lifecycle={"DeleteAfterDays": 200, "MoveToColdStorageAfterDays": 30},
    ),
    "by one of two tags": select(
        lambda *_: {"ListOfTags": [tag("Backup", "hourly"), tag("Project", "bbws")]}
    ),
    "not opted in, but tables are named": opt_out,
    "everything that carries a tag": select(
        lambda *_: where("StringEquals", "Project", "bbws")
    ),
    "everything": select(lambda *_: {}),
    "everything but volumes": select(
        lambda *_: {"NotResources": ["arn:aws:ec2:*:*:volume/*-x"]}
    ),
    "by a wildcard and a condition": select(
        lambda *_: ALL | where("StringLike", "Component", "dynamodb-*")
    ),
    "without another table": select(
        lambda _, users: ALL | {"NotResources": [users.replace("users", "orders")]}
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_fails_at_its_criterion_alone(sit, what):
    """One deviation fails one criterion, and what rests on it is not assessed."""
    break_it, fails, not_assessed = BROKEN[what]
    answers = sit.answers()
    break_it(answers)
    wanted = expected(FAIL=fails, NOT_ASSESSED=not_assessed)
    assert sit.judge(answers, *CRITERIA) == wanted


@pytest.mark.parametrize("what", CONFORMING)
def test_what_conforms_in_other_words_passes(sit, what):
    """Schedules and selections are resolved; their text is not compared."""
    answers = sit.answers()
    CONFORMING[what](answers)
    assert sit.judge(answers, *CRITERIA) == {}


@pytest.mark.parametrize("minutes", [-200, -10, 200])
def test_a_wrong_clock_of_the_runner_does_not_matter(sit, minutes):
    """Ages are counted from the times of AWS's answers."""
    answers = sit.answers()
    answers.shift_clock(timedelta(minutes=minutes))
    assert sit.judge(answers, "BKP-6") == {}
