"""SNS topics: whether a message that is sent to one reaches anybody."""

from typing import Any

from conformance.aws.client import AwsError
from conformance.config.declared.monitoring import Monitoring
from conformance.deployed.facts import Facts, prefetched

TOLD = "told"
_PENDING = "PendingConfirmation"
"""Stands in place of the ARN until the owner of the address has confirmed."""


class DeployedTopics:
    """The topics of one region, as SNS describes them."""

    def __init__(self, facts: Facts, region: str, declared: Monitoring) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self.region = region
        self._declared = declared

    @prefetched
    def devops(self) -> str:
        """`told` if the topic of alarms reaches somebody, or the reason why not."""
        return self.state(self.arn(self._declared.topics["devops"]))

    def arn(self, name: str) -> str:
        """Return the ARN that a topic of this name has here."""
        account = self._facts.environment.account
        return f"arn:aws:sns:{self.region}:{account}:{name}"

    def reached(self, action: str, topic: str) -> str:
        """Return `told` if an action reaches somebody by the topic, or why not."""
        wanted = self.arn(topic)
        if action == wanted:
            return self.state(wanted)
        service, region = action.split(":")[2:4]
        if service == "sns" and region != self.region:
            return f"tells a topic of {region}, not of {self.region}"
        return f"acts on {action.rpartition(':')[2]}, not on {topic}"

    def state(self, arn: str) -> str:
        """`told`, or why nobody is."""
        try:
            self._read("GetTopicAttributes", arn)
        except AwsError as problem:
            if not problem.code.startswith("NotFound"):
                raise
            return f"no topic {arn.rpartition(':')[2]}"
        listed = self._read("ListSubscriptionsByTopic", arn)["Subscriptions"]
        if not listed:
            return "nobody is subscribed"
        confirmed = [
            subscription
            for subscription in listed
            if subscription["SubscriptionArn"] != _PENDING
        ]
        if not confirmed:
            return f"{len(listed)} subscribed, none confirmed"
        addresses = [subscription["Endpoint"] for subscription in confirmed]
        if all(map(self._declared.is_placeholder, addresses)):
            return f"only placeholders are subscribed: {', '.join(sorted(addresses))}"
        return TOLD

    def _read(self, operation: str, arn: str) -> dict[str, Any]:
        return self._facts.read("sns", self.region, operation, TopicArn=arn)
