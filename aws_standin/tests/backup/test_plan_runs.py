"""Scheduled runs, the history that provisioning makes, and missed runs."""

import json
import urllib.error
from datetime import timedelta
from itertools import pairwise

import pytest


@pytest.fixture
def orders(place):
    """The ARN of a table, beside a vault."""
    place.vault()
    return place.table()


def jobs(place, **filters):
    return place.backup.list_backup_jobs(**filters)["BackupJobs"]


def points(place, vault="vault"):
    return place.backup.list_recovery_points_by_backup_vault(BackupVaultName=vault)[
        "RecoveryPoints"
    ]


def hours(dates):
    """Return the gaps between dates, in hours, the newest first."""
    return [(one - other) / timedelta(hours=1) for one, other in pairwise(dates)]


def history(control, place, plan, **more):
    where = {"account": place.account, "region": place.region}
    return control("backup/history", {**where, "plan_id": plan, **more})


def test_a_plan_runs_at_its_times(place, orders, pass_time):
    """An hourly rule makes a job at every full hour, which names plan and rule.

    Source: botocore model, BackupRule.ScheduleExpression, RecoveryPointCreator.
    """
    plan = place.hourly({"Resources": [orders]}, RecoveryPointTags={"by": "plan"})
    before = jobs(place)

    pass_time(3 * 3600)

    made = jobs(place)
    creator = made[0]["CreatedBy"]
    [tags] = {
        tuple(place.backup.list_tags(ResourceArn=one["RecoveryPointArn"])["Tags"])
        for one in points(place)
    }
    assert before == []
    assert [one["CreationDate"].minute for one in made] == [0, 0, 0]
    assert creator["BackupPlanId"] == plan
    assert creator["BackupRuleName"] == "every-hour"
    assert creator["BackupRuleCron"] == "cron(0 * ? * * *)"
    assert {one["CreatedBy"]["BackupPlanId"] for one in points(place)} == {plan}
    assert tags == ("by",)


def test_an_updated_plan_runs_as_updated(place, orders, pass_time):
    """After UpdateBackupPlan the new version's rules are run, and the old are not.

    Source: botocore model, UpdateBackupPlan.
    """
    plan = place.hourly({"Resources": [orders]})
    document = place.backup.get_backup_plan(BackupPlanId=plan)["BackupPlan"]
    [rule] = document["Rules"]
    del rule["RuleId"]
    rule["ScheduleExpression"] = "cron(15 * ? * * *)"
    version = place.backup.update_backup_plan(BackupPlanId=plan, BackupPlan=document)

    pass_time(2 * 3600)

    made = jobs(place)
    assert [one["CreationDate"].minute for one in made] == [15, 15]
    assert made[0]["CreatedBy"]["BackupPlanVersion"] == version["VersionId"]


def test_a_plan_without_its_selection_makes_no_jobs(place, orders, pass_time):
    """A plan backs up what is assigned to it, and nothing after that is deleted.

    Source: botocore model, DeleteBackupSelection.
    """
    plan = place.hourly({"Resources": [orders]})
    [chosen] = place.backup.list_backup_selections(BackupPlanId=plan)[
        "BackupSelectionsList"
    ]
    place.backup.delete_backup_selection(
        BackupPlanId=plan, SelectionId=chosen["SelectionId"]
    )

    pass_time(3600)

    assert jobs(place) == []


def test_a_job_without_its_vault_fails(place, orders, pass_time):
    """A rule whose vault is gone makes jobs that fail.

    Source: botocore model, BackupRule.TargetBackupVaultName.
    """
    place.hourly({"Resources": [orders]})
    place.backup.delete_backup_vault(BackupVaultName="vault")

    pass_time(3600)

    assert [one["State"] for one in jobs(place)] == ["FAILED"]


