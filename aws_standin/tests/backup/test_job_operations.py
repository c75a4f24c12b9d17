import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError


def code_of(refusal):
    return refusal.value.response["Error"]["Code"]


@pytest.fixture
def orders(place):
    """The ARN of a table, beside a vault."""
    place.vault()
    return place.table()


def start(place, arn, **more):
    asked = {"BackupVaultName": "vault", "IamRoleArn": place.role_arn, **more}
    return place.backup.start_backup_job(ResourceArn=arn, **asked)["BackupJobId"]


def state(place, job):
    return place.backup.describe_backup_job(BackupJobId=job)["State"]


def test_a_job_is_created_pending_running_and_completed(
    place, orders, pass_time, backup_settings
):
    """A job goes through CREATED, PENDING and RUNNING to COMPLETED.

    Source: botocore model, BackupJob.State; AWS Backup Developer Guide, "Backup job
    statuses".
    """
    backup_settings(start_seconds=20, backup_seconds=20)
    job = start(place, orders)
    states = []

    for _ in range(5):
        states.append(state(place, job))
        pass_time(10)

    assert states == ["CREATED", "PENDING", "RUNNING", "RUNNING", "COMPLETED"]


def test_a_completed_job_says_what_it_made(place, orders):
    """A job names table, vault, role, recovery point, size, and when it was done.

    Source: botocore model, DescribeBackupJob.
    """
    job = place.backup_now(orders, Lifecycle={"DeleteAfterDays": 7})

    assert job["AccountId"] == place.account
    assert job["ResourceArn"] == orders
    assert job["ResourceType"] == "DynamoDB"
    assert job["IamRoleArn"] == place.role_arn
    assert job["RecoveryPointLifecycle"] == {"DeleteAfterDays": 7}
    assert job["PercentDone"] == "100.0"
    assert job["BackupSizeInBytes"] > 0
    assert job["CompletionDate"] > job["CreationDate"]
    assert job["StartBy"] - job["CreationDate"] == timedelta(hours=8)
    assert "CreatedBy" not in job


@pytest.mark.parametrize("ending", ["FAILED", "PARTIAL", "ABORTED"])
def test_a_job_can_be_set_to_end_otherwise(place, orders, ending, backup_settings):
    """A job can also end as FAILED, PARTIAL or ABORTED, with a message.

    Source: botocore model, BackupJob.State and StatusMessage.
    """
    backup_settings(
        outcomes=[{"table": "orders", "state": ending, "message": "as set"}]
    )

    first = place.backup_now(orders)
    second = place.backup_now(orders)

    assert (first["State"], first["StatusMessage"]) == (ending, "as set")
    assert second["State"] == "COMPLETED"


def test_a_job_that_cannot_start_expires(place, orders, pass_time, backup_settings):
    """A job stays CREATED until its start window is over, and then is EXPIRED.

    Source: botocore model, StartBackupJob.StartWindowMinutes.
    """
    backup_settings(outcomes=[{"state": "EXPIRED"}])
    job = start(place, orders, StartWindowMinutes=60)

    pass_time(3599)
    before = state(place, job)
    pass_time(2)

    assert (before, state(place, job)) == ("CREATED", "EXPIRED")


def test_a_job_that_does_not_complete_in_its_window_is_cancelled(
    place, orders, pass_time, backup_settings
):
    """A backup must complete in its window, which counts from when it was scheduled.

    Source: botocore model, StartBackupJob.CompleteWindowMinutes.
    """
    backup_settings(backup_seconds=7200)
    job = start(place, orders, StartWindowMinutes=60, CompleteWindowMinutes=90)

    pass_time(5399)
    before = state(place, job)
    pass_time(2)

    listed = place.backup.list_recovery_points_by_backup_vault(BackupVaultName="vault")
    assert (before, state(place, job)) == ("RUNNING", "EXPIRED")
    assert listed["RecoveryPoints"] == []


