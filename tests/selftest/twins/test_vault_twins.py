"""Vaults, their keys and the role of backups fail where they are wrong."""

import json

import pytest

from tests.selftest.twins.backup_env import CRITERIA, HERE, THERE, of
from tests.selftest.twins.recorded_env import expected


def test_a_missing_vault_fails_once(sit):
    """A rule into a vault that is not there fails BKP-2; what rests on it waits."""
    answers = sit.answers()
    answers["ListBackupVaults"]["BackupVaultList"].clear()
    waits = {"BKP-2", "ENC-5", *of("BKP-4"), *of("BKP-5"), *of("BKP-6"), *of("ENC-5")}
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
    wanted = expected(NOT_ASSESSED={"ENC-5", *of("BKP-5"), *of("ENC-5")})
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
    assert judged == expected(FAIL=of("BKP-5"), NOT_ASSESSED=of("BKP-5"))
    for key in judged:
        assert any("no such role" in reason for reason in judged.reasons(key))


def test_a_trust_that_is_not_understood_is_not_assessed(sit, role):
    """A condition that is not judged makes no verdict."""
    answers, statement = role
    time = {"aws:CurrentTime": "2030-01-01T00:00:00Z"}
    statement["Condition"] = {"DateLessThan": time}
    assert sit.judge(answers, *CRITERIA) == expected(NOT_ASSESSED=of("BKP-5"))


def refuse(action, decision="implicitDeny"):
    """Let the role of backups be refused an action on whatever it is asked for."""

    def change(answers):
        asked = answers.every("SimulatePrincipalPolicy", "backup-role", action)
        for answer in asked:
            for result in answer["EvaluationResults"]:
                if result["EvalActionName"] == action:
                    result |= {"EvalDecision": decision, "MissingContextValues": []}
                    for specific in result.get("ResourceSpecificResults", ()):
                        specific["EvalResourceDecision"] = decision
                        specific["MissingContextValues"] = []

    return change


RIGHTS = [
    "dynamodb:StartAwsBackupJob",
    "dynamodb:ListTagsOfResource",
    "dynamodb:DescribeTable",
    "backup:DescribeBackupVault",
]


@pytest.mark.parametrize("action", RIGHTS)
@pytest.mark.parametrize("decision", ["implicitDeny", "explicitDeny"])
def test_a_role_without_a_right_of_its_jobs_fails(sit, action, decision):
    """A role that AWS Backup can assume and that may do nothing fails every job."""
    answers = sit.answers()
    refuse(action, decision)(answers)
    judged = sit.judge(answers, *CRITERIA)
    assert judged == expected(FAIL=of("BKP-5"))
    assert any(action in reason for reason in judged.reasons("BKP-5 users"))


def test_a_role_that_may_not_find_tags_fails_where_tags_select(sit):
    """A selection by ARN needs no tags; one by tags finds nothing without the right."""
    answers = sit.answers()
    refuse("tag:GetResources")(answers)
    assert sit.judge(answers, *CRITERIA) == {}
    selection = answers["GetBackupSelection"]["BackupSelection"]
    del selection["Resources"]
    one = {"ConditionKey": "aws:ResourceTag/Project", "ConditionValue": "bbws"}
    selection["Conditions"] = {"StringEquals": [one]}
    assert sit.judge(answers, *CRITERIA) == expected(FAIL=of("BKP-5"))


def test_a_role_that_may_not_copy_fails_where_the_copies_come_from(prod):
    """The role needs the vaults that its rules copy to, where there are copies."""
    answers = prod.answers()
    refuse("backup:CopyIntoBackupVault")(answers)
    judged = prod.judge(answers, *CRITERIA)
    assert judged == {
        f"BKP-5 {table} {HERE}": "FAIL" for table in ("campaigns", "users")
    }


def second_selection(answers, **members):
    """Let another selection cover all tables, too."""
    listed = answers["ListBackupSelections"]["BackupSelectionsList"]
    (plan, region) = listed[0]["BackupPlanId"], sit_region(answers)
    listed.append(listed[0] | {"SelectionId": "second"})
    first = answers["GetBackupSelection"]
    document = first["BackupSelection"] | {"SelectionName": "second"} | members
    answers.add(
        "backup",
        region,
        "GetBackupSelection",
        first | {"BackupSelection": document, "SelectionId": "second"},
        BackupPlanId=plan,
        SelectionId="second",
    )


def sit_region(answers):
    """The region of the plan."""
    (plan,) = answers["ListBackupPlans"]["BackupPlansList"]
    return plan["BackupPlanArn"].split(":")[3]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::999999999999:role/{name}",
        "arn:aws:iam::{account}:role/of-before/{name}",
    ],
)
def test_a_role_of_the_same_name_elsewhere_fails(sit, arn):
    """A role is its ARN: another account or another path is another role."""
    answers = sit.answers()
    selection = answers["GetBackupSelection"]["BackupSelection"]
    name = selection["IamRoleArn"].rpartition("/")[2]
    selection["IamRoleArn"] = arn.format(name=name, account=sit.account)
    judged = sit.judge(answers, *CRITERIA)
    assert judged == expected(FAIL=of("BKP-5"))


