import pytest
from botocore.exceptions import ClientError

RULE = {
    "RuleName": "every-hour",
    "TargetBackupVaultName": "vault",
    "ScheduleExpression": "cron(0 * ? * * *)",
}


def code_of(refusal):
    return refusal.value.response["Error"]["Code"]


def plan_of(*rules):
    return {"BackupPlanName": "plan", "Rules": list(rules or [RULE])}


def test_a_plan_comes_back_with_ids_and_defaults(place):
    """Rules get an id, the zone UTC, a start window of 8 hours and 7 days to complete.

    Source: botocore model, BackupRule and StartBackupJob.StartWindowMinutes; AWS
    Backup Developer Guide, "Backup plan options and configuration".
    """
    made = place.backup.create_backup_plan(BackupPlan=plan_of())

    shown = place.backup.get_backup_plan(BackupPlanId=made["BackupPlanId"])
    rule = shown["BackupPlan"]["Rules"][0]
    assert made["BackupPlanArn"] == (
        f"arn:aws:backup:eu-west-1:{place.account}:backup-plan:{made['BackupPlanId']}"
    )
    assert shown["VersionId"] == made["VersionId"]
    assert rule["RuleId"]
    assert rule["ScheduleExpressionTimezone"] == "Etc/UTC"
    assert (rule["StartWindowMinutes"], rule["CompletionWindowMinutes"]) == (480, 10080)


def test_a_rule_without_a_schedule_runs_daily_at_five(place):
    """Without an expression AWS Backup uses cron(0 5 ? * * *).

    Source: botocore model, BackupRuleInput.ScheduleExpression.
    """
    rule = {name: RULE[name] for name in ("RuleName", "TargetBackupVaultName")}

    made = place.backup.create_backup_plan(BackupPlan=plan_of(rule))

    shown = place.backup.get_backup_plan(BackupPlanId=made["BackupPlanId"])
    rule = shown["BackupPlan"]["Rules"][0]
    assert rule["ScheduleExpression"] == "cron(0 5 ? * * *)"


def test_an_update_makes_a_version_and_keeps_the_old(place):
    """Each version of a plan has its id and can still be read.

    Source: botocore model, UpdateBackupPlan, ListBackupPlanVersions, GetBackupPlan.
    """
    first = place.backup.create_backup_plan(BackupPlan=plan_of())
    plan = {"BackupPlanId": first["BackupPlanId"]}

    second = place.backup.update_backup_plan(
        **plan, BackupPlan=plan_of({**RULE, "Lifecycle": {"DeleteAfterDays": 7}})
    )

    versions = place.backup.list_backup_plan_versions(**plan)["BackupPlanVersionsList"]
    old = place.backup.get_backup_plan(**plan, VersionId=first["VersionId"])
    new = place.backup.get_backup_plan(**plan)
    assert [one["VersionId"] for one in versions] == [
        second["VersionId"],
        first["VersionId"],
    ]
    assert "Lifecycle" not in old["BackupPlan"]["Rules"][0]
    assert new["BackupPlan"]["Rules"][0]["Lifecycle"] == {"DeleteAfterDays": 7}


def test_the_same_plan_twice_already_exists(place):
    """CreateBackupPlan with a plan that already exists is refused.

    Source: botocore model, CreateBackupPlan.
    """
    place.backup.create_backup_plan(BackupPlan=plan_of())

    with pytest.raises(ClientError) as refusal:
        place.backup.create_backup_plan(BackupPlan=plan_of())

    assert code_of(refusal) == "AlreadyExistsException"


