"""SNS topics: does a message that a service publishes reach anybody?"""

from collections.abc import Callable, Iterator

from conformance.aws.client import AwsError
from conformance.aws.members import Members
from conformance.config.declared.monitoring import Monitoring
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.topic_key import TopicKey
from conformance.deployed.topic_subscriptions import TopicSubscriptions
from conformance.model.errors import DoubtError, NotUnderstoodError
from conformance.model.iam.service_access import refusal
from conformance.model.sns.publisher import Publisher

TOLD = "told"
_HARMLESS = frozenset(
    {
        "ArchivePolicy",  # of FIFO topics alone, as the next four
        "BeginningArchiveTime",
        "ContentBasedDeduplication",
        "FifoThroughputScope",
        "FifoTopic",
        "DeliveryPolicy",  # when a delivery is tried again
        "EffectiveDeliveryPolicy",
        "DisplayName",
        "KmsMasterKeyId",
        "Owner",
        "Policy",
        "SignatureVersion",
        "SubscriptionsConfirmed",  # the subscriptions themselves are read
        "SubscriptionsDeleted",
        "SubscriptionsPending",
        "TopicArn",
        "TracingConfig",
    }
)
"""Attributes that are read below, or that keep no message from its endpoint."""
_LARGEST = ("MaximumMessageSize", "262144")
"""The limit that holds without the attribute, too (API_GetTopicAttributes)."""
_LOGGING = ("FeedbackRoleArn", "FeedbackSampleRate")
"""Endings of the attributes about the log of deliveries."""


class DeployedTopic:
    """One topic, as SNS describes it where it lives."""

    def __init__(self, facts: Facts, arn: str, declared: Monitoring) -> None:
        """Know which topic; nothing is read yet."""
        self._facts = facts
        self._declared = declared
        self.arn = arn
        self.region = arn.split(":")[3]

    @prefetched
    def attributes(self) -> Members:
        """The attributes of the topic (GetTopicAttributes)."""
        return Members(self._read("GetTopicAttributes")["Attributes"])

    @prefetched
    def subscriptions(self) -> list[Members]:
        """The subscriptions of the topic (ListSubscriptionsByTopic)."""
        return list(self._read("ListSubscriptionsByTopic")["Subscriptions"])

    def state(self, publisher: Publisher) -> str:
        """Return `told` if a message of the publisher reaches somebody, or why not.

        The links are the topic, its policy, its key, and its subscriptions.

        Raises:
            NotUnderstoodError: no link is broken, and one is not understood.
        """
        doubts: list[DoubtError] = []
        for link in self._links(publisher):
            try:
                if reason := link():
                    return reason
            except DoubtError as problem:
                doubts.append(problem)
        if doubts:
            name = self.arn.rpartition(":")[2]
            said = "; ".join(map(str, doubts))
            raise NotUnderstoodError(
                f"topic {name}: not understood: {said}",
            )
        return TOLD

    def _links(self, publisher: Publisher) -> Iterator[Callable[[], str]]:
        yield self._missing
        yield lambda: self._refused(publisher)
        yield lambda: self._locked(publisher)
        yield lambda: self._unheard(publisher)
        yield self._unknown

    def _missing(self) -> str:
        try:
            attributes = self.attributes
        except AwsError as problem:
            if not problem.code.startswith("NotFound"):
                raise
            return f"no topic {self.arn.rpartition(':')[2]}"
        # FifoTopic is absent on standard topics. SNS Developer Guide, "Amazon SNS FIFO
        # topics": they deliver to queues, and to no e-mail address, phone or URL.
        kind = attributes.get("FifoTopic", "false").lower()
        if kind == "true":
            return "a FIFO topic delivers to queues alone, never to a person"
        if kind != "false":
            raise DoubtError(f"FifoTopic {kind}")
        return ""

    def _refused(self, publisher: Publisher) -> str:
        owner = self.arn.split(":")[4]
        if publisher.own_topics_only and owner != publisher.account:
            return f"{publisher.service} tells topics of its own account alone"
        policy = self.attributes.embedded("Policy")
        reason = refusal(policy, publisher.publishes(self.arn))
        return f"the topic's policy: {reason}" if reason else ""

    def _locked(self, publisher: Publisher) -> str:
        # KmsMasterKeyId is absent where the topic is not encrypted with KMS.
        key = self.attributes.get("KmsMasterKeyId")
        return TopicKey(self._facts, self.arn, key).refusal(publisher) if key else ""

    def _unheard(self, publisher: Publisher) -> str:
        subscriptions = TopicSubscriptions(
            self._facts, self.region, self._declared, self.subscriptions
        )
        return subscriptions.refusal(publisher)

    def _unknown(self) -> str:
        """Name attributes that nobody here knows, such as a limit of the size."""
        unknown = sorted(
            f"{name} {value}"
            for name, value in self.attributes.items()
            if name not in _HARMLESS and not name.endswith(_LOGGING)
            if (name, value) != _LARGEST
        )
        if unknown:
            raise DoubtError(f"the attribute {', '.join(unknown)}")
        return ""

    def _read(self, operation: str) -> Members:
        return self._facts.read("sns", self.region, operation, TopicArn=self.arn)