def test_each_covering_selection_has_a_role_that_works(sit):
    """A job of each covering selection is made, so one bad role fails some of them."""
    answers = sit.answers()
    second_selection(answers, IamRoleArn=f"arn:aws:iam::{sit.account}:role/gone")
    answers.add("iam", sit_region(answers), "GetRole", {}, RoleName="gone")
    answers.fail("GetRole", '"gone"', code="NoSuchEntity")
    wanted = expected(FAIL=of("BKP-5"), NOT_ASSESSED=of("BKP-5"))
    assert sit.judge(answers, *CRITERIA) == wanted


def test_a_second_selection_with_the_same_role_passes(sit):
    """Two selections may cover a table."""
    answers = sit.answers()
    second_selection(answers)
    assert sit.judge(answers, *CRITERIA) == {}


def deny(action, **members):
    """A statement that denies everybody an action."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": "*",
    } | members


def vault_policy(answers, *statements, where=""):
    """Give the vault an access policy."""
    for parameters, vault in answers.items("DescribeBackupVault", where):
        name, region = parameters["BackupVaultName"], vault["BackupVaultArn"]
        answers.forget("GetBackupVaultAccessPolicy", where)
        answers.add(
            "backup",
            region.split(":")[3],
            "GetBackupVaultAccessPolicy",
            {"BackupVaultName": name, "Policy": json.dumps({"Statement": statements})},
            BackupVaultName=name,
        )


def is_not(key, value, operator="StringNotEquals"):
    """A condition that holds for all but one value."""
    return {"Condition": {operator: {key: value}}}


DENYING = {
    "everybody": deny("backup:StartBackupJob"),
    "AWS Backup": deny(
        "backup:StartBackupJob", Principal={"Service": "backup.amazonaws.com"}
    ),
    "all but an administrator": deny(
        ["backup:StartBackupJob", "backup:DeleteRecoveryPoint"],
        **is_not("aws:PrincipalArn", "arn:aws:iam::*:role/admin", "ArnNotLike"),
    ),
}
HARMLESS = {
    "what no job does": deny("backup:DeleteRecoveryPoint"),
    "strangers": deny(
        "backup:StartBackupJob", Principal={"AWS": "arn:aws:iam::999999999999:root"}
    ),
    "copies, where none come from or go to": deny(
        ["backup:CopyIntoBackupVault", "backup:StartCopyJob"]
    ),
    "plain HTTP": deny(
        "backup:StartBackupJob",
        Condition={"Bool": {"aws:SecureTransport": "false"}},
    ),
    "nobody": {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "backup:CopyIntoBackupVault",
        "Resource": "*",
    },
}


@pytest.mark.parametrize("whom", DENYING)
def test_a_vault_whose_policy_denies_jobs_fails(sit, whom):
    """A denial in the vault's policy outweighs every right of the role."""
    answers = sit.answers()
    vault_policy(answers, DENYING[whom])
    judged = sit.judge(answers, *CRITERIA)
    assert judged == {"BKP-2": "FAIL"}
    assert any("denies backup:StartBackupJob" in why for why in judged.reasons("BKP-2"))


@pytest.mark.parametrize("what", HARMLESS)
def test_a_policy_that_denies_something_else_passes(sit, what):
    """Protection of what is in the vault is no defect."""
    answers = sit.answers()
    vault_policy(answers, HARMLESS[what])
    assert sit.judge(answers, *CRITERIA) == {}


def test_a_denial_that_depends_on_something_else_is_not_assessed(sit):
    """Who is denied by the organization's id, the suite cannot tell."""
    answers = sit.answers()
    one = deny("backup:StartBackupJob", **is_not("aws:PrincipalOrgID", "o-1"))
    vault_policy(answers, one)
    judged = sit.judge(answers, *CRITERIA)
    assert judged == {"BKP-2": "NOT_ASSESSED"}
    assert any("aws:PrincipalOrgID" in why for why in judged.reasons("BKP-2"))


def test_a_policy_that_denies_copies_fails_where_they_go(prod):
    """The vault of the copies must let them in."""
    answers = prod.answers()
    vault_policy(answers, deny("backup:CopyIntoBackupVault"), where=THERE)
    assert prod.judge(answers, *CRITERIA) == {f"BKP-2 {THERE}": "FAIL"}


def test_a_policy_that_nobody_may_read_is_an_error(sit):
    """Denied is not absent."""
    answers = sit.answers()
    answers.fail("GetBackupVaultAccessPolicy")
    assert sit.judge(answers, *CRITERIA) == {"BKP-2": "ERROR"}


def key_policy(answers, words, change):
    """Change the policy of a key."""
    answer = answers["GetKeyPolicy", words]
    document = json.loads(answer["Policy"])
    change(document["Statement"])
    answer["Policy"] = json.dumps(document)


def arn_of_vault_key(answers):
    """The ARN of the vault's key."""
    return answers["DescribeBackupVault"]["EncryptionKeyArn"]


def arn_of_table_key(answers):
    """The ARN of the key of users."""
    return answers["DescribeTable", "users-"]["Table"]["SSEDescription"][
        "KMSMasterKeyArn"
    ]


