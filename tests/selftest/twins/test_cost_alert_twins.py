"""Where nobody is told of rising costs, COS-3 fails."""

import json

import pytest

from tests.selftest.twins.cost_alert_env import (
    ALERTS_IN,
    BUDGET,
    HERE,
    PEOPLE,
    Alerts,
    notification,
    outcome_of,
)


def _nothing(alerts):
    alerts.unsubscribe()
    alerts.unmonitor()
    alerts.budgets.clear()


def _silent(alerts):
    alerts.unsubscribe()
    alerts.notify()


def _too_late(alerts):
    alerts.subscribe(percent="40")
    alerts.notify(notification(150.0))


def _placeholders(alerts):
    alerts.subscribe(address="tbd@demo.internal")
    alerts.notify(notification(), address="finops@example.com")


def _another_service(alerts):
    alerts.unmonitor()
    alerts.budgets[0]["CostFilters"] = {"Service": ["Amazon S3"]}


# What is wrong, and what the finding says of it.
WRONG = {
    "nothing": (_nothing, "no anomaly monitor exists; no budget exists"),
    "nobody is told": (
        _silent,
        f"nobody subscribes to an anomaly monitor; {BUDGET}: it notifies nobody",
    ),
    "too late": (
        _too_late,
        f"alerts from 40 % only; {BUDGET} at 150: 150 % of the budget is too late",
    ),
    "placeholders": (
        _placeholders,
        f"tbd@demo.internal is a placeholder; {BUDGET} at 120: finops@example.com is",
    ),
    "another service": (
        _another_service,
        f"no anomaly monitor exists; {BUDGET}: its filter leaves out costs",
    ),
}


@pytest.fixture
def alerts(prod):
    """Return the cost alerts of an environment in two regions."""
    return Alerts(prod)


@pytest.mark.parametrize("case", WRONG)
def test_without_an_alert_it_fails(prod, alerts, case):
    """A monitor, a budget and a subscription must go together, and reach somebody."""
    alter, said = WRONG[case]
    alter(alerts)
    judged = prod.judge(alerts.answers)
    assert judged == {f"COS-3 {HERE}": "FAIL"}
    (reason,) = judged.reasons(f"COS-3 {HERE}")
    assert said in reason


def test_one_alert_is_enough(prod, alerts):
    """A budget that notifies does, where nobody subscribes to anomalies."""
    alerts.unsubscribe()
    assert prod.judge(alerts.answers) == {}


ANOMALIES = ("GetAnomalyMonitors", "GetAnomalySubscriptions")
BUDGETS = (
    "DescribeBudgets",
    "DescribeNotificationsForBudget",
    "DescribeSubscribersForNotification",
)


@pytest.mark.parametrize("operation", ANOMALIES)
def test_what_is_denied_is_an_error_unless_the_other_alerts(prod, alerts, operation):
    """A denied read is an ERROR only where no other alert was found."""
    alerts.answers.fail(operation)
    assert prod.judge(alerts.answers) == {}
    alerts.notify()
    assert prod.judge(alerts.answers) == {f"COS-3 {HERE}": "ERROR"}


@pytest.mark.parametrize("operation", BUDGETS)
def test_budgets_that_are_denied_are_an_error(prod, alerts, operation):
    """Where anomalies alert nobody, a denied budget may: nothing is known."""
    alerts.unsubscribe()
    alerts.answers.fail(operation)
    assert prod.judge(alerts.answers) == {f"COS-3 {HERE}": "ERROR"}


OTHER = "111122223333"


def topic(alerts, account, service, status="arn"):
    """Answer for a topic that admits a service, with a person; return its ARN."""
    topic_arn = f"arn:aws:sns:{ALERTS_IN}:{account}:finops"
    admitted = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sns:Publish",
        "Resource": topic_arn,
    }
    arn = f"{topic_arn}:1" if status == "arn" else status
    listed = {"SubscriptionArn": arn, "Protocol": "email", "Endpoint": PEOPLE}
    attributes = {
        "TopicArn": topic_arn,
        "Policy": json.dumps({"Version": "2012-10-17", "Statement": [admitted]}),
    }
    for operation, answer, named in (
        ("GetTopicAttributes", {"Attributes": attributes}, {"TopicArn": topic_arn}),
        (
            "ListSubscriptionsByTopic",
            {"Subscriptions": [listed]},
            {"TopicArn": topic_arn},
        ),
        ("GetSubscriptionAttributes", {"Attributes": {}}, {"SubscriptionArn": arn}),
    ):
        alerts.answers.add("sns", ALERTS_IN, operation, answer, **named)
    return topic_arn


@pytest.mark.parametrize(
    ("service", "status", "outcome"),
    [
        ("costalerts.amazonaws.com", "arn", "PASS"),
        ("costalerts.amazonaws.com", "Deleted", "FAIL"),
        ("budgets.amazonaws.com", "arn", "FAIL"),
        ("cloudwatch.amazonaws.com", "arn", "FAIL"),
    ],
)
def test_a_topic_must_admit_anomaly_detection(prod, alerts, service, status, outcome):
    """A topic that admits another service alone never gets the alert."""
    alerts.budgets.clear()
    arn = topic(alerts, OTHER, service, status)
    subscriber = {"Type": "SNS", "Address": arn, "Status": "CONFIRMED"}
    alerts.subscription.update(Frequency="IMMEDIATE", Subscribers=[subscriber])
    assert outcome_of(prod, alerts) == outcome


@pytest.mark.parametrize(
    ("service", "outcome"),
    [("budgets.amazonaws.com", "PASS"), ("costalerts.amazonaws.com", "FAIL")],
)
def test_a_topic_must_admit_budgets(prod, alerts, service, outcome):
    """So for the notifications of a budget, which take topics of its account alone."""
    alerts.unsubscribe()
    arn = topic(alerts, prod.account, service)
    people = alerts.answers["DescribeSubscribersForNotification"]["Subscribers"]
    people[:] = [{"SubscriptionType": "SNS", "Address": arn}]
    assert outcome_of(prod, alerts) == outcome
    people[:] = [{"SubscriptionType": "SNS", "Address": topic(alerts, OTHER, service)}]
    assert outcome_of(prod, alerts) == "FAIL"


def test_an_unreadable_topic_does_not_hide_a_person(prod, alerts):
    """Of two subscribers one is told by e-mail; alone, the topic is an ERROR."""
    alerts.unsubscribe()
    arn = topic(alerts, prod.account, "budgets.amazonaws.com")
    alerts.answers.fail("GetTopicAttributes", arn)
    people = alerts.answers["DescribeSubscribersForNotification"]["Subscribers"]
    people.insert(0, {"SubscriptionType": "SNS", "Address": arn})
    assert outcome_of(prod, alerts) == "PASS"
    del people[1]
    assert outcome_of(prod, alerts) == "ERROR"
