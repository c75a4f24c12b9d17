"""The KMS key that a table is encrypted with."""

from dataclasses import dataclass

from conformance.aws.client import AwsError
from conformance.aws.members import Members
from conformance.deployed.facts import Facts
from conformance.model.arn import home_of
from conformance.model.errors import NotAssessedError, NotUnderstoodError
from conformance.model.table import OFF

_CLASSES = {"CUSTOMER": "CUSTOMER_MANAGED", "AWS": "AWS_MANAGED"}
"""The key classes, by KeyManager."""
_KEPT = "KEY_MATERIAL_DOES_NOT_EXPIRE"


@dataclass(frozen=True, repr=False)
class KeyState:
    """The properties of a key that make it usable for a table."""

    key_class: str
    """`AWS_MANAGED` or `CUSTOMER_MANAGED`."""
    state: str
    """`Enabled`, `Disabled`, `PendingDeletion`, …"""
    region: str
    """The region of the key."""
    account: str
    """The account of the key."""

    def __repr__(self) -> str:
        """Return the key in words."""
        return f"{self.key_class} key, {self.state}, in {self.region} of {self.account}"


class EncryptionKey:
    """One KMS key, read where the table lives."""

    def __init__(self, facts: Facts, region: str, arn: str) -> None:
        """Know which key; nothing is read yet."""
        self._facts = facts
        self._region = region
        self.arn = arn

    @property
    def _metadata(self) -> Members:
        answer = self._facts.read("kms", self._region, "DescribeKey", KeyId=self.arn)
        return Members(answer["KeyMetadata"])

    @property
    def key_class(self) -> str:
        """`AWS_MANAGED` or `CUSTOMER_MANAGED`; another account's is not asked for.

        Only a key that a customer manages can be used from another account:
        https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
        """
        if self.is_foreign:
            return "CUSTOMER_MANAGED"
        manager = self._metadata["KeyManager"]
        if manager not in _CLASSES:
            raise NotUnderstoodError(f"key not understood: its KeyManager is {manager}")
        return _CLASSES[manager]

    @property
    def state(self) -> KeyState:
        """Class, state and home of the key, as they are now.

        Raises:
            NotUnderstoodError: the key is enabled, and its material expires, which a
                contract has no word for.
        """
        if self.state_now == "Enabled":
            self._require_lasting_material()
        return self.in_state(self.state_now)

    def in_state(self, state: str) -> KeyState:
        """Return class and home of the key with this state."""
        region, account = home_of(self.arn)
        return KeyState(self.key_class, state, region, account)

    @property
    def state_now(self) -> str:
        """KeyState, with the day of deletion; another account's is not asked for."""
        if self.is_foreign:
            return "not asked for"
        deleted = self._metadata.get("DeletionDate")  # only while it is scheduled
        state = str(self._metadata["KeyState"])
        return f"{state} on {deleted:%Y-%m-%d}" if deleted else state

    def _require_lasting_material(self) -> None:
        metadata = self._metadata
        # Absent where the material was not imported (API_KeyMetadata).
        expiration = metadata.get("ExpirationModel", _KEPT)
        if expiration == _KEPT:
            return
        until = metadata.get("ValidTo")
        date = f" on {until:%Y-%m-%d}" if until else ""
        raise NotUnderstoodError(
            f"not understood: the key's material {expiration}{date}",
        )

    @property
    def is_foreign(self) -> bool:
        """True if the key is another account's."""
        return home_of(self.arn).account != self._facts.environment.account

    @property
    def rotation(self) -> str:
        """`ON`, `OFF`, or `UNSUPPORTED` where KMS cannot rotate the key's material.

        Raises:
            NotAssessedError: the key is another account's.
        """
        if self.is_foreign:
            raise NotAssessedError("the key is another account's (ENC-2)")
        try:
            answer = self._facts.read(
                "kms", self._region, "GetKeyRotationStatus", KeyId=self.arn
            )
        except AwsError as problem:
            # API_GetKeyRotationStatus: keys with imported material or in a key store.
            if problem.code != "UnsupportedOperationException":
                raise
            return "UNSUPPORTED"
        return "ON" if answer["KeyRotationEnabled"] else OFF
