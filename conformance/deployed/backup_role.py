"""The role of a selection, as AWS Backup uses it for one table.

Source: AWS Backup Developer Guide, "IAM service roles" and "Customer managed policies"
for DynamoDB; DynamoDB Developer Guide, "Using AWS Backup with DynamoDB" for the rights
that advanced backup asks for.
"""

from collections.abc import Iterable, Iterator

from conformance.aws.client import AwsError
from conformance.config.declared.privileges import Grant
from conformance.deployed.facts import Facts
from conformance.deployed.roles import DeployedRole
from conformance.model.arn import home_of
from conformance.model.backup.values import Role
from conformance.model.errors import NotAssessedError
from conformance.model.iam.trust import NotUnderstoodError, refusal

SERVICE = "backup.amazonaws.com"
ON_TABLES = (
    "dynamodb:DescribeTable",
    "dynamodb:ListTagsOfResource",
    "dynamodb:StartAwsBackupJob",
)
"""The actions on a table that a job needs."""


class BackupRole:
    """One role, in one region."""

    def __init__(self, facts: Facts, region: str, arn: str) -> None:
        """Know the ARN that a selection names; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._arn = arn
        self.name = arn.rpartition("/")[2]

    @property
    def trusted(self) -> Role:
        """The role, and whether AWS Backup can assume it."""
        reason = self._untrusted()
        return Role(self.name, assumable=not reason, told=reason)

    def refused(self, table: str, vault: str, copies: Iterable[str]) -> frozenset[str]:
        """Return what the role is refused of the work on a table.

        `vault` is filled, `copies` are the vaults that its rules copy to.
        """
        role = DeployedRole(self._facts, self._region, self.name, "BKP-5")
        return role.refused(list(_grants(table, vault, [*copies])))

    def _untrusted(self) -> str:
        account = self._facts.environment.account
        if home_of(self._arn).account != account:
            return f"{self._arn} is of another account"
        try:
            answer = self._facts.read(
                "iam", self._region, "GetRole", RoleName=self.name
            )
        except AwsError as problem:
            if problem.code not in ("NoSuchEntity", "NoSuchEntityException"):
                raise
            return "there is no such role"
        if answer["Role"]["Arn"] != self._arn:
            return f"the selection names {self._arn}, which is not there"
        policy = answer["Role"].embedded("AssumeRolePolicyDocument")
        try:
            return refusal(policy, SERVICE, account)
        except NotUnderstoodError as problem:
            raise NotAssessedError(f"role {self.name}: {problem}") from None


def _grants(table: str, vault: str, copies: list[str]) -> Iterator[Grant]:
    yield Grant(ON_TABLES, (table,))
    yield Grant(("backup:DescribeBackupVault",), (vault,))
    if copies:
        yield Grant(("backup:CopyIntoBackupVault",), tuple(copies))
