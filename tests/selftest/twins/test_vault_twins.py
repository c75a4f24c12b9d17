"""Vaults, their keys and the role of backups fail where they are wrong."""

import pytest

from tests.selftest.twins.backup_env import CRITERIA, HERE, THERE, of
from tests.selftest.twins.recorded_env import expected


def test_a_missing_vault_fails_once(sit):
    """A rule into a vault that is not there fails BKP-2; what rests on it waits."""
    answers = sit.answers()
    answers["ListBackupVaults"]["BackupVaultList"].clear()
    waits = {"ENC-5", *of("BKP-4"), *of("BKP-6"), *of("ENC-5")}
    wanted = expected(FAIL={"BKP-2"}, NOT_ASSESSED=waits)
    assert sit.judge(answers, *CRITERIA) == wanted


def test_the_vault_of_one_region_is_none_of_the_other(prod):
    """A replica region without the vault fails BKP-2 there; copies have no place."""
    answers = prod.answers()
    answers["ListBackupVaults", THERE]["BackupVaultList"].clear()
    judged = prod.judge(answers, "BKP-2", "BKP-8")
    assert judged.pop(f"BKP-2 {THERE}") == "FAIL"
    assert set(judged.values()) == {"NOT_ASSESSED"}
    assert judged.keys() == {
        f"BKP-8 {table} {HERE}" for table in ("campaigns", "users")
    }


def test_a_vault_under_the_key_of_aws_fails(sit):
    """A vault made without a key has AWS's own: another class than declared."""
    answers = sit.answers()
    (vault,) = answers["ListBackupVaults"]["BackupVaultList"]
    key = answers["DescribeKey", vault["EncryptionKeyArn"]]["KeyMetadata"]
    key["KeyManager"] = "AWS"
    judged = sit.judge(answers, *CRITERIA)
    assert judged == {"ENC-5": "FAIL"}
    assert any("AWS_MANAGED key" in reason for reason in judged.reasons("ENC-5"))


@pytest.fixture
def role(sit):
    """The recorded answers, and the trust policy of the role of backups in them."""
    answers = sit.answers()
    role = answers["GetRole", "backup-role"]["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    return answers, statement


def test_a_role_that_backup_cannot_assume_fails(sit, role):
    """A role that trusts another service fails BKP-5."""
    answers, statement = role
    statement["Principal"] = {"Service": "ec2.amazonaws.com"}
    assert sit.judge(answers, *CRITERIA) == expected(FAIL=of("BKP-5"))


def test_a_role_that_is_not_there_fails(sit, role):
    """A selection that names a role that nobody made fails BKP-5."""
    answers, _ = role
    answers.fail("GetRole", "backup-role", code="NoSuchEntity")
    judged = sit.judge(answers, *CRITERIA)
    assert judged == expected(FAIL=of("BKP-5"))
    for key in judged:
        assert any("no such role" in reason for reason in judged.reasons(key))


def test_a_trust_that_is_not_understood_is_not_assessed(sit, role):
    """A condition that is not judged makes no verdict."""
    answers, statement = role
    time = {"aws:CurrentTime": "2030-01-01T00:00:00Z"}
    statement["Condition"] = {"DateLessThan": time}
    assert sit.judge(answers, *CRITERIA) == expected(NOT_ASSESSED=of("BKP-5"))
