"""Backup jobs and replication leave metrics, and a table can be given a past."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.table_definitions import BY_ID, create

RIGHTS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "backup.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
HOURS = 25


@pytest.fixture
def dynamodb(client, account):
    return client("dynamodb", account=account)


@pytest.fixture
def table(dynamodb, name):
    """The ARN of a table with a stream."""
    create(
        dynamodb,
        name,
        **BY_ID,
        StreamSpecification={
            "StreamEnabled": True,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    )
    return dynamodb.describe_table(TableName=name)["Table"]["TableArn"]


@pytest.fixture
def backup(client, account):
    """AWS Backup with a vault and a role."""
    iam = client("iam", account=account)
    iam.create_role(RoleName="backup", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(
        RoleName="backup", PolicyName="all", PolicyDocument=json.dumps(RIGHTS)
    )
    backup = client("backup", account=account)
    backup.create_backup_vault(BackupVaultName="vault")
    return backup


@pytest.fixture
def statistics(client, account):
    def statistics(namespace, metric, statistic="Sum", **dimensions):
        now = datetime.now(UTC)
        found = client("cloudwatch", account=account).get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": n, "Value": v} for n, v in dimensions.items()],
            StartTime=now - timedelta(hours=HOURS + 1),
            EndTime=now + timedelta(hours=1),
            Period=300,
            Statistics=[statistic],
        )["Datapoints"]
        return [point[statistic] for point in found]

    return statistics


@pytest.fixture
def pass_time(control, stop_clock):
    """Let seconds pass on the stand-in's clock, which is stopped until then."""
    stop_clock(datetime.now(UTC))
    return lambda seconds: control("clock", {"shift": seconds})


@pytest.fixture(params=["COMPLETED", "FAILED"])
def ends(request, control, account):
    """The state in which the account's backup jobs end."""
    outcome = {"job": "backup", "account": account, "state": "FAILED"}
    outcomes = [outcome] if request.param == "FAILED" else []
    control("settings", {"backup": {"outcomes": outcomes}})
    yield request.param
    control("settings", {"backup": {"outcomes": []}})


def test_backup_jobs_are_counted_by_vault_and_type(
    backup, table, statistics, pass_time, ends
):
    """AWS/Backup counts jobs in each state, by BackupVaultName and by ResourceType.

    AWS Backup Developer Guide, "AWS Backup metrics with Amazon CloudWatch".
    """
    account = table.split(":")[4]
    job = backup.start_backup_job(
        BackupVaultName="vault",
        ResourceArn=table,
        IamRoleArn=f"arn:aws:iam::{account}:role/backup",
    )["BackupJobId"]
    pass_time(5)
    assert backup.describe_backup_job(BackupJobId=job)["State"] == ends
    metric = f"NumberOfBackupJobs{ends.title()}"
    other = {"COMPLETED": "Failed", "FAILED": "Completed"}[ends]
    assert statistics("AWS/Backup", metric, BackupVaultName="vault") == [1.0]
    assert statistics("AWS/Backup", metric, ResourceType="DynamoDB") == [1.0]
    assert statistics("AWS/Backup", metric) == []
    none = statistics(
        "AWS/Backup", f"NumberOfBackupJobs{other}", BackupVaultName="vault"
    )
    assert none == []


@pytest.fixture
def lag(control, name):
    """Let this table's replicas lag by 0.4 seconds."""
    control("settings", {"dynamodb": {"of_table": {name: {"replication_lag": 0.4}}}})
    yield
    control("settings", {"dynamodb": {"of_table": {}}})


@pytest.mark.usefixtures("table", "lag")
def test_replication_latency_is_measured_where_the_write_was_made(
    dynamodb, name, statistics, pass_time
):
    """ReplicationLatency has TableName and ReceivingRegion, in milliseconds.

    DynamoDB Developer Guide, "DynamoDB metrics and dimensions".
    """
    replica = {"Create": {"RegionName": "af-south-1"}}
    dynamodb.update_table(TableName=name, ReplicaUpdates=[replica])
    dynamodb.put_item(TableName=name, Item={"id": {"S": "a"}})
    pass_time(0.5)

    latency = ("AWS/DynamoDB", "ReplicationLatency")
    way = {"TableName": name, "ReceivingRegion": "af-south-1"}
    assert statistics(*latency, "SampleCount", **way) == [1.0]
    (average,) = statistics(*latency, "Average", **way)
    assert 400 <= average < 1000
    assert statistics("AWS/DynamoDB", "ReplicationLatency", TableName=name) == []


def test_a_table_gets_a_past_without_errors(control, account, name, statistics):
    """A past has the documented dimensions, for as many hours as it was asked for.

    DynamoDB Developer Guide, "DynamoDB metrics and dimensions".
    """
    control(
        "metrics/past",
        {
            "account": account,
            "region": "eu-west-1",
            "table": name,
            "hours": HOURS,
            "indexes": ["by-status"],
            "receiving": ["af-south-1"],
        },
    )
    namespace, place = "AWS/DynamoDB", {"TableName": name}
    written = statistics(namespace, "ConsumedWriteCapacityUnits", **place)
    index = {**place, "GlobalSecondaryIndexName": "by-status"}
    lag = {**place, "ReceivingRegion": "af-south-1"}
    assert len(written) == HOURS * 12
    assert all(units > 0 for units in written)
    assert (
        len(statistics(namespace, "ConsumedReadCapacityUnits", **index)) == HOURS * 12
    )
    assert max(statistics(namespace, "ReplicationLatency", "Average", **lag)) < 1000
    assert statistics(namespace, "UserErrors") == []
    reads = {**place, "Operation": "GetItem"}
    assert len(statistics(namespace, "SuccessfulRequestLatency", **reads)) == HOURS * 12


def test_a_past_of_what_is_not_known_is_refused(control):
    """The control API refuses a wrong name with status 400.

    The control API's own documentation.
    """
    wanted = {"account": "1", "region": "eu-west-1", "table": "x", "days": 3}
    status, answer = control("metrics/past", wanted)
    assert status == 400
    assert "days" in answer["error"]
