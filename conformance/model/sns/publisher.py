"""The services that publish alarms and cost alerts to a topic, for an account."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.model.iam.service_access import ServiceRequest, service_context

_CLOUDWATCH = "cloudwatch.amazonaws.com"
_BUDGETS = "budgets.amazonaws.com"
_ANOMALIES = "costalerts.amazonaws.com"
_OWNER = "aws:sourceowner"
KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
"""The needs of a publisher of the key of an encrypted topic (SNS Developer Guide,
"Enable compatibility between event sources from AWS services and encrypted topics")."""


@dataclass(frozen=True)
class Publisher:
    """A service that publishes for one alarm, budget or anomaly subscription."""

    service: str
    account: str
    """The account of the alarm, budget or subscription."""
    source: str
    """Its ARN; empty if AWS did not tell it."""
    own_topics_only: bool = False
    """True if it publishes to no topic of another account."""
    body: Mapping[str, str] | None = field(default=None, hash=False)
    """The known parts of a message's body; None if AWS does not document it."""

    def publishes(self, topic: str) -> ServiceRequest:
        """Return the request that publishes to a topic."""
        context = self._context(topic)
        cloudwatch = self.service == _CLOUDWATCH
        # The key of SNS's default policy: it admits the alarms of the topic's owner,
        # but no budgets and no anomaly detection (SNS and Cost Management guides).
        context[_OWNER] = self.account if cloudwatch else None
        return ServiceRequest(
            service=self.service,
            action="sns:Publish",
            resource=topic,
            context=context,
            doubtful=frozenset({self.account} if cloudwatch else ()),
        )

    def uses_key(self, action: str, key: str, topic: str) -> ServiceRequest:
        """Return the request for a key of KMS, to publish to an encrypted topic."""
        context = self._context(topic)
        context["kms:encryptioncontext:aws:sns:topicarn"] = topic
        return ServiceRequest(self.service, action, key, context)

    def _context(self, topic: str) -> dict[str, str | None]:
        region, owner = topic.split(":")[3:5]
        context = service_context(self.service, self.account, self.source, region)
        if not self.source:
            del context["aws:sourcearn"]
        context["aws:resourceaccount"] = owner
        return context


def alarm_publisher(arn: str) -> Publisher:
    """Return CloudWatch, for the alarm with this ARN."""
    account, _, name = arn.split(":", 6)[4:]
    return Publisher(
        service=_CLOUDWATCH,
        account=account,
        source=arn,
        # CloudWatch User Guide, "Notifying users on alarm changes".
        body={
            "AlarmName": name,
            "AlarmArn": arn,
            "AWSAccountId": account,
            "NewStateValue": "ALARM",
        },
    )


def budget_publisher(account: str, name: str) -> Publisher:
    """Return AWS Budgets, for a budget of an account.

    Cost Management User Guide, "Creating an Amazon SNS topic for budget notifications".
    """
    source = f"arn:aws:budgets::{account}:budget/{name}"
    return Publisher(_BUDGETS, account, source, own_topics_only=True)


def anomaly_publisher(account: str, subscription: str) -> Publisher:
    """Return Cost Anomaly Detection, for the subscription with this ARN, if known.

    Cost Management User Guide, "Creating an Amazon SNS topic for anomaly
    notifications".
    """
    return Publisher(_ANOMALIES, account, subscription)
