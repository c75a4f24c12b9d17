"""A denied call about backups is an ERROR of what rests on it, and of no more."""

import json

import pytest

from tests.selftest.twins.backup_env import (
    CRITERIA,
    HERE,
    REGIONS,
    THERE,
    environment,
    findings,
    prod,
)

__all__ = ["environment", "prod"]

DENIED = {"code": "AccessDeniedException", "status": 403}
RESTS = {
    "ListBackupVaults": {"BKP-2", "BKP-4", "BKP-5", "BKP-6", "ENC-5"},
    "DescribeBackupVault": {"BKP-2", "BKP-5", "ENC-5"},
    "GetBackupVaultAccessPolicy": {"BKP-2"},
    "ListBackupPlans": {"BKP-3", "BKP-4", "BKP-5", "BKP-6"},
    "GetBackupPlan": {"BKP-3", "BKP-4", "BKP-5", "BKP-6"},
    "ListBackupPlanVersions": {"BKP-6"},
    "ListBackupSelections": {"BKP-5"},
    "GetBackupSelection": {"BKP-5"},
    "DescribeRegionSettings": {"ENC-5"},
    "ListRecoveryPointsByBackupVault": {"BKP-4", "BKP-6", "ENC-5"},
    "ListBackupJobs": {"BKP-7"},
    "DescribeKey": {"BKP-5", "ENC-5"},
    "GetKeyPolicy": {"BKP-5"},
    "CreateBackup": {"BKP-1"},
    "DescribeBackup": {"BKP-1"},
    "ListBackups": {"BKP-1"},
    "DeleteBackup": {"BKP-1"},
}


@pytest.fixture(scope="module")
def denied(environment):
    """A run in which each region refuses one operation."""
    twin = environment(REGIONS[: len(RESTS)])
    for operation, region in zip(RESTS, REGIONS, strict=False):
        twin.fault(operation=operation, region=region, **DENIED)
    return twin.judge(*CRITERIA, "BKP-1")


@pytest.mark.parametrize("operation", RESTS)
def test_a_denied_call_is_an_error_where_it_is_rested_on(denied, operation):
    """What could not be read is ERROR, by exactly the criteria that rest on it."""
    region = REGIONS[[*RESTS].index(operation)]
    errors = {finding.split()[0] for finding in findings(denied, "ERROR", region)}
    assert errors == RESTS[operation]
    assert findings(denied, "FAIL", region) == set()
    assert operation in json.dumps(denied.run["missing_rights"])


def test_denied_roles_and_copy_jobs_are_errors(prod):
    """GetRole is rested on by BKP-5, ListCopyJobs by BKP-7 and BKP-8."""
    prod.fault(operation="ListCopyJobs", **DENIED)
    prod.fault(operation="GetRole", **DENIED)
    result = prod.judge(*CRITERIA, "BKP-8")
    errors = {finding.split()[0] for finding in findings(result, "ERROR", HERE)}
    assert errors == {"BKP-5", "BKP-7", "BKP-8"}
    assert {finding.split()[0] for finding in findings(result, "ERROR", THERE)} == {
        "BKP-5"
    }
    assert result.found("FAIL") == set()