def test_a_running_job_can_be_stopped(place, orders, pass_time, backup_settings):
    """StopBackupJob leads through ABORTING to ABORTED, and no recovery point stays.

    Source: botocore model, StopBackupJob and BackupJob.State.
    """
    backup_settings(backup_seconds=60, abort_seconds=10)
    job = start(place, orders)
    pass_time(5)

    place.backup.stop_backup_job(BackupJobId=job)
    while_stopping = state(place, job)
    pass_time(120)

    listed = place.backup.list_recovery_points_by_backup_vault(BackupVaultName="vault")
    assert (while_stopping, state(place, job)) == ("ABORTING", "ABORTED")
    assert listed["RecoveryPoints"] == []


def test_a_job_that_has_ended_cannot_be_stopped(place, orders):
    """Stopping a completed job is an invalid request.

    Source: botocore model, StopBackupJob (InvalidRequestException).
    """
    job = place.backup_now(orders)

    with pytest.raises(ClientError) as refusal:
        place.backup.stop_backup_job(BackupJobId=job["BackupJobId"])

    assert code_of(refusal) == "InvalidRequestException"


def test_a_retried_start_makes_one_job(place, orders):
    """The same idempotency token results in success with no action taken.

    Source: botocore model, StartBackupJob.IdempotencyToken.
    """
    first = start(place, orders, IdempotencyToken="once")
    again = start(place, orders, IdempotencyToken="once")

    assert again == first
    assert len(place.backup.list_backup_jobs()["BackupJobs"]) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"StartWindowMinutes": 30}, "InvalidParameterValueException"),
        ({"IamRoleArn": "arn:aws:iam::1:role/x"}, "InvalidParameterValueException"),
        ({"ResourceArn": "arn:aws:s3:::bucket"}, "InvalidParameterValueException"),
        ({"BackupVaultName": "missing"}, "AccessDeniedException"),
        ({"Lifecycle": {"DeleteAfterDays": 0}}, "InvalidParameterValueException"),
    ],
)
def test_an_order_that_cannot_be_is_refused(place, orders, change, code):
    """Windows, role, resource type, vault and lifecycle are checked at once.

    Source: botocore model, StartBackupJob.
    """
    asked = {
        "BackupVaultName": "vault",
        "ResourceArn": orders,
        "IamRoleArn": place.role_arn,
    }

    with pytest.raises(ClientError) as refusal:
        place.backup.start_backup_job(**{**asked, **change})

    assert code_of(refusal) == code


def test_a_table_that_is_not_there_is_not_found(place, orders):
    """A resource that is required for the action does not exist.

    Source: botocore model, StartBackupJob (ResourceNotFoundException).
    """
    with pytest.raises(ClientError) as refusal:
        start(place, orders.replace("orders", "missing"))

    assert code_of(refusal) == "ResourceNotFoundException"


def test_jobs_are_filtered(place, orders, pass_time, backup_settings):
    """ListBackupJobs filters by state, vault, resource, type and time of creation.

    Source: botocore model, ListBackupJobs.
    """
    place.vault("second")
    products = place.table("products")
    old = place.backup_now(orders)
    pass_time(600)
    backup_settings(outcomes=[{"state": "FAILED"}])
    new = place.backup_now(products, vault="second")

    def listed(**filters):
        jobs = place.backup.list_backup_jobs(**filters)["BackupJobs"]
        return [job["BackupJobId"] for job in jobs]

    old_id, new_id = old["BackupJobId"], new["BackupJobId"]
    assert listed() == [new_id, old_id]
    assert listed(ByState="FAILED") == [new_id]
    assert listed(ByBackupVaultName="vault") == [old_id]
    assert listed(ByResourceArn=products) == [new_id]
    assert listed(ByResourceType="EBS") == []
    assert listed(ByCreatedAfter=new["CreationDate"] - timedelta(minutes=5)) == [new_id]
    assert listed(ByCreatedBefore=old["CreationDate"] + timedelta(minutes=5)) == [
        old_id
    ]
    assert listed(ByMessageCategory="SUCCESS") == [old_id]


