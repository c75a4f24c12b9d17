"""The KMS key that a table is encrypted with."""

from dataclasses import dataclass

from conformance.aws.members import Members
from conformance.deployed.facts import Facts
from conformance.model.errors import NotAssessedError
from conformance.model.table import OFF

_CLASSES = {"CUSTOMER": "CUSTOMER_MANAGED", "AWS": "AWS_MANAGED"}
"""The key classes, by KeyManager."""


@dataclass(frozen=True, repr=False)
class KeyState:
    """The properties of a key that make it usable for a table."""

    key_class: str
    """`AWS_MANAGED` or `CUSTOMER_MANAGED`."""
    state: str
    """`Enabled`, `Disabled`, `PendingDeletion`, …"""
    region: str
    """The region of the key."""

    def __repr__(self) -> str:
        """Return the key in words."""
        return f"{self.key_class} key, {self.state}, in {self.region}"


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
    def state(self) -> KeyState:
        """Class, state and home of the key."""
        manager = self._metadata["KeyManager"]
        if manager not in _CLASSES:
            raise NotAssessedError(f"key not understood: its KeyManager is {manager}")
        return KeyState(
            key_class=_CLASSES[manager],
            state=self._metadata["KeyState"],
            region=self._metadata["Arn"].split(":")[3],
        )

    @property
    def rotation(self) -> str:
        """`ON` or `OFF`."""
        answer = self._facts.read(
            "kms", self._region, "GetKeyRotationStatus", KeyId=self.arn
        )
        return "ON" if answer["KeyRotationEnabled"] else OFF
