"""The subscriptions of a topic: does one of them tell a person?

Source: SNS API Reference, ListSubscriptionsByTopic and GetSubscriptionAttributes.
"""

import json

from conformance.aws.client import AwsError
from conformance.aws.members import Members
from conformance.aws.redaction import shown_address
from conformance.config.declared.monitoring import Monitoring
from conformance.deployed.facts import Facts
from conformance.model.errors import DoubtError
from conformance.model.sns.filter_policy import ATTRIBUTES, passes
from conformance.model.sns.publisher import Publisher

_STATES = {
    "PendingConfirmation": "has not confirmed",
    "Deleted": "has unsubscribed",
}
"""The text in place of a subscription's ARN, and what it means."""
_PEOPLE = frozenset({"email", "email-json", "http", "https"})
"""Protocols whose endpoint has confirmed that it wants the messages."""
_UNDECIDED = {
    "application": "whether its app is installed cannot be read",
    "firehose": "a delivery stream stores messages; who reads them cannot be read",
    "lambda": "a function gets the message; whom it tells cannot be read",
    "sms": "opt-out, sandbox and spending limit of text messages are not judged",
    "sqs": "a queue keeps the message; who reads it cannot be read",
}
_HARMLESS = frozenset(
    {
        "ConfirmationWasAuthenticated",
        "DeliveryPolicy",  # when a delivery is tried again
        "EffectiveDeliveryPolicy",
        "Endpoint",
        "FilterPolicy",
        "FilterPolicyScope",
        "Owner",
        "PendingConfirmation",
        "Protocol",
        "RawMessageDelivery",  # the form of the message
        "RedrivePolicy",  # where a message goes that cannot be delivered
        "SubscriptionArn",
        "SubscriptionPrincipal",
        "SubscriptionRoleArn",  # of firehose alone
        "TopicArn",
    }
)
"""Attributes that are read below, or that keep no message from its endpoint."""


class TopicSubscriptions:
    """The subscriptions of one topic."""

    def __init__(
        self, facts: Facts, region: str, declared: Monitoring, listed: list[Members]
    ) -> None:
        """Know what ListSubscriptionsByTopic lists."""
        self._facts = facts
        self._region = region
        self._declared = declared
        self._listed = listed

    def refusal(self, publisher: Publisher) -> str:
        """Return why no message of a publisher reaches anybody; "" if one does.

        Raises:
            DoubtError: that depends on something that is not judged here.
            AwsError: a subscription could not be read, and no other one is told.
        """
        if not self._listed:
            return "nobody is subscribed"
        reasons: list[str] = []
        doubts: list[str] = []
        errors: list[AwsError] = []
        for subscription in self._listed:
            address = shown_address(subscription["Endpoint"])
            try:
                reason = self._reason(subscription, publisher)
            except DoubtError as problem:
                doubts.append(f"{address}: {problem}")
            except AwsError as problem:
                errors.append(problem)
            else:
                if not reason:
                    return ""
                reasons.append(f"{address} {reason}")
        if errors:
            raise errors[0]
        if doubts:
            raise DoubtError("; ".join(doubts))
        return f"nobody is told: {'; '.join(sorted(reasons))}"

    def _reason(self, subscription: Members, publisher: Publisher) -> str:
        """Return why this subscription tells nobody; "" if it does."""
        arn = subscription["SubscriptionArn"]
        if state := _STATES.get(arn):
            return state
        if self._declared.is_placeholder(subscription["Endpoint"]):
            return "is a placeholder"
        protocol = subscription["Protocol"]
        if protocol not in _PEOPLE or not arn.startswith("arn:"):
            raise DoubtError(_UNDECIDED.get(protocol, f"{protocol} {arn}"))
        attributes = self._facts.read(
            "sns", self._region, "GetSubscriptionAttributes", SubscriptionArn=arn
        )["Attributes"]
        pending = attributes.get("PendingConfirmation", "false").lower()
        if pending == "true":  # absent: not pending
            return _STATES["PendingConfirmation"]
        if pending != "false":
            raise DoubtError(f"PendingConfirmation {pending}")
        _require_known(attributes)
        return _filtered(attributes, publisher)


def _filtered(attributes: Members, publisher: Publisher) -> str:
    # Without a FilterPolicy every message passes; the scope is MessageAttributes where
    # it is absent (API_GetSubscriptionAttributes).
    text = attributes.get("FilterPolicy")
    scope = attributes.get("FilterPolicyScope", ATTRIBUTES)
    if not text or passes(attributes.embedded("FilterPolicy"), scope, publisher.body):
        return ""
    shown = json.dumps(json.loads(text))
    return f"gets none: its filter of {scope} drops the message: {shown}"


def _require_known(attributes: Members) -> None:
    if unknown := sorted(set(attributes) - _HARMLESS):
        named = [f"{name} {attributes[name]}" for name in unknown]
        raise DoubtError(f"the attribute {', '.join(named)}")
