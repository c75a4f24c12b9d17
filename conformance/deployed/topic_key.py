"""The KMS key of an encrypted topic: may those who publish to the topic use it?

Source: SNS Developer Guide, "Enable compatibility between event sources from AWS
services and encrypted topics".
"""

from typing import Any

from conformance.aws.client import AwsError
from conformance.aws.members import Members
from conformance.deployed.facts import Facts
from conformance.model.arn import home_of
from conformance.model.errors import DoubtError
from conformance.model.iam.service_access import refusal
from conformance.model.sns.publisher import KEY_ACTIONS, Publisher

_MANAGED = "alias/aws/sns"
_NOBODY = (
    "the topic is encrypted with SNS's AWS-managed key, which no service may use and "
    "whose policy nobody can edit: take a customer-managed key"
)


class TopicKey:
    """The key that a topic names in `KmsMasterKeyId`: an id, an alias, or an ARN."""

    def __init__(self, facts: Facts, topic: str, key: str) -> None:
        """Know which key; nothing is read yet."""
        self._facts = facts
        self._topic = topic
        self._key = key
        self._region, self._owner = topic.split(":")[3:5]

    def refusal(self, publisher: Publisher) -> str:
        """Return why a publisher cannot use the key; "" if it can.

        Raises:
            DoubtError: the key or its policy is not judged here.
        """
        if self._key.endswith(_MANAGED):
            return _NOBODY
        self._require_own()
        try:
            metadata = self._read("DescribeKey", KeyId=self._key)["KeyMetadata"]
        except AwsError as problem:
            if problem.code != "NotFoundException":
                raise
            return f"the topic's key {self._key} does not exist in {self._region}"
        return self._unusable(metadata) or self._refused(metadata["Arn"], publisher)

    def _require_own(self) -> None:
        """Refuse to judge a key of another account: GetKeyPolicy does not read it."""
        named = (
            home_of(self._key).account if self._key.startswith("arn:") else self._owner
        )
        if named != self._facts.environment.account:
            raise DoubtError(
                f"the topic's key {self._key} is of account {named}, whose key "
                "policies cannot be read from here"
            )

    def _unusable(self, metadata: Members) -> str:
        if metadata["KeyManager"] == "AWS":
            return _NOBODY
        region = home_of(metadata["Arn"]).region
        if region != self._region:
            return f"the topic's key is in {region}, the topic in {self._region}"
        if metadata["KeyState"] != "Enabled":
            return f"the topic's key {self._key} is {metadata['KeyState']}"
        if metadata["KeySpec"] != "SYMMETRIC_DEFAULT":
            return f"the topic's key is {metadata['KeySpec']}; SNS takes symmetric keys"
        return ""

    def _refused(self, key: str, publisher: Publisher) -> str:
        answer = self._read("GetKeyPolicy", KeyId=key, PolicyName="default")
        policy = answer.embedded("Policy")
        requests = [
            publisher.uses_key(action, key, self._topic) for action in KEY_ACTIONS
        ]
        refused = (refusal(policy, request) for request in requests)
        reason = next(filter(None, refused), "")
        return f"the policy of the topic's key: {reason}" if reason else ""

    def _read(self, operation: str, **parameters: Any) -> Members:
        return self._facts.read("kms", self._region, operation, **parameters)
