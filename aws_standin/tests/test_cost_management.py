"""Anomaly monitors and subscriptions, and the subscribers of budgets."""

import pytest
from botocore.exceptions import ClientError

NOTIFICATION = {
    "NotificationType": "ACTUAL",
    "ComparisonOperator": "GREATER_THAN",
    "Threshold": 20.0,
    "ThresholdType": "PERCENTAGE",
}
TWENTY_PERCENT = {
    "Dimensions": {
        "Key": "ANOMALY_TOTAL_IMPACT_PERCENTAGE",
        "MatchOptions": ["GREATER_THAN_OR_EQUAL"],
        "Values": ["20"],
    }
}


@pytest.fixture
def costs(client, account):
    return client("ce", account=account)


@pytest.fixture
def budgets(client, account):
    return client("budgets", account=account)


def subscribe(costs, *monitors, **threshold):
    return costs.create_anomaly_subscription(
        AnomalySubscription={
            "SubscriptionName": "finance",
            "MonitorArnList": list(monitors),
            "Subscribers": [{"Type": "EMAIL", "Address": "a@example.org"}],
            "Frequency": "DAILY",
            **threshold,
        }
    )["SubscriptionArn"]


def monitor(costs, name="services"):
    return costs.create_anomaly_monitor(
        AnomalyMonitor={
            "MonitorName": name,
            "MonitorType": "DIMENSIONAL",
            "MonitorDimension": "SERVICE",
        }
    )["MonitorArn"]


def test_a_monitor_is_there_until_it_is_deleted(costs):
    """CreateAnomalyMonitor answers an ARN by which the monitor is found and deleted.

    botocore model, Cost Explorer.
    """
    assert costs.get_anomaly_monitors()["AnomalyMonitors"] == []
    arn = monitor(costs)
    (found,) = costs.get_anomaly_monitors()["AnomalyMonitors"]
    assert (found["MonitorArn"], found["MonitorName"]) == (arn, "services")
    assert found["MonitorDimension"] == "SERVICE"
    costs.delete_anomaly_monitor(MonitorArn=arn)
    assert costs.get_anomaly_monitors()["AnomalyMonitors"] == []
    with pytest.raises(costs.exceptions.UnknownMonitorException):
        costs.get_anomaly_monitors(MonitorArnList=[arn])


def test_a_subscription_belongs_to_its_monitors(costs):
    """GetAnomalySubscriptions finds by monitor; the threshold comes back as it was set.

    botocore model, AnomalySubscription, ThresholdExpression.
    """
    ours, other = monitor(costs), monitor(costs, "other")
    arn = subscribe(costs, ours, ThresholdExpression=TWENTY_PERCENT)
    found = costs.get_anomaly_subscriptions(MonitorArn=ours)["AnomalySubscriptions"]
    assert [one["SubscriptionArn"] for one in found] == [arn]
    assert found[0]["ThresholdExpression"] == TWENTY_PERCENT
    assert found[0]["Subscribers"][0]["Address"] == "a@example.org"
    elsewhere = costs.get_anomaly_subscriptions(MonitorArn=other)
    assert elsewhere["AnomalySubscriptions"] == []


def test_a_subscription_needs_a_known_monitor_and_one_threshold(costs):
    """An unknown monitor is refused, and so is a subscription without a threshold.

    botocore model, CreateAnomalySubscription, UnknownMonitorException; "you must
    specify either Threshold or ThresholdExpression, but not both".
    """
    with pytest.raises(costs.exceptions.UnknownMonitorException):
        subscribe(costs, "arn:aws:ce::1:anomalymonitor/x", Threshold=20.0)
    with pytest.raises(ClientError, match="ValidationException"):
        subscribe(costs, monitor(costs))


def test_a_budgets_notification_tells_its_subscribers(budgets, account):
    """DescribeSubscribersForNotification lists whom the notification goes to.

    botocore model, AWS Budgets.
    """
    budgets.create_budget(
        AccountId=account,
        Budget={
            "BudgetName": "tables",
            "BudgetLimit": {"Amount": "100", "Unit": "USD"},
            "TimeUnit": "MONTHLY",
            "BudgetType": "COST",
        },
        NotificationsWithSubscribers=[
            {
                "Notification": NOTIFICATION,
                "Subscribers": [
                    {"SubscriptionType": "EMAIL", "Address": "a@example.org"}
                ],
            }
        ],
    )
    named = {"AccountId": account, "BudgetName": "tables"}
    listed = budgets.describe_notifications_for_budget(**named)["Notifications"]
    assert [one["Threshold"] for one in listed] == [20.0]
    assert [one["NotificationState"] for one in listed] == ["OK"]
    found = budgets.describe_subscribers_for_notification(
        **named, Notification=NOTIFICATION
    )["Subscribers"]
    assert found == [{"SubscriptionType": "EMAIL", "Address": "a@example.org"}]
    with pytest.raises(budgets.exceptions.NotFoundException):
        budgets.describe_subscribers_for_notification(
            **named, Notification={**NOTIFICATION, "Threshold": 80.0}
        )