def test_a_retried_request_returns_the_plan_it_made(place):
    """A CreatorRequestId that matches an existing plan returns that plan.

    Source: botocore model, CreateBackupPlan.CreatorRequestId.
    """
    asked = {"BackupPlan": plan_of(), "CreatorRequestId": "once"}

    first = place.backup.create_backup_plan(**asked)
    again = place.backup.create_backup_plan(**asked)

    assert again["BackupPlanId"] == first["BackupPlanId"]
    assert len(place.backup.list_backup_plans()["BackupPlansList"]) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ScheduleExpression": "cron(0 5 * * *)"}, "Invalid schedule expression"),
        ({"ScheduleExpressionTimezone": "Mars/Base"}, "not a known time zone"),
        ({"StartWindowMinutes": 59}, "StartWindowMinutes cannot be less than 60"),
        (
            {"StartWindowMinutes": 120, "CompletionWindowMinutes": 120},
            "longer than the start window",
        ),
        (
            {"Lifecycle": {"DeleteAfterDays": 0}},
            "DeleteAfterDays cannot be less than 1 or more than 36500 days",
        ),
        (
            {"Lifecycle": {"MoveToColdStorageAfterDays": 7, "DeleteAfterDays": 30}},
            "DeleteAfterDays cannot be less than 90 days apart",
        ),
        (
            {
                "EnableContinuousBackup": True,
                "Lifecycle": {"MoveToColdStorageAfterDays": 30},
            },
            "MoveToColdStorageAfterDays is unavailable",
        ),
        ({"TargetBackupVaultName": "Random Backups"}, "Backup vault name"),
        (
            {"CopyActions": [{"DestinationBackupVaultArn": "arn:aws:s3:::bucket"}]},
            "destination backup vault ARN",
        ),
    ],
)
def test_a_rule_that_aws_refuses_is_named(place, change, words):
    """A rule outside its limits is refused as "Error in rule NAME : why".

    Source: botocore model, BackupRuleInput and Lifecycle; wording as in
    terraform-provider-aws pull request 7350 and aws-cdk issue 8685.
    """
    with pytest.raises(ClientError, match=words) as refusal:
        place.backup.create_backup_plan(BackupPlan=plan_of({**RULE, **change}))

    assert code_of(refusal) == "InvalidParameterValueException"
    assert "Error in rule every-hour : " in str(refusal.value)


def test_a_plan_is_deleted_after_its_selections(place):
    """A plan can only be deleted after its selections; it is then gone from the list.

    Source: botocore model, DeleteBackupPlan and ListBackupPlans.IncludeDeleted;
    wording as in terraform-provider-aws issue 10414.
    """
    place.vault()
    plan = place.hourly({"Resources": ["*"]})
    chosen = place.backup.list_backup_selections(BackupPlanId=plan)

    with pytest.raises(ClientError, match="selections must be deleted") as refusal:
        place.backup.delete_backup_plan(BackupPlanId=plan)
    for one in chosen["BackupSelectionsList"]:
        place.backup.delete_backup_selection(
            BackupPlanId=plan, SelectionId=one["SelectionId"]
        )
    deleted = place.backup.delete_backup_plan(BackupPlanId=plan)

    listed = place.backup.list_backup_plans()["BackupPlansList"]
    all_listed = place.backup.list_backup_plans(IncludeDeleted=True)["BackupPlansList"]
    assert code_of(refusal) == "InvalidRequestException"
    assert listed == []
    assert all_listed[0]["DeletionDate"] == deleted["DeletionDate"]


def test_a_plan_that_is_not_there_is_not_found(place):
    """An unknown plan id is ResourceNotFoundException.

    Source: botocore model, GetBackupPlan.
    """
    with pytest.raises(ClientError) as refusal:
        place.backup.get_backup_plan(BackupPlanId="missing")

    assert code_of(refusal) == "ResourceNotFoundException"


def test_a_selection_comes_back_as_given(place):
    """GetBackupSelection returns the document, ListBackupSelections name and role.

    Source: botocore model, CreateBackupSelection and its kin.
    """
    place.vault()
    document = {"Resources": ["arn:aws:dynamodb:*:*:table/*"]}
    plan = place.hourly(document)

    [listed] = place.backup.list_backup_selections(BackupPlanId=plan)[
        "BackupSelectionsList"
    ]
    kept = place.backup.get_backup_selection(
        BackupPlanId=plan, SelectionId=listed["SelectionId"]
    )

    assert (listed["SelectionName"], listed["IamRoleArn"]) == ("tables", place.role_arn)
    assert kept["BackupSelection"]["Resources"] == document["Resources"]


@pytest.mark.parametrize(
    "selection",
    [
        {"Resources": ["orders"]},
        {"Resources": [f"arn:aws:dynamodb:eu-west-1:1:table/{n}*" for n in range(31)]},
    ],
)
def test_a_selection_that_selects_nothing_sensible_is_refused(place, selection):
    """Resources are ARNs, and at most 30 with a wildcard.

    Source: botocore model, BackupSelection.Resources; AWS Backup Developer Guide,
    "Assigning resources programmatically".
    """
    place.vault()

    with pytest.raises(ClientError) as refusal:
        place.hourly(selection)

    assert code_of(refusal) == "InvalidParameterValueException"


def test_a_role_that_backup_cannot_assume_is_refused(place):
    """The role of a selection must trust backup.amazonaws.com.

    Source: AWS Backup Developer Guide, "IAM service roles"; wording as in
    terraform-provider-aws issue 9297.
    """
    place.vault()
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    role = place.role("other", trust)

    with pytest.raises(ClientError, match="cannot be assumed") as refusal:
        place.hourly({"Resources": ["*"], "IamRoleArn": role})

    assert code_of(refusal) == "InvalidParameterValueException"
