import json
from datetime import timedelta

import pytest


@pytest.fixture
def dr(place):
    """The same account in the other region, with a vault."""
    there = place.beside("us-east-1")
    there.vault("dr-vault")
    return there


@pytest.fixture
def orders(place):
    """The ARN of a table, beside a vault."""
    place.vault()
    return place.table(tags={"team": "data"})


def vault_arn(place, name):
    return f"arn:aws:backup:{place.region}:{place.account}:backup-vault:{name}"


def points(place, vault="dr-vault"):
    return place.backup.list_recovery_points_by_backup_vault(BackupVaultName=vault)[
        "RecoveryPoints"
    ]


def copy(place, point_arn, destination, **more):
    """Copy a recovery point and return the job as it ended."""
    started = place.backup.start_copy_job(
        RecoveryPointArn=point_arn,
        SourceBackupVaultName="vault",
        DestinationBackupVaultArn=destination,
        IamRoleArn=place.role_arn,
        **more,
    )
    place.pass_time(5)
    return place.backup.describe_copy_job(CopyJobId=started["CopyJobId"])["CopyJob"]


def allow(place, principal, vault="dr-vault"):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "backup:CopyIntoBackupVault",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    place.backup.put_backup_vault_access_policy(BackupVaultName=vault, Policy=policy)


def test_a_copy_is_a_recovery_point_of_the_other_region(place, dr, orders):
    """The copy has its own ARN and vault, the source's date, and that vault's key.

    Source: AWS Backup Developer Guide, "Backup and tag copy" and "Encryption for a
    backup copy to a different account or AWS Region"; botocore model, CopyJob.
    """
    job = place.backup_now(orders)
    source = job["RecoveryPointArn"]
    place.pass_time(600)

    done = copy(place, source, vault_arn(dr, "dr-vault"))

    [point] = points(dr)
    vault = dr.backup.describe_backup_vault(BackupVaultName="dr-vault")
    assert done["State"] == "COMPLETED"
    assert done["SourceRecoveryPointArn"] == source
    assert done["DestinationRecoveryPointArn"] == point["RecoveryPointArn"]
    assert point["RecoveryPointArn"].startswith("arn:aws:backup:us-east-1:")
    assert point["SourceBackupVaultArn"] == vault_arn(place, "vault")
    assert point["ResourceArn"] == orders
    assert point["CreationDate"] == job["CreationDate"]
    assert point["EncryptionKeyArn"] == vault["EncryptionKeyArn"]
    tags = dr.backup.list_tags(ResourceArn=point["RecoveryPointArn"])["Tags"]
    assert tags == {"team": "data"}


def test_a_copy_is_created_running_and_completed(
    place, dr, orders, pass_time, backup_settings
):
    """A copy job goes through CREATED and RUNNING; the copy is there at the end.

    Source: botocore model, CopyJob.State.
    """
    source = place.backup_now(orders)["RecoveryPointArn"]
    backup_settings(start_seconds=10, copy_seconds=20)
    job = place.backup.start_copy_job(
        RecoveryPointArn=source,
        SourceBackupVaultName="vault",
        DestinationBackupVaultArn=vault_arn(dr, "dr-vault"),
        IamRoleArn=place.role_arn,
    )["CopyJobId"]
    seen = []

    for _ in range(4):
        shown = place.backup.describe_copy_job(CopyJobId=job)["CopyJob"]
        seen.append((shown["State"], len(points(dr))))
        pass_time(10)

    assert seen == [("CREATED", 0), ("RUNNING", 0), ("RUNNING", 0), ("COMPLETED", 1)]


