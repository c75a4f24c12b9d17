"""The publish of an alarm to its topic, refused where SNS or KMS would refuse it.

The topic's policy must admit CloudWatch, and so must the policy of the topic's key. A
policy that names the owner's account alone does not admit CloudWatch here.

Source: CloudWatch User Guide, "Notifying users on alarm changes"; SNS Developer Guide,
"Enable compatibility between event sources from AWS services and encrypted topics".
"""

from dataclasses import dataclass
from typing import Any

from aws_standin.behaviour_context import Context
from aws_standin.cloudwatch import alarm_notification
from aws_standin.cloudwatch.alarm import Alarm
from aws_standin.cloudwatch.alarm_notification import Place
from aws_standin.iam.evaluation import Ask, Policies, decide
from aws_standin.iam.policy_document import statements
from aws_standin.protocols.messages import AwsError

_CLOUDWATCH = "cloudwatch.amazonaws.com"
_KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
_KEY_REFUSED = (
    "CloudWatch Alarms does not have authorization to access the SNS topic "
    "encryption key."
)


@dataclass(frozen=True)
class AlarmDelivery:
    """Publishes for one alarm."""

    standin: Context
    place: Place
    alarm: Alarm

    def publish(self, topic: str, old: str) -> str:
        """Publish to a topic; return what went wrong, "" for nothing."""
        if not topic.startswith("arn:aws:sns:"):
            return "the stand-in acts on SNS topics only"
        try:
            attributes = self._call("sns", "GetTopicAttributes", topic, TopicArn=topic)
            if refused := self._refused(topic, attributes["Attributes"]):
                return refused
            self._call(
                "sns",
                "Publish",
                topic,
                TopicArn=topic,
                Subject=alarm_notification.subject(self.alarm, self.place),
                Message=alarm_notification.message(self.alarm, self.place, old),
            )
        except AwsError as problem:
            return str(problem)
        return ""

    def _refused(self, topic: str, attributes: dict[str, Any]) -> str:
        if not self._admitted("sns:Publish", topic, attributes["Policy"]):
            return (
                f"Resource: {self.alarm.arn} is not authorized to perform: SNS:Publish "
                f"on resource: {topic}"
            )
        key = attributes.get("KmsMasterKeyId")
        return _KEY_REFUSED if key and not self._may_use(topic, key) else ""

    def _may_use(self, topic: str, key: str) -> bool:
        if key.endswith("alias/aws/sns"):
            return False
        metadata = self._call("kms", "DescribeKey", topic, KeyId=key)["KeyMetadata"]
        if metadata["KeyState"] != "Enabled" or metadata["KeyManager"] == "AWS":
            return False
        arn = metadata["Arn"]
        policy = self._call(
            "kms", "GetKeyPolicy", topic, KeyId=arn, PolicyName="default"
        )["Policy"]
        return all(self._admitted(action, arn, policy) for action in _KEY_ACTIONS)

    def _admitted(self, action: str, resource: str, policy: str) -> bool:
        ask = Ask(action, resource, self._context(), caller=(_CLOUDWATCH,))
        resource_policy = statements(policy)
        return decide(ask, Policies(resource=resource_policy)).verdict == "allowed"

    def _context(self) -> dict[str, tuple[str, ...]]:
        account = self.place.account
        known = {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": _CLOUDWATCH,
            "aws:RequestedRegion": self.place.region,
            "aws:SecureTransport": "true",
            "aws:SourceAccount": account,
            "aws:SourceArn": self.alarm.arn,
            "AWS:SourceOwner": account,
        }
        return {key.lower(): (value,) for key, value in known.items()}

    def _call(
        self, service: str, operation: str, topic: str, **given: Any
    ) -> dict[str, Any]:
        region, account = topic.split(":")[3:5]
        return dict(self.standin.call(service, operation, account, region, **given))
