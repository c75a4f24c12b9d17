"""Two regions as declared pass; copies that stop, go too early or go elsewhere fail."""

import pytest

from conformance.aws.polling import wait_for
from tests.selftest.twins.backup_env import (
    CRITERIA,
    HERE,
    THERE,
    environment,
    findings,
    of,
)

__all__ = ["environment"]


@pytest.fixture
def deployed(environment):
    """A twin of prod: two regions, as declared, with copies."""
    return environment((HERE, THERE), judged_as="prod")


@pytest.fixture(scope="module")
def as_declared(environment):
    """A conforming prod, and what was found in it."""
    twin = environment((HERE, THERE), judged_as="prod")
    return twin, twin.judge(*CRITERIA, "BKP-1", "BKP-8")


def test_backups_as_declared_pass_in_both_regions(as_declared):
    """Two regions with copies pass every criterion, and no backup of ours is left."""
    prod, result = as_declared
    decided = {
        result.run["criteria"][criterion] for criterion in [*CRITERIA, "BKP-1", "BKP-8"]
    }
    assert decided == {"PASS"}
    assert prod.client("dynamodb", HERE).list_backups()["BackupSummaries"] == []


def test_the_timeline_is_evidence(as_declared):
    """The newest age, the count, the largest gap and every moment are in run.json."""
    _, result = as_declared
    (finding,) = [
        finding
        for finding in result.run["findings"]
        if (finding["criterion"], finding["subject"], finding["region"])
        == ("BKP-6", "users", HERE)
        and "newest" in finding["observed"]
    ]
    assert finding["numbers"]["recovery_points_24h"] >= 23
    assert len(finding["numbers"]["timeline"]) >= 23
    assert finding["numbers"]["largest_gap_min"] == 60


def test_each_read_is_made_once(as_declared):
    """Criteria share what was read, in each region."""
    _, result = as_declared
    made = [
        (
            request["service"],
            request["operation"],
            request["region"],
            str(request["parameters"]),
        )
        for request in result.observations()
        if request["service"] in ("backup", "iam", "kms")
    ]
    assert made
    assert len(made) == len(set(made))


def test_copies_that_stopped_or_go_too_early_fail(deployed):
    """Backups go on, copies do not; one copy of the other table goes a day early."""
    backup, vault = deployed.backup(THERE), deployed.backups.vault
    deployed.forget([0, 1, 2, 3], HERE, copies_only=True, table="campaigns-*")
    copies = backup.list_recovery_points_by_backup_vault(
        BackupVaultName=vault, ByResourceArn=deployed.arn("users", HERE)
    )["RecoveryPoints"]
    backup.update_recovery_point_lifecycle(
        BackupVaultName=vault,
        RecoveryPointArn=copies[3]["RecoveryPointArn"],
        Lifecycle={"DeleteAfterDays": 29},
    )
    result = deployed.judge(*CRITERIA, "BKP-8")
    assert findings(result, "FAIL", HERE) == of("BKP-8")
    assert findings(result, "FAIL", THERE) == set()
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()


def copies_to(region, days=30):
    """Copy to the vault of another region, or for another time."""

    def change(rule):
        (action,) = rule["CopyActions"]
        arn = action["DestinationBackupVaultArn"]
        action["DestinationBackupVaultArn"] = arn.replace(THERE, region)
        action["Lifecycle"] = {"DeleteAfterDays": days}

    return change


ACTIONS = {
    "a vault of the wrong region": copies_to("eu-central-1"),
    "another retention": copies_to(THERE, days=7),
    "nowhere": lambda rule: rule["CopyActions"].clear(),
}


@pytest.mark.parametrize("how", ACTIONS)
def test_a_copy_action_to_elsewhere_fails(prod, how):
    """The copy action's ARN and lifecycle count; copies of before do not hide it."""
    answers = prod.answers()
    (rule,) = answers["GetBackupPlan", HERE]["BackupPlan"]["Rules"]
    ACTIONS[how](rule)
    # IAM was never asked whether the role may copy into the other vault (BKP-5).
    asked = [criterion for criterion in CRITERIA if criterion != "BKP-5"]
    assert prod.judge(answers, *asked, "BKP-8") == {f"BKP-8 {HERE}": "FAIL"}


def test_a_failed_copy_job_fails_where_it_is_listed(deployed):
    """Copy jobs are jobs: one that failed fails BKP-7 in the region of its source."""
    backup = deployed.backup(HERE)
    backup.start_copy_job(
        RecoveryPointArn=deployed.points("users", HERE)[2]["RecoveryPointArn"],
        SourceBackupVaultName=deployed.backups.vault,
        DestinationBackupVaultArn=deployed.backups.copies[THERE].vault_arn + "-no",
        IamRoleArn=f"arn:aws:iam::{deployed.account}:role/{deployed.backups.role}",
    )
    assert wait_for(
        lambda: backup.list_copy_jobs(ByState="FAILED")["CopyJobs"], bool, 10
    )
    result = deployed.judge(*CRITERIA, "BKP-8")
    assert findings(result, "FAIL", HERE) == {"BKP-7 users"}
    assert findings(result, "FAIL", THERE) == set()
