"""A topic that is declared by its ARN, of this account and region or of others."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conformance.aws.members import Members
from conformance.deployed.alarm_topic import AlarmTopic
from conformance.deployed.alarms import DeployedAlarms
from conformance.deployed.topics import TOLD, DeployedTopic
from conformance.model.errors import NotAssessedError
from conformance.model.sns.publisher import (
    alarm_publisher,
    anomaly_publisher,
    budget_publisher,
)
from tests.selftest.own_contract import own_declared, own_environment

REGION, OTHER = "af-south-1", "999900001111"
ENVIRONMENT = own_environment("prod")
OWN = ENVIRONMENT.account
NAME = "shared-alerts"
ADMITS_ALL = (
    '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sns:*", '
    '"Resource": "*"}}'
)


class Facts:
    """Answers of SNS about a topic with one person, and of no alarm."""

    environment = ENVIRONMENT
    now = datetime(2030, 1, 1, tzinfo=UTC)

    def __init__(self, policy=ADMITS_ALL):
        """Keep the policy of the topic."""
        self.answers = {
            "GetTopicAttributes": {"Attributes": {"Policy": policy}},
            "ListSubscriptionsByTopic": {
                "Subscriptions": [
                    {
                        "SubscriptionArn": "arn:aws:sns:x",
                        "Protocol": "email",
                        "Endpoint": "people@demo.internal",
                    }
                ]
            },
            "GetSubscriptionAttributes": {"Attributes": {}},
            "DescribeAlarms": {},
        }
        self.regions = set()

    def read(self, _service, region, operation, **_parameters):
        """Answer, and remember where it was asked."""
        self.regions.add(region)
        answer = self.answers[operation]
        if "Attributes" in answer:
            answer = {"Attributes": Members(answer["Attributes"], operation)}
        return Members(answer, operation)


def topic_of(arn, facts):
    return DeployedTopic(facts, arn, own_declared(ENVIRONMENT).monitoring)


def alarm_topic(topic):
    declared = own_declared(ENVIRONMENT)
    monitoring = replace(declared.monitoring, topics={"devops": topic})
    facts = Facts()
    alarms = DeployedAlarms(facts, REGION, declared)
    return AlarmTopic(facts, REGION, monitoring, alarms, "devops")


@pytest.mark.parametrize(
    ("declared", "arn"),
    [
        (NAME, f"arn:aws:sns:{REGION}:{OWN}:{NAME}"),
        (
            f"arn:aws:sns:{{region}}:{OTHER}:{NAME}",
            f"arn:aws:sns:{REGION}:{OTHER}:{NAME}",
        ),
        (
            f"arn:aws:sns:{REGION}:{OTHER}:{NAME}",
            f"arn:aws:sns:{REGION}:{OTHER}:{NAME}",
        ),
    ],
)
def test_a_topic_is_declared_by_name_or_by_arn(declared, arn):
    """A name stands for a topic here; an ARN may have the region left open."""
    topic = alarm_topic(declared)
    assert topic.topic.arn == arn
    with pytest.raises(NotAssessedError, match=f"no alarm tells {arn}"):
        assert topic.lost


def test_a_topic_of_another_region_is_told_by_no_alarm():
    """CloudWatch takes topics of the alarm's own region alone."""
    lost = alarm_topic(f"arn:aws:sns:eu-west-1:{OTHER}:{NAME}").lost
    assert list(lost) == [f"arn:aws:sns:eu-west-1:{OTHER}:{NAME} is of eu-west-1"]


def test_a_topic_of_another_account_is_read_and_judged():
    """It is read where it lives, and its policy must admit alarms of this account."""
    arn = f"arn:aws:sns:eu-west-1:{OTHER}:{NAME}"
    alarm = alarm_publisher(f"arn:aws:cloudwatch:eu-west-1:{OWN}:alarm:errors")
    facts = Facts()
    assert topic_of(arn, facts).state(alarm) == TOLD
    assert facts.regions == {"eu-west-1"}
    default = ADMITS_ALL.replace(
        '"Action"',
        f'"Condition": {{"StringEquals": {{"AWS:SourceOwner": "{OTHER}"}}}}, "Action"',
    )
    state = topic_of(arn, Facts(default)).state(alarm)
    assert state == (
        "the topic's policy: no statement allows cloudwatch.amazonaws.com sns:Publish"
    )


def test_a_budget_tells_topics_of_its_own_account_alone():
    """AWS Budgets supports no topic of another account; anomaly detection does."""
    arn = f"arn:aws:sns:eu-west-1:{OTHER}:{NAME}"
    subscription = f"arn:aws:ce::{OWN}:anomalysubscription/1"
    topic = topic_of(arn, Facts())
    assert "its own account alone" in topic.state(budget_publisher(OWN, "tables"))
    assert topic.state(anomaly_publisher(OWN, subscription)) == TOLD
    own = topic_of(arn.replace(OTHER, OWN), Facts())
    assert own.state(budget_publisher(OWN, "tables")) == TOLD
