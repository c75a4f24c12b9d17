"""Vaults, their keys and the role of backups fail where they are wrong."""

import json
from dataclasses import replace

from tests.selftest.twins.backup_env import (
    CRITERIA,
    HERE,
    THERE,
    environment,
    findings,
    of,
)

__all__ = ["environment"]


def test_a_missing_vault_fails_once(environment):
    """A rule into a vault that is not there fails BKP-2; what rests on it waits."""
    twin = environment([THERE], lambda it: replace(it, vault="another-vault"))
    twin.rule(TargetBackupVaultName=twin.backups.vault)
    result = twin.judge(*CRITERIA)
    assert findings(result, "FAIL") == {"BKP-2"}
    assert findings(result, "ERROR") == set()
    waits = of("BKP-4") | of("BKP-6") | of("ENC-5")
    assert findings(result, "NOT_ASSESSED") == {"ENC-5", *waits}


def test_the_vault_of_one_region_is_none_of_the_other(environment):
    """A replica region without the vault fails BKP-2 there; copies have no place."""
    twin = environment(
        [HERE, THERE],
        lambda it: replace(it, vault="another-vault", copies={}),
        judged_as="prod",
    )
    twin.backup(HERE).create_backup_vault(BackupVaultName=twin.backups.vault)
    result = twin.judge("BKP-2", "BKP-8")
    assert findings(result, "FAIL", HERE) == set()
    assert findings(result, "FAIL", THERE) == {"BKP-2"}
    assert findings(result, "ERROR", HERE) == set()


def test_a_vault_under_the_key_of_aws_fails(environment):
    """A vault made without a key has AWS's own: another class than declared."""
    twin = environment([THERE], lambda it: replace(it, key_class="AWS_MANAGED"))
    result = twin.judge(*CRITERIA)
    assert findings(result, "FAIL") == {"ENC-5"}
    assert "AWS_MANAGED key" in result.output


BACKUP = {"Service": "backup.amazonaws.com"}


def trust(twin, principal, **more):
    """Change whom the role trusts."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    document = {"Version": "2012-10-17", "Statement": [statement | more]}
    twin.client("iam").update_assume_role_policy(
        RoleName=twin.backups.role, PolicyDocument=json.dumps(document)
    )


def test_a_role_that_backup_cannot_assume_fails(environment):
    """A role that trusts another service fails BKP-5, as one that is not there does."""
    twin = environment([THERE])
    trust(twin, {"Service": "ec2.amazonaws.com"})
    result = twin.judge(*CRITERIA)
    assert findings(result, "FAIL") == of("BKP-5")
    assert findings(result, "ERROR") | findings(result, "NOT_ASSESSED") == set()
    twin.client("iam").delete_role(RoleName=twin.backups.role)
    result = twin.judge(*CRITERIA)
    assert findings(result, "FAIL") == of("BKP-5")
    assert "there is no such role" in result.output


def test_a_trust_that_is_not_understood_is_not_assessed(environment):
    """A condition that is not judged makes no verdict."""
    twin = environment([THERE])
    condition = {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}
    trust(twin, BACKUP, Condition=condition)
    result = twin.judge("BKP-5")
    assert findings(result, "NOT_ASSESSED") == of("BKP-5")
    assert findings(result, "FAIL") == set()
