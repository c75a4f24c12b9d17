"""A stand-in of its own, whose clock the tests of AWS Backup stop and move.

Every answer of AWS Backup is compared with the output shape of botocore's model.
"""

import itertools
import json
import urllib.request
from dataclasses import dataclass

import boto3
import pytest
from botocore.config import Config

from aws_standin.server import running

TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "backup.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
RIGHTS = {
    "Effect": "Allow",
    "Action": [
        "backup:CopyIntoBackupVault",
        "dynamodb:CreateBackup",
        "dynamodb:DescribeTable",
        "dynamodb:ListTagsOfResource",
        "dynamodb:StartAwsBackupJob",
    ],
    "Resource": "*",
}
"""What AWS Backup needs of a role for its jobs, restores left out."""
ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"})
_accounts = itertools.count(700_000_000_001)


@dataclass
class Place:
    """One account in one region, and what tests put there."""

    make: object
    account: str
    region: str = "eu-west-1"

    def __getattr__(self, service):
        """Return the client of a service here."""
        return self.make(service, self.region, self.account)

    def beside(self, region):
        """Return the same account in another region."""
        return Place(self.make, self.account, region)

    def role(self, name="backup-role", statement=TRUST):
        """Make a role and return its ARN."""
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)
        self.rights(name, RIGHTS)
        return made["Role"]["Arn"]

    def rights(self, role, statement):
        """Let a role do what a statement says, and nothing else."""
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iam.put_role_policy(
            RoleName=role, PolicyName="backup", PolicyDocument=policy
        )

    @property
    def role_arn(self):
        """The ARN of the role that every place has."""
        return f"arn:aws:iam::{self.account}:role/backup-role"

    def vault(self, name="vault", **more):
        """Make a vault and return its ARN."""
        made = self.backup.create_backup_vault(BackupVaultName=name, **more)
        return made["BackupVaultArn"]

    def table(self, name="orders", items=("1", "2"), tags=None, **more):
        """Make a table with these ids and return its ARN."""
        key = {"AttributeName": "id", "KeyType": "HASH"}
        made = self.dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[key],
            BillingMode="PAY_PER_REQUEST",
            Tags=[{"Key": k, "Value": v} for k, v in (tags or {}).items()],
            **more,
        )
        self.pass_time(60)
        for one in items:
            self.dynamodb.put_item(TableName=name, Item={"id": {"S": one}})
        return made["TableDescription"]["TableArn"]

    def ids(self, table):
        """Return the ids of all items of a table, sorted."""
        items = self.dynamodb.scan(TableName=table)["Items"]
        return sorted(item["id"]["S"] for item in items)

    def backup_now(self, table_arn, vault="vault", **more):
        """Back a table up and return the job as it ended."""
        started = self.backup.start_backup_job(
            BackupVaultName=vault,
            ResourceArn=table_arn,
            IamRoleArn=self.role_arn,
            **more,
        )
        self.pass_time(5)
        return self.backup.describe_backup_job(BackupJobId=started["BackupJobId"])

    def hourly(self, selection, **rule):
        """Make an hourly plan with a selection and return its id."""
        plan = {
            "BackupPlanName": "hourly",
            "Rules": [
                {
                    "RuleName": "every-hour",
                    "TargetBackupVaultName": "vault",
                    "ScheduleExpression": "cron(0 * ? * * *)",
                    "StartWindowMinutes": 60,
                    "CompletionWindowMinutes": 120,
                    **rule,
                }
            ],
        }
        plan_id = self.backup.create_backup_plan(BackupPlan=plan)["BackupPlanId"]
        self.backup.create_backup_selection(
            BackupPlanId=plan_id,
            BackupSelection={
                "SelectionName": "tables",
                "IamRoleArn": self.role_arn,
                **selection,
            },
        )
        return plan_id

    def unassign(self):
        """Delete all selections, so that no plan runs in a later test."""
        for plan in self.backup.list_backup_plans()["BackupPlansList"]:
            of_plan = {"BackupPlanId": plan["BackupPlanId"]}
            chosen = self.backup.list_backup_selections(**of_plan)
            for one in chosen["BackupSelectionsList"]:
                self.backup.delete_backup_selection(
                    **of_plan, SelectionId=one["SelectionId"]
                )


