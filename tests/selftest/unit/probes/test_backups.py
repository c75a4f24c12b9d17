"""On-demand backups: only our own, and none is left behind."""

import pytest

from conformance.aws.interlock import Interlock
from conformance.model.errors import NotAssessedError, RefusedError
from tests.selftest.own_contract import own_declared, own_environment

OURS = "conformance-suite-users-1"
ARN = "arn:aws:dynamodb:eu-west-1:815856636111:table/users-sit/backup/0{}"


@pytest.fixture
def interlock():
    """The interlock of sit, which has seen two backups, one of them ours."""
    environment = own_environment("sit")
    interlock = Interlock(environment, own_declared(environment).tables)
    told = [
        {"BackupName": OURS, "BackupArn": ARN.format(1)},
        {"BackupName": "theirs", "BackupArn": ARN.format(2)},
    ]
    interlock.answered("dynamodb", "ListBackups", {}, {"BackupSummaries": told})
    return interlock


ALLOWED = [
    ("CreateBackup", {"TableName": "users-sit", "BackupName": OURS}),
    ("ListBackups", {"TableName": "users-sit"}),
    ("DescribeBackup", {"BackupArn": ARN.format(1)}),
    ("DeleteBackup", {"BackupArn": ARN.format(1)}),
]


@pytest.mark.parametrize(("operation", "parameters"), ALLOWED)
def test_backups_of_ours_pass(interlock, operation, parameters):
    """What bears our name, of a declared table, may be made and removed."""
    assert interlock.check("dynamodb", operation, parameters, "eu-west-1") is None


REFUSED = {
    "a foreign name": (
        "CreateBackup",
        {"TableName": "users-sit", "BackupName": "nightly"},
    ),
    "no declared table": (
        "CreateBackup",
        {"TableName": "payroll", "BackupName": OURS},
    ),
    "the table of another environment": (
        "CreateBackup",
        {"TableName": "users-dev", "BackupName": OURS},
    ),
    "somebody else's backup": ("DeleteBackup", {"BackupArn": ARN.format(2)}),
    "a backup that nobody named": ("DeleteBackup", {"BackupArn": ARN.format(3)}),
    "a look at somebody else's": ("DescribeBackup", {"BackupArn": ARN.format(2)}),
    "every table's": ("ListBackups", {}),
    "no backup at all": ("DeleteBackup", {}),
}


@pytest.mark.parametrize("what", REFUSED)
def test_backups_of_others_are_refused(interlock, what):
    """Nothing that may be somebody else's is touched, whatever asks for it."""
    operation, parameters = REFUSED[what]
    with pytest.raises(RefusedError, match=f"dynamodb:{operation} refused"):
        interlock.check("dynamodb", operation, parameters, "eu-west-1")


def test_backups_need_their_class():
    """An environment allows reads alone until its owner adds the class."""
    environment = own_environment("prod")
    interlock = Interlock(environment, own_declared(environment).tables)
    request = {"TableName": "users-prod", "BackupName": OURS}
    with pytest.raises(NotAssessedError, match='adds "backup" to allows'):
        interlock.check("dynamodb", "CreateBackup", request, "eu-west-1")