def test_each_run_keeps_the_items_of_its_time(place, orders, pass_time):
    """Two recovery points restore to what the table held at each.

    Source: AWS Backup Developer Guide, "Restore a Amazon DynamoDB table".
    """
    place.hourly({"Resources": [orders]})
    pass_time(3600)
    place.dynamodb.put_item(TableName="orders", Item={"id": {"S": "3"}})
    pass_time(3600)

    for point in points(place):
        place.backup.start_restore_job(
            RecoveryPointArn=point["RecoveryPointArn"],
            Metadata={"targetTableName": f"at-{point['CreationDate']:%H%M}"},
            IamRoleArn=place.role_arn,
        )
    pass_time(5)

    new, old = (f"at-{one['CreationDate']:%H%M}" for one in points(place))
    assert place.ids(old) == ["1", "2"]
    assert place.ids(new) == ["1", "2", "3"]


def test_a_long_jump_of_the_clock_catches_up_two_days(place, orders, pass_time):
    """After a jump of a week the last 48 hourly runs are made up for, no more.

    Source: none of AWS's; the stand-in's own bound (setting catch_up_hours).
    """
    place.hourly({"Resources": [orders]})

    pass_time(7 * 86_400)

    assert len(jobs(place)) in {48, 49}


def test_a_history_is_hourly_and_complete(place, orders, control):
    """25 hours of history are 25 jobs, recovery points and copies, an hour apart.

    Source: botocore model, BackupJob, RecoveryPointByBackupVault, CopyJob.
    """
    there = place.beside("us-east-1")
    destination = there.vault("dr-vault")
    plan = place.hourly(
        {"Resources": [orders]},
        Lifecycle={"DeleteAfterDays": 7},
        CopyActions=[{"DestinationBackupVaultArn": destination}],
    )

    made = history(control, place, plan, hours=25)

    dates = [one["CreationDate"] for one in jobs(place, ByState="COMPLETED")]
    copies = place.backup.list_copy_jobs(ByState="COMPLETED")["CopyJobs"]
    assert made == {"runs": 25}
    assert hours(dates) == [1.0] * 24
    assert [one["CreationDate"] for one in points(place)] == dates
    assert [one["CreationDate"] for one in points(there, "dr-vault")] == dates
    assert len(copies) == 25
    assert copies[0]["CreationDate"] - dates[0] < timedelta(minutes=1)


def test_a_history_is_consistent_with_the_lifecycle(place, orders, control):
    """A recovery point whose lifecycle has ended is not there, though its job is.

    Source: botocore model, Lifecycle.DeleteAfterDays.
    """
    plan = place.hourly({"Resources": [orders]}, Lifecycle={"DeleteAfterDays": 1})

    history(control, place, plan, hours=30)

    assert (len(jobs(place)), len(points(place))) == (30, 24)


def test_a_history_makes_plan_and_vault_older(place, orders, control):
    """Nothing is older than the plan, its selection and the vault.

    Source: botocore model, CreationDate of plan, selection and vault.
    """
    plan = place.hourly({"Resources": [orders]})

    history(control, place, plan, hours=25)

    oldest = min(one["CreationDate"] for one in jobs(place))
    vault = place.backup.describe_backup_vault(BackupVaultName="vault")
    shown = place.backup.get_backup_plan(BackupPlanId=plan)
    selections = place.backup.list_backup_selections(BackupPlanId=plan)
    assert vault["CreationDate"] < oldest
    assert shown["CreationDate"] < oldest
    assert selections["BackupSelectionsList"][0]["CreationDate"] < oldest


def test_a_history_can_leave_out_an_hour(place, orders, control):
    """A missed hour is a gap of two hours between jobs.

    Source: botocore model, BackupJob.CreationDate.
    """
    plan = place.hourly({"Resources": [orders]})

    made = history(control, place, plan, hours=6, leave_out=[2])

    dates = [one["CreationDate"] for one in jobs(place)]
    assert made == {"runs": 5}
    assert sorted(hours(dates)) == [1.0, 1.0, 1.0, 2.0]


def test_a_history_is_not_made_twice(place, orders, control):
    """A run that is there already is not repeated.

    Source: none of AWS's; the stand-in's control API.
    """
    plan = place.hourly({"Resources": [orders]})
    history(control, place, plan, hours=5)

    again = history(control, place, plan, hours=7)

    assert again == {"runs": 2}
    assert len(jobs(place)) == 7


