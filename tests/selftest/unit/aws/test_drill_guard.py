"""A drill can change nothing but what bears a name of its own."""

import pytest

from conformance.aws.client import AwsClients
from conformance.aws.iam_policy import policy
from conformance.aws.recorder import Recorder
from conformance.config.environment import load_environment
from conformance.model.drill_names import TAG, DrillName
from conformance.model.errors import RefusedError
from tests.selftest.drills.drill_env import ALLOWS, NAME
from tests.selftest.own_contract import own_declared, own_environment


@pytest.fixture(scope="module")
def clients(tmp_path_factory):
    """Clients that are allowed everything, to an endpoint that nobody listens on."""
    file = tmp_path_factory.mktemp("clients") / "sit.toml"
    file.write_text(
        f"""account = "815856636111"
        regions = ["eu-west-1"]
        table_name = "{{name}}-sit"
        allows = {ALLOWS}
        endpoint_url = "http://127.0.0.1:9"
        """,
        encoding="utf-8",
    )
    environment = load_environment(str(file))
    return AwsClients(environment, own_declared(environment).tables, Recorder())


TAGS = [{"Key": "a", "Value": "b"}]
ARN = "arn:aws:dynamodb:eu-west-1:815856636111:table/"
OFF = {"PointInTimeRecoveryEnabled": False}
EXPIRY = {"Enabled": False, "AttributeName": "x"}
POINT = "arn:aws:backup:eu-west-1:815856636111:recovery-point:1"
ROLE = {"IamRoleArn": "arn:aws:iam::815856636111:role/x"}
FOREIGN = {
    "delete": ("dynamodb", "delete_table", {"TableName": "users-sit"}),
    "delete ARN": ("dynamodb", "delete_table", {"TableName": f"{ARN}users-sit"}),
    "update": (
        "dynamodb",
        "update_table",
        {"TableName": "users-sit", "DeletionProtectionEnabled": False},
    ),
    "recovery": (
        "dynamodb",
        "update_continuous_backups",
        {"TableName": "users-sit", "PointInTimeRecoverySpecification": OFF},
    ),
    "expiry": (
        "dynamodb",
        "update_time_to_live",
        {"TableName": "users-sit", "TimeToLiveSpecification": EXPIRY},
    ),
    "tag": (
        "dynamodb",
        "tag_resource",
        {"ResourceArn": f"{ARN}users-sit", "Tags": TAGS},
    ),
    "our prefix": ("dynamodb", "delete_table", {"TableName": "conformance-suite-x"}),
    "other table": (
        "dynamodb",
        "delete_table",
        {"TableName": NAME.replace("users", "payments")},
    ),
    "restore over": (
        "dynamodb",
        "restore_table_to_point_in_time",
        {"SourceTableName": "users-sit", "TargetTableName": "orders-sit"},
    ),
    "restore other": (
        "dynamodb",
        "restore_table_to_point_in_time",
        {"SourceTableName": "payments-sit", "TargetTableName": NAME},
    ),
    "foreign backup": (
        "dynamodb",
        "restore_table_from_backup",
        {"BackupArn": f"{ARN}users-sit/backup/01", "TargetTableName": NAME},
    ),
    "point": (
        "backup",
        "delete_recovery_point",
        {"BackupVaultName": "v1", "RecoveryPointArn": POINT},
    ),
    "restore point": (
        "backup",
        "start_restore_job",
        {"RecoveryPointArn": POINT, "Metadata": {"targetTableName": NAME}},
    ),
    "untagged job": (
        "backup",
        "start_backup_job",
        {"BackupVaultName": "v1", "ResourceArn": f"{ARN}users-sit", **ROLE},
    ),
    "job of another": (
        "backup",
        "start_backup_job",
        {
            "BackupVaultName": "v1",
            "ResourceArn": f"{ARN}payments-sit",
            "RecoveryPointTags": {TAG: NAME},
            **ROLE,
        },
    ),
    "scan": ("dynamodb", "scan", {"TableName": "payments-sit"}),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_nothing_but_a_drills_own_is_touched(clients, case):
    """No declared table, foreign backup or foreign recovery point can be changed."""
    service, method, parameters = FOREIGN[case]
    with pytest.raises(RefusedError, match="refused"):
        getattr(clients.client(service, "eu-west-1", "write"), method)(**parameters)


def test_the_policy_lets_nobody_change_a_declared_table():
    """The generated IAM policy allows changes of tables of a drill's name alone."""
    environment = own_environment("local")
    statements = policy(environment, own_declared(environment))["Statement"]
    for statement in statements:
        if {"dynamodb:DeleteTable", "dynamodb:UpdateTable"} & set(statement["Action"]):
            assert all(
                ":table/conformance-suite-*" in resource
                for resource in statement["Resource"]
            )


def test_names_say_what_they_are_of():
    """A drill's name tells table, kind, time and run, and reads back the same."""
    ours = DrillName.parse(NAME)
    assert (ours.table, ours.kind, ours.run) == ("users-sit", "pitr", "0a1b2c3d")
    assert ours.name == NAME
    assert DrillName.parse(f"{NAME}0") is None
    assert DrillName.parse(NAME.replace("20260113", "20261313")) is None
