"""Environments with backups, and what is found about one of their regions."""

import json
from dataclasses import replace

import pytest

from conformance.aws.polling import wait_for
from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.demo import Deployment
from conformance.demo.backups import deploy_backups
from tests.selftest.twin_env import Suite, Twin

HERE, THERE = "af-south-1", "eu-west-1"
CRITERIA = ["BKP-2", "BKP-3", "BKP-4", "BKP-5", "BKP-6", "BKP-7", "ENC-5"]
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
        self.contract.write_text(json.dumps(declared), encoding="utf-8")
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
        for selection in old:
            backup.delete_backup_selection(
                BackupPlanId=plan, SelectionId=selection["SelectionId"]
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
        finding["criterion"]
        if finding["subject"].startswith("twin")
        else f"{finding['criterion']} {finding['subject']}"
        for finding in result.run["findings"]
        if (finding["outcome"], finding["region"]) == (outcome, region)
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