def test_jobs_are_listed_in_pages(place, orders):
    """MaxResults and NextToken lead through the list.

    Source: botocore model, ListBackupJobs.
    """
    for _ in range(5):
        start(place, orders)

    pages = place.backup.get_paginator("list_backup_jobs").paginate(
        PaginationConfig={"PageSize": 2}
    )

    assert [len(page["BackupJobs"]) for page in pages] == [2, 2, 1]


def test_jobs_are_listed_for_thirty_days(place, orders, pass_time):
    """ListBackupJobs returns the jobs of the last 30 days.

    Source: botocore model, ListBackupJobs.
    """
    place.backup_now(orders)

    pass_time(31 * 86_400)

    assert place.backup.list_backup_jobs()["BackupJobs"] == []


def test_listeners_hear_of_every_change(backup_standin, place, orders):
    """Whoever counts AWS/Backup metrics is told when a job is created, runs and ends.

    Source: AWS Backup Developer Guide, "AWS Backup metrics with Amazon CloudWatch"
    (jobs are counted by state, per vault and resource type).
    """
    heard = []
    backup_standin.standin.backup.listeners.append(heard.append)

    place.backup_now(orders)

    mine = [one for one in heard if one.place.account == place.account]
    assert [(one.kind, one.state, one.vault_name) for one in mine] == [
        ("backup", "CREATED", "vault"),
        ("backup", "RUNNING", "vault"),
        ("backup", "COMPLETED", "vault"),
    ]


def test_an_operation_that_is_not_served_says_so(place):
    """An operation that the stand-in lacks is an error, never an empty answer.

    Source: botocore model, ListFrameworks, which is not served.
    """
    with pytest.raises(ClientError, match="does not serve backup:ListFrameworks"):
        place.backup.list_frameworks()


def test_a_role_without_the_rights_fails_the_job(place):
    """A job needs what AWS Backup does with the table, not only a role to assume.

    Source: AWS Backup Developer Guide, "Advanced DynamoDB backup" ("configure a new IAM
    role with these new permissions").
    """
    place.vault()
    table = place.table()
    place.backup.update_region_settings(
        ResourceTypeManagementPreference={"DynamoDB": True}
    )
    allowed = ["dynamodb:CreateBackup", "dynamodb:DescribeTable"]
    place.rights("backup-role", {"Effect": "Allow", "Action": allowed, "Resource": "*"})

    job = place.backup_now(table)

    assert job["State"] == "FAILED"
    assert "dynamodb:ListTagsOfResource" in job["StatusMessage"]


def test_a_vault_whose_policy_denies_jobs_fails_those_of_plans(place, pass_time):
    """A deny in the vault's access policy is heard by the jobs of a plan.

    Source: AWS Backup Developer Guide, "Vault access policies".
    """
    place.vault()
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "backup:StartBackupJob",
        "Resource": "*",
    }
    place.backup.put_backup_vault_access_policy(
        BackupVaultName="vault",
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}),
    )

    place.hourly({"Resources": [place.table()]})

    pass_time(3600)

    [job] = place.backup.list_backup_jobs()["BackupJobs"]
    assert job["State"] == "FAILED"
    assert "denies backup:StartBackupJob" in job["StatusMessage"]


def test_a_vault_whose_key_is_disabled_fails_the_job(place):
    """The vault's key encrypts the recovery point, so it must be enabled.

    Source: AWS Backup Developer Guide, "Encryption for backups in AWS Backup".
    """
    key = place.kms.create_key()["KeyMetadata"]["Arn"]
    place.vault(EncryptionKeyArn=key)
    table = place.table()
    place.kms.disable_key(KeyId=key.rpartition("/")[2])

    job = place.backup_now(table)

    assert job["State"] == "FAILED"
    assert "is Disabled" in job["StatusMessage"]
