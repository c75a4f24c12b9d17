"""Vaults, their keys and the role of backups fail where they are wrong."""

import pytest

from tests.selftest.twins.backup_env import CRITERIA, HERE, THERE, of
from tests.selftest.twins.recorded_env import expected


def test_a_missing_vault_fails_once(sit):
    """A rule into a vault that is not there fails BKP-2; what rests on it waits."""
    answers = sit.answers()
    answers["ListBackupVaults"]["BackupVaultList"].clear()
    waits = {"BKP-2", "ENC-5", *of("BKP-4"), *of("BKP-6"), *of("ENC-5")}
    wanted = expected(FAIL={"BKP-2"}, NOT_ASSESSED=waits)
    assert sit.judge(answers, *CRITERIA) == wanted


def test_the_vault_of_one_region_is_none_of_the_other(prod):
    """A replica region without the vault fails BKP-2 there; copies have no place."""
    answers = prod.answers()
    answers["ListBackupVaults", THERE]["BackupVaultList"].clear()
    judged = prod.judge(answers, "BKP-2", "BKP-8")
    assert judged.pop(f"BKP-2 {THERE}") == "FAIL, NOT_ASSESSED"
    assert set(judged.values()) == {"NOT_ASSESSED"}
    assert judged.keys() == {
        f"BKP-8 {table} {HERE}" for table in ("campaigns", "users")
    }


def describe(**members):
    """Change what describes the vault; None takes a member away."""

    def change(answers):
        for vault in answers.every("DescribeBackupVault"):
            for name, value in members.items():
                vault[name] = value
                if value is None:
                    del vault[name]

    return change


UNUSABLE = {
    "air-gapped": describe(VaultType="LOGICALLY_AIR_GAPPED_BACKUP_VAULT"),
    "of a type of a later day": describe(VaultType="ANOTHER_VAULT"),
    "not made yet": describe(VaultState="CREATING"),
    "not made": describe(VaultState="FAILED"),
    "locked for longer": describe(MinRetentionDays=8, Locked=True),
    "locked for shorter": describe(MaxRetentionDays=6, Locked=True),
}
USABLE = {
    "without a state": describe(VaultState=None),
    "locked for just as long": describe(
        MinRetentionDays=7, MaxRetentionDays=7, Locked=True
    ),
    "locked for a day": describe(MinRetentionDays=1, Locked=True),
}


@pytest.mark.parametrize("how", UNUSABLE)
def test_a_vault_that_refuses_jobs_fails(sit, how):
    """A vault that is there may be none that the rule can fill."""
    answers = sit.answers()
    UNUSABLE[how](answers)
    assert sit.judge(answers, *CRITERIA) == {"BKP-2": "FAIL"}


@pytest.mark.parametrize("how", USABLE)
def test_a_vault_that_takes_the_jobs_passes(sit, how):
    """A lock is no defect; an ordinary vault may show no state."""
    answers = sit.answers()
    USABLE[how](answers)
    assert sit.judge(answers, *CRITERIA) == {}


def test_a_lock_that_refuses_copies_fails_where_they_go(prod):
    """The vault of the copies admits its own recovery points, and no copy."""
    answers = prod.answers()
    for _, copy in answers.items("GetBackupPlan", HERE):
        assert copy["BackupPlan"]["Rules"][0]["CopyActions"]
    answers["DescribeBackupVault", THERE]["MaxRetentionDays"] = 29
    judged = prod.judge(answers, *CRITERIA)
    assert judged == {f"BKP-2 {THERE}": "FAIL"}
    assert "copies" in judged.reasons(f"BKP-2 {THERE}")[0]


KEYLESS = {
    "no ARN": describe(EncryptionKeyArn=None, EncryptionKeyType=None),
    "the type": describe(EncryptionKeyType="AWS_OWNED_KMS_KEY"),
}


@pytest.mark.parametrize("how", KEYLESS)
def test_a_vault_under_a_key_that_aws_owns_fails(sit, how):
    """A key that AWS owns is no customer's, and no key of the recovery points."""
    answers = sit.answers()
    KEYLESS[how](answers)
    wanted = expected(FAIL={"ENC-5", *of("ENC-5")})
    assert sit.judge(answers, *CRITERIA) == wanted


def test_a_type_of_key_that_is_not_known_is_not_assessed(sit):
    """Nobody guesses what kind of key it is."""
    answers = sit.answers()
    describe(EncryptionKeyType="ANOTHER_KEY")(answers)
    wanted = expected(NOT_ASSESSED={"ENC-5", *of("ENC-5")})
    assert sit.judge(answers, *CRITERIA) == wanted


def test_a_vault_without_a_type_is_an_error(sit):
    """AWS does not say what the absence of a type means."""
    answers = sit.answers()
    describe(VaultType=None)(answers)
    judged = sit.judge(answers, *CRITERIA)
    assert judged == {"BKP-2": "ERROR"}
    assert any("without VaultType" in reason for reason in judged.reasons("BKP-2"))


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