def somebody_else(statements):
    """Let the key's policy name an administrator, and not the account."""
    statements[0]["Principal"] = {"AWS": "arn:aws:iam::111122223333:role/admin"}


def nobody_by_backup(statements):
    """Deny the key to all who come through AWS Backup or DynamoDB."""
    services = ["backup.*.amazonaws.com", "dynamodb.*.amazonaws.com"]
    condition = {"StringLike": {"kms:ViaService": services}}
    statements.append(deny("kms:*", Condition=condition))


@pytest.mark.parametrize("key", [arn_of_vault_key, arn_of_table_key])
@pytest.mark.parametrize("change", [somebody_else, nobody_by_backup])
def test_a_key_that_does_not_admit_the_role_fails(sit, key, change):
    """A key's policy decides: the role's rights alone do not reach it."""
    answers = sit.answers()
    key_policy(answers, key(answers), change)
    judged = sit.judge(answers, "BKP-5")
    assert set(judged.values()) == {"FAIL"}
    assert "BKP-5 users" in judged


def test_a_key_that_does_not_admit_copies_fails_where_they_come_from(prod):
    """The key of the vault that takes the copies must admit the role, too."""
    answers = prod.answers()
    key = answers["DescribeBackupVault", THERE]["EncryptionKeyArn"]
    key_policy(answers, key, somebody_else)
    judged = prod.judge(answers, "BKP-5")
    assert judged == {
        f"BKP-5 {table} {region}": "FAIL"
        for table in ("campaigns", "users")
        for region in (HERE, THERE)
    }


@pytest.mark.parametrize("key", [arn_of_vault_key, arn_of_table_key])
def test_a_key_that_admits_the_services_users_passes(sit, key):
    """A policy may admit the account's principals through a service."""
    answers = sit.answers()

    def through_services(statements):
        services = [f"{name}.*.amazonaws.com" for name in ("backup", "dynamodb")]
        statements[:] = [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": "kms:*",
                "Resource": "*",
                "Condition": {
                    "StringEquals": {"kms:CallerAccount": sit.account},
                    "StringLike": {"kms:ViaService": services},
                },
            }
        ]

    key_policy(answers, key(answers), through_services)
    assert sit.judge(answers, "BKP-5") == {}


@pytest.mark.parametrize("key", [arn_of_vault_key, arn_of_table_key])
def test_a_grant_that_is_not_understood_does_no_harm_beside_the_accounts(sit, key):
    """The default policy leaves the key to IAM, whatever stands beside it."""
    answers = sit.answers()
    tagged = {"StringEquals": {"aws:PrincipalTag/team": "bbws"}}

    def another_grant(statements):
        grant = statements[0] | {"Principal": {"AWS": "*"}, "Condition": tagged}
        statements.append(grant)

    key_policy(answers, key(answers), another_grant)
    assert sit.judge(answers, "BKP-5") == {}


@pytest.mark.parametrize("key", [arn_of_vault_key, arn_of_table_key])
def test_a_denial_of_a_key_that_is_not_understood_is_not_assessed(sit, key):
    """Whom a denial by organization hits, the suite cannot tell."""
    answers = sit.answers()
    one = deny("kms:*", **is_not("aws:PrincipalOrgID", "o-1"))
    key_policy(answers, key(answers), lambda statements: statements.append(one))
    judged = sit.judge(answers, "BKP-5")
    assert set(judged.values()) == {"NOT_ASSESSED"}


@pytest.mark.parametrize("key", [arn_of_vault_key, arn_of_table_key])
def test_a_statement_of_a_key_without_a_principal_is_not_assessed(sit, key):
    """A policy that is attached to a resource says whom it is about."""
    answers = sit.answers()
    key_policy(answers, key(answers), lambda statements: statements[0].pop("Principal"))
    judged = sit.judge(answers, "BKP-5")
    assert set(judged.values()) == {"NOT_ASSESSED"}


def test_a_role_without_the_right_to_the_tables_key_fails(sit):
    """The key's policy leaves it to the role, and the role has no such right."""
    answers = sit.answers()
    refuse("kms:Decrypt")(answers)
    assert sit.judge(answers, *CRITERIA) == expected(FAIL=of("BKP-5"))


def test_a_table_whose_policy_denies_the_role_fails(sit):
    """The policy of a table may shut out whoever is no application, and the role."""
    answers = sit.answers()
    table = answers["DescribeTable", "users-"]["Table"]["TableArn"]
    application = f"arn:aws:iam::{sit.account}:role/application"
    statement = deny(
        "dynamodb:*", **is_not("aws:PrincipalArn", application, "ArnNotEquals")
    )
    answers.add(
        "dynamodb",
        sit_region(answers),
        "GetResourcePolicy",
        {"Policy": json.dumps({"Statement": [statement]}), "RevisionId": "1"},
        ResourceArn=table,
    )
    judged = sit.judge(answers, "BKP-5")
    assert judged == {"BKP-5 users": "FAIL"}
    assert any("StartAwsBackupJob" in why for why in judged.reasons("BKP-5 users"))
