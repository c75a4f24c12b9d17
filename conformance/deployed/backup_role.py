"""The role of a selection, as AWS Backup uses it for one table.

Source: AWS Backup Developer Guide, "IAM service roles" and "Customer managed policies"
for DynamoDB; DynamoDB Developer Guide, "Using AWS Backup with DynamoDB" for the rights
that advanced backup asks for.
"""

from collections.abc import Iterable, Iterator

from conformance.aws.client import AwsError
from conformance.config.declared.privileges import Grant
from conformance.deployed.backup_policies import JobPolicies
from conformance.deployed.facts import Facts
from conformance.deployed.resource_policies import ResourcePolicies
from conformance.deployed.roles import DeployedRole
from conformance.model.arn import home_of
from conformance.model.backup.values import Role
from conformance.model.iam.trust import refusal

SERVICE = "backup.amazonaws.com"
ON_TABLES = (
    "dynamodb:DescribeTable",
    "dynamodb:ListTagsOfResource",
    "dynamodb:StartAwsBackupJob",
)
"""The actions on a table that a job needs."""
_ON_VAULT_KEY = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey",
)
_ON_TABLE_KEY = ("kms:Decrypt",)
_OF_DYNAMODB = "kms:EncryptionContext:aws:dynamodb"
"""DynamoDB Developer Guide, "DynamoDB encryption context"."""


class BackupRole:
    """One role, in one region."""

    def __init__(self, facts: Facts, region: str, arn: str) -> None:
        """Know the ARN that a selection names; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._arn = arn
        self.name = arn.rpartition("/")[2]

    def in_region(self, region: str) -> "BackupRole":
        """Return the same role, as it works in another region."""
        return BackupRole(self._facts, region, self._arn)

    @property
    def trusted(self) -> Role:
        """The role, and whether AWS Backup can assume it."""
        reason = self._untrusted()
        return Role(self.name, assumable=not reason, told=reason)

    def refused(
        self, table: str, vault: str, copies: Iterable[str], *, by_tags: bool
    ) -> frozenset[str]:
        """Return what the role is refused of the work on a table.

        `vault` is filled, `copies` are the vaults that its rules copy to. A selection
        by tags finds its tables by tag:GetResources; the other ones do not need it. The
        table's own policy may deny what the role's policies allow.
        """
        attached = ResourcePolicies(self._facts, (table,))
        role = DeployedRole(self._facts, self._region, self.name, "BKP-5", attached)
        work = role.refused(list(_grants(table, vault, [*copies])))
        tags = role.refused([Grant(("tag:GetResources",), ("*",))])
        return work | tags if by_tags else work

    def refused_by_keys(self, vault_key: str, table: str, key: str) -> frozenset[str]:
        """Return what keys refuse the role: the vault's and the table's, "" for none.

        The policy of a key decides, or leaves it to the role's own policies.
        """
        policies = JobPolicies(self._facts, self._region, self._arn)
        found = frozenset[str]()
        if vault_key:
            refused, _ = policies.refused_by_key(
                vault_key, _ON_VAULT_KEY, self._key_context("backup")
            )
            found |= refused
        if key:
            context = self._key_context("dynamodb") | {
                f"{_OF_DYNAMODB}:tableName": [table.rpartition("/")[2]],
                f"{_OF_DYNAMODB}:subscriberId": [self._facts.environment.account],
            }
            refused, left = policies.refused_by_key(key, _ON_TABLE_KEY, context)
            found |= refused
            if left:
                role = DeployedRole(self._facts, self._region, self.name, "BKP-5")
                found |= role.refused([Grant(tuple(sorted(left)), (key,))], context)
        return found

    def _key_context(self, via: str) -> dict[str, list[str]]:
        return {
            "kms:CallerAccount": [self._facts.environment.account],
            "kms:GrantIsForAWSResource": ["true"],
            "kms:ViaService": [f"{via}.{self._region}.amazonaws.com"],
        }

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
        return refusal(policy, SERVICE, account, self._region)


def _grants(table: str, vault: str, copies: list[str]) -> Iterator[Grant]:
    yield Grant(ON_TABLES, (table,))
    yield Grant(("backup:DescribeBackupVault",), (vault,))
    if copies:
        yield Grant(("backup:CopyIntoBackupVault",), tuple(copies))