@pytest.fixture(scope="session")
def backup_standin():
    """One stand-in for all tests of AWS Backup, with a stopped clock."""
    with running() as here:
        control = _control_of(here)
        control("clock", {"now": "2026-03-10T09:30:00+00:00", "stopped": True})
        yield here


def _control_of(here):
    def call(path, payload):
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{here.endpoint}/_standin/{path}", json.dumps(payload).encode()
        )
        with urllib.request.urlopen(request, timeout=20) as response:  # noqa: S310 - loopback
            return json.load(response)

    return call


@pytest.fixture(scope="session")
def control(backup_standin):
    """Speak to the control API."""
    return _control_of(backup_standin)


@pytest.fixture(scope="session")
def pass_time(control):
    """Let seconds pass on the stopped clock."""
    return lambda seconds: control("clock", {"shift": seconds})


@pytest.fixture
def backup_settings(control):
    """Change AWS Backup's settings for one test."""

    def change(**values):
        decimals = {
            name: float(value)
            for name, value in values.items()
            if isinstance(value, int) and not isinstance(value, bool)
        }
        control("settings", {"backup": {**values, **decimals}})

    yield change
    control("settings", {"backup": DEFAULTS})


DEFAULTS = {
    "start_seconds": 0.1,
    "backup_seconds": 0.3,
    "copy_seconds": 0.3,
    "restore_seconds": 0.5,
    "abort_seconds": 0.0,
    "late_starts": False,
    "one_job_a_resource": False,
    "refuse_tags_of_plain_points": False,
    "outcomes": [],
}


@pytest.fixture(scope="session")
def make_client(backup_standin):
    """Make clients whose AWS Backup answers are held against the model."""
    session, clients = boto3.session.Session(), {}

    def make(service, region, account):
        key = service, region, account
        if key not in clients:
            clients[key] = session.client(
                service,
                region_name=region,
                endpoint_url=backup_standin.endpoint,
                aws_access_key_id=account,
                aws_secret_access_key="stand-in",  # noqa: S106 - nobody checks it
                config=ONCE,
            )
            if service == "backup":
                clients[key].meta.events.register("before-parse.backup", _compare)
        return clients[key]

    return make


@pytest.fixture
def place(make_client, pass_time):
    """An account of its own, with a role that AWS Backup can assume."""
    here = Place(make_client, str(next(_accounts)))
    Place.pass_time = staticmethod(pass_time)
    here.role()
    yield here
    here.unassign()


@pytest.fixture
def other_place(make_client):
    """Another account, in another region."""
    return Place(make_client, str(next(_accounts)), "us-east-1")


def _compare(operation_model, response_dict, **_):
    if response_dict["status_code"] < 300:
        document = json.loads(response_dict["body"] or b"{}")
        if operation_model.output_shape or document:
            _hold(operation_model.output_shape, document, operation_model.name)


def _hold(shape, value, where):
    """Assert that a JSON value is what a shape of the model allows."""
    match shape.type_name:
        case "structure":
            assert set(value) <= set(shape.members), where
            assert set(shape.required_members) <= set(value), where
            for name, one in value.items():
                _hold(shape.members[name], one, f"{where}.{name}")
        case "list":
            for one in value:
                _hold(shape.member, one, where)
        case "map":
            for one in value.values():
                _hold(shape.value, one, where)
        case "string":
            assert isinstance(value, str), where
            assert not shape.enum or value in shape.enum, (where, value)
        case "boolean":
            assert isinstance(value, bool), where
        case "timestamp":
            assert isinstance(value, (int, float)), where
        case _:
            assert isinstance(value, int), where