def test_a_copy_has_its_own_lifecycle(place, dr, orders):
    """The copy's retention is its own where given, else its source's.

    Source: botocore model, StartCopyJob.Lifecycle; AWS Backup Developer Guide,
    "Backup and tag copy" ("You can override the retention period").
    """
    source = place.backup_now(orders, Lifecycle={"DeleteAfterDays": 7})[
        "RecoveryPointArn"
    ]
    destination = vault_arn(dr, "dr-vault")

    copy(place, source, destination, Lifecycle={"DeleteAfterDays": 30})
    copy(place, source, destination)

    days = sorted(
        (one["CalculatedLifecycle"]["DeleteAt"] - one["CreationDate"]).days
        for one in points(dr)
    )
    assert days == [7, 30]


def test_a_copy_outlives_its_source(place, dr, orders, pass_time):
    """When the source's retention ends the copy stays until its own does.

    Source: AWS Backup Developer Guide, "Backup and tag copy".
    """
    source = place.backup_now(orders, Lifecycle={"DeleteAfterDays": 1})
    copy(
        place,
        source["RecoveryPointArn"],
        vault_arn(dr, "dr-vault"),
        Lifecycle={"DeleteAfterDays": 3},
    )

    pass_time(2 * 86_400)

    assert (len(points(place, "vault")), len(points(dr))) == (0, 1)


def test_another_account_must_let_copies_in(place, other_place, orders):
    """Without backup:CopyIntoBackupVault in the vault's policy the copy job fails.

    Source: AWS re:Post, "Resolve the Access Denied trying to call AWS Backup service
    error"; AWS Backup Developer Guide, "Creating backup copies across AWS accounts".
    """
    other_place.vault("dr-vault")
    source = place.backup_now(orders)["RecoveryPointArn"]
    destination = vault_arn(other_place, "dr-vault")

    refused = copy(place, source, destination)
    allow(other_place, "arn:aws:iam::999999999999:root")
    refused_again = copy(place, source, destination)
    allow(other_place, f"arn:aws:iam::{place.account}:root")
    allowed = copy(place, source, destination)

    states = [one["State"] for one in (refused, refused_again, allowed)]
    assert states == ["FAILED", "FAILED", "COMPLETED"]
    assert refused["StatusMessage"] == "Access Denied trying to call AWS Backup service"
    assert len(points(other_place)) == 1


def test_a_plain_recovery_point_cannot_be_copied(place, dr, orders):
    """Copies need the advanced features for DynamoDB backups.

    Source: AWS Backup Developer Guide, "Advanced DynamoDB backup".
    """
    place.backup.update_region_settings(
        ResourceTypeManagementPreference={"DynamoDB": False}
    )
    place.backup_now(orders)
    [point] = points(place, "vault")

    done = copy(place, point["RecoveryPointArn"], vault_arn(dr, "dr-vault"))

    assert done["State"] == "FAILED"
    assert points(dr) == []


def test_a_plan_copies_what_it_has_backed_up(place, dr, orders, pass_time):
    """A rule's CopyActions start copy jobs after each completed job, on their terms.

    Source: botocore model, BackupRule.CopyActions and CopyJob.CreatedByBackupJobId.
    """
    action = {
        "DestinationBackupVaultArn": vault_arn(dr, "dr-vault"),
        "Lifecycle": {"DeleteAfterDays": 30},
    }
    plan = place.hourly(
        {"Resources": [orders]},
        Lifecycle={"DeleteAfterDays": 7},
        CopyActions=[action],
    )

    pass_time(2 * 3600)

    jobs = place.backup.list_copy_jobs(ByState="COMPLETED")["CopyJobs"]
    backups = place.backup.list_backup_jobs()["BackupJobs"]
    assert len(jobs) == 2
    assert {one["CreatedBy"]["BackupPlanId"] for one in jobs} == {plan}
    assert {one["CreatedByBackupJobId"] for one in jobs} == {
        one["BackupJobId"] for one in backups
    }
    deletions = {
        one["CalculatedLifecycle"]["DeleteAt"] - one["CreationDate"]
        for one in points(dr)
    }
    assert deletions == {timedelta(days=30)}