def test_the_last_runs_can_be_forgotten(place, orders, control):
    """With its last two runs missed, the newest recovery point is over two hours old.

    Source: botocore model, RecoveryPointByBackupVault.CreationDate.
    """
    plan = place.hourly({"Resources": [orders]})
    history(control, place, plan, hours=5)
    newest = points(place)[0]["CreationDate"]

    gone = control(
        "backup/missed",
        {"account": place.account, "region": place.region, "hours_ago": [0, 1]},
    )

    assert gone == {"backups": 2, "copies": 0}
    assert newest - points(place)[0]["CreationDate"] == timedelta(hours=2)
    assert len(jobs(place)) == 3


def test_copies_alone_can_be_forgotten(place, orders, control):
    """A missed copy leaves the backup in its own region.

    Source: botocore model, CopyJob.
    """
    there = place.beside("us-east-1")
    destination = there.vault("dr-vault")
    action = {"DestinationBackupVaultArn": destination}
    plan = place.hourly({"Resources": [orders]}, CopyActions=[action])
    history(control, place, plan, hours=3)

    where = {"account": place.account, "region": place.region}
    control("backup/missed", {**where, "hours_ago": [0], "copies_only": True})

    assert (len(points(place)), len(points(there, "dr-vault"))) == (3, 2)


def test_the_control_of_refuses_what_it_does_not_know(place, control):
    """A plan that is not there is answered 400 with the reason.

    Source: none of AWS's; the stand-in's control API.
    """
    with pytest.raises(urllib.error.HTTPError) as refusal:
        history(control, place, "missing")

    assert refusal.value.code == 400
    assert "no plan 'missing'" in json.load(refusal.value)["error"]


def test_jobs_start_anywhere_in_their_windows(
    place, orders, pass_time, backup_settings
):
    """With late starts, hourly recovery points are up to two hours apart.

    Source: AWS Backup Developer Guide, "Backup plan options" (backup window).
    """
    backup_settings(late_starts=True)
    place.hourly({"Resources": [orders]})

    pass_time(12 * 3600)

    made = [one["CreationDate"] for one in points(place)][::-1]
    minutes = {moment.minute for moment in made}
    assert len(made) >= 10
    assert len(minutes) > 5
    assert all(0 < gap < 2 for gap in hours(made[::-1]))


def test_a_second_job_of_a_table_waits_for_the_first(place, orders, backup_settings):
    """One job of a resource runs at a time; the other one is CREATED meanwhile.

    Source: AWS Backup quotas, "Concurrent backup jobs per resource": 1.
    """
    backup_settings(one_job_a_resource=True, backup_seconds=600)

    def start():
        return place.backup.start_backup_job(
            BackupVaultName="vault", ResourceArn=orders, IamRoleArn=place.role_arn
        )["BackupJobId"]

    def state(job):
        return place.backup.describe_backup_job(BackupJobId=job)["State"]

    first, second = start(), start()
    place.pass_time(60)
    assert (state(first), state(second)) == ("RUNNING", "CREATED")

    place.pass_time(600)
    assert (state(first), state(second)) == ("COMPLETED", "RUNNING")


def test_a_job_that_waits_longer_than_its_window_expires(
    place, orders, backup_settings
):
    """A job that another one holds up to the end of its start window EXPIREs.

    Source: AWS re:Post, "there was a running job for the same resource".
    """
    backup_settings(one_job_a_resource=True, backup_seconds=2 * 3600)
    job = {
        "BackupVaultName": "vault",
        "ResourceArn": orders,
        "IamRoleArn": place.role_arn,
        "StartWindowMinutes": 60,
    }
    place.backup.start_backup_job(**job)
    second = place.backup.start_backup_job(**job)["BackupJobId"]

    place.pass_time(61 * 60)

    ended = place.backup.describe_backup_job(BackupJobId=second)
    assert ended["State"] == "EXPIRED"
    assert "running job for the same resource" in ended["StatusMessage"]
