"""The declared backup vault of one region, and what of it can refuse a job."""

from collections.abc import Mapping

from conformance.aws.client import AwsError
from conformance.aws.members import Members
from conformance.config.declared.backups import Backups
from conformance.deployed.backup_policies import JobPolicies
from conformance.deployed.encryption import EncryptionKey, KeyState
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.roles import DeployedRole, MissingRoleError
from conformance.model.backup.lifecycle import VaultLock
from conformance.model.backup.values import VaultKind
from conformance.model.errors import NotAssessedError, NotUnderstoodError

MISSING = "MISSING"
AWS_OWNED = "AWS_OWNED"
CUSTOMER_MANAGED = "CUSTOMER_MANAGED"
_KEY_TYPES = (None, "CUSTOMER_MANAGED_KMS_KEY", "AWS_OWNED_KMS_KEY")
"""EncryptionKeyType is absent for the AWS-managed key, which is neither."""


class DeployedVault:
    """The vault, as AWS Backup and KMS show it."""

    def __init__(self, facts: Facts, region: str, declared: Backups) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._declared = declared

    @prefetched
    def names(self) -> frozenset[str]:
        """The names of all vaults; a description does not tell missing from denied.

        A vault that is not there is answered with AccessDeniedException.
        """
        listed = self._read("ListBackupVaults")["BackupVaultList"]
        return frozenset(vault["BackupVaultName"] for vault in listed)

    @property
    def name(self) -> str:
        """The declared name, or `MISSING`."""
        return self._declared.vault if self._declared.vault in self.names else MISSING

    @property
    def arn(self) -> str:
        """The ARN of the declared vault, whether it is there or not."""
        account = self._facts.environment.account
        return (
            f"arn:aws:backup:{self._region}:{account}"
            f":backup-vault:{self._declared.vault}"
        )

    @property
    def present_name(self) -> str:
        """The declared name.

        Raises:
            NotAssessedError: the vault is missing.
        """
        if self.name == MISSING:
            raise NotAssessedError(f"backup vault missing in {self._region} (BKP-2)")
        return self.name

    @prefetched
    def description(self) -> Members:
        """DescribeBackupVault.

        Raises:
            NotAssessedError: the vault is missing.
        """
        return self._read("DescribeBackupVault", BackupVaultName=self.present_name)

    @property
    def kind(self) -> VaultKind:
        """The type and the state."""
        kind = str(self.description["VaultType"])
        # Only vaults that AWS makes in its own time have a state: of the operations
        # that make one, CreateBackupVault alone answers without VaultState.
        return VaultKind(kind, self.description.get("VaultState", "AVAILABLE"))

    @property
    def lock_refusals(self) -> Mapping[str, str]:
        """The declared retentions that the lock does not admit, with the reason."""
        # "If this parameter is not specified, Vault Lock does not enforce" the bound.
        lock = VaultLock(
            self.description.get("MinRetentionDays"),
            self.description.get("MaxRetentionDays"),
        )
        copies = self._declared.copies.get(self._region)
        kept = {
            "recovery points": self._declared.retention,
            **({"copies": copies.retention} if copies else {}),
        }
        found = {what: lock.refusal(retention) for what, retention in kept.items()}
        return {what: reason for what, reason in found.items() if reason}

    @property
    def key_arn(self) -> str:
        """The ARN of the key that the vault encrypts with, or `AWS_OWNED`.

        Raises:
            NotUnderstoodError: AWS says a type of key that is not known here.
        """
        kind = self.description.get("EncryptionKeyType")
        if kind not in _KEY_TYPES:
            raise NotUnderstoodError(f"EncryptionKeyType {kind} is not known")
        # A key that AWS owns is none of the account's, and has no ARN there.
        if kind == "AWS_OWNED_KMS_KEY":
            return AWS_OWNED
        return str(self.description.get("EncryptionKeyArn", AWS_OWNED))

    @prefetched
    def key(self) -> KeyState:
        """Class, state and home of the vault's key."""
        if self.key_arn == AWS_OWNED:
            return KeyState(AWS_OWNED, "Enabled", self._region, "of AWS")
        return EncryptionKey(self._facts, self._region, self.key_arn).state

    @property
    def customer_key(self) -> str:
        """The ARN of the vault's key if it is a customer's, else ""."""
        if self.key_arn == AWS_OWNED:
            return ""
        key = EncryptionKey(self._facts, self._region, self.key_arn)
        return key.arn if key.key_class == CUSTOMER_MANAGED else ""

    @property
    def denied_by_policy(self) -> frozenset[str]:
        """The actions that the vault's policy denies AWS Backup, or the declared role.

        Raises:
            NotUnderstoodError: that depends on a condition key that is not known.
        """
        policy = self.policy
        if policy is None:
            return frozenset()
        actions = ["backup:DescribeBackupVault", "backup:StartBackupJob"]
        if self._region in self._declared.copies:
            actions.append("backup:CopyIntoBackupVault")
        primary = self._facts.environment.regions[0]
        if self._declared.copies and self._region == primary:
            actions.append("backup:StartCopyJob")
        policies = JobPolicies(self._facts, self._region, self._role_arn)
        return policies.denied(policy, self.arn, actions)

    @prefetched
    def policy(self) -> Members | None:
        """The vault's access policy, None without one."""
        try:
            answer = self._read(
                "GetBackupVaultAccessPolicy", BackupVaultName=self.present_name
            )
        except AwsError as problem:
            if problem.code != "ResourceNotFoundException":
                raise
            return None
        return Members(answer.embedded("Policy"))

    @property
    def _role_arn(self) -> str:
        """The ARN of the declared role, which may have a path."""
        role = DeployedRole(self._facts, self._region, self._declared.role, "BKP-5")
        try:
            return role.arn
        except MissingRoleError:
            account = self._facts.environment.account
            return f"arn:aws:iam::{account}:role/{role.name}"

    @property
    def usable_key(self) -> KeyState:
        """The state that a key of the declared class needs to serve the vault."""
        account = self._facts.environment.account
        return KeyState(self._declared.key_class, "Enabled", self._region, account)

    @prefetched
    def declared_key_arn(self) -> str:
        """The ARN of the key behind the declared alias, or `MISSING`."""
        alias = self._declared.key_alias
        try:
            answer = self._facts.read("kms", self._region, "DescribeKey", KeyId=alias)
        except AwsError as problem:
            if problem.code != "NotFoundException":
                raise
            return MISSING
        return str(answer["KeyMetadata"]["Arn"])

    def _read(self, operation: str, **parameters: str) -> Members:
        return self._facts.read("backup", self._region, operation, **parameters)