def test_a_failed_backup_is_not_copied(place, dr, orders, pass_time, backup_settings):
    """Only a completed backup is copied.

    Source: botocore model, CopyAction.
    """
    action = {"DestinationBackupVaultArn": vault_arn(dr, "dr-vault")}
    place.hourly({"Resources": [orders]}, CopyActions=[action])
    backup_settings(outcomes=[{"account": place.account, "state": "FAILED"}])

    pass_time(3600)

    assert place.backup.list_copy_jobs()["CopyJobs"] == []


def test_a_copy_can_be_set_to_fail(place, dr, orders, backup_settings):
    """A copy job can end as FAILED with a message, and nothing arrives.

    Source: botocore model, CopyJob.State and StatusMessage.
    """
    source = place.backup_now(orders)["RecoveryPointArn"]
    outcome = {"job": "copy", "state": "FAILED", "message": "as set"}
    backup_settings(outcomes=[outcome])

    done = copy(place, source, vault_arn(dr, "dr-vault"))

    assert (done["State"], done["StatusMessage"]) == ("FAILED", "as set")
    assert points(dr) == []


def test_copies_are_filtered(place, dr, orders):
    """ListCopyJobs filters by destination, resource, source point and state.

    Source: botocore model, ListCopyJobs.
    """
    source = place.backup_now(orders)["RecoveryPointArn"]
    job = copy(place, source, vault_arn(dr, "dr-vault"))["CopyJobId"]

    def listed(**filters):
        found = place.backup.list_copy_jobs(**filters)["CopyJobs"]
        return [one["CopyJobId"] for one in found]

    assert listed(ByDestinationVaultArn=vault_arn(dr, "dr-vault")) == [job]
    assert listed(ByDestinationVaultArn=vault_arn(place, "vault")) == []
    assert listed(ByResourceArn=orders) == [job]
    assert listed(BySourceRecoveryPointArn=source) == [job]
    assert listed(ByState="FAILED") == []


def test_the_copy_can_be_restored_where_it_is(place, dr, orders):
    """A copy restores in its own region, without the source.

    Source: AWS Backup Developer Guide, "Restore a Amazon DynamoDB table".
    """
    job = place.backup_now(orders)
    copy(place, job["RecoveryPointArn"], vault_arn(dr, "dr-vault"))
    [point] = points(dr)
    place.dynamodb.delete_table(TableName="orders")

    dr.backup.start_restore_job(
        RecoveryPointArn=point["RecoveryPointArn"],
        Metadata={"targetTableName": "orders"},
        IamRoleArn=place.role_arn,
    )
    place.pass_time(5)

    assert dr.ids("orders") == ["1", "2"]


def test_a_copy_into_a_vault_that_is_not_there_fails(place, orders):
    """A copy job to a vault that does not exist fails, and says which.

    Source: botocore model, CopyJob.StatusMessage.
    """
    source = place.backup_now(orders)["RecoveryPointArn"]

    done = copy(place, source, vault_arn(place.beside("us-east-1"), "missing"))

    assert done["State"] == "FAILED"
    assert "missing" in done["StatusMessage"]


def test_a_locked_vault_refuses_copies_outside_its_retention(place, dr, orders):
    """A copy that would be kept longer than the maximum fails.

    Source: botocore model, PutBackupVaultLockConfiguration.MaxRetentionDays.
    """
    dr.backup.put_backup_vault_lock_configuration(
        BackupVaultName="dr-vault", MinRetentionDays=7, MaxRetentionDays=30
    )
    source = place.backup_now(orders)["RecoveryPointArn"]
    destination = vault_arn(dr, "dr-vault")

    states = [
        copy(place, source, destination, Lifecycle={"DeleteAfterDays": days})["State"]
        for days in (6, 7, 30, 31)
    ]

    assert states == ["FAILED", "COMPLETED", "COMPLETED", "FAILED"]
    assert copy(place, source, destination)["State"] == "FAILED"
