"""Where nobody is told of rising costs, COS-3 fails."""

import pytest

HERE, ALERTS_IN = "af-south-1", "us-east-1"
BUDGET = "dynamodb-tables"
PEOPLE = "finops@demo.internal"


def notification(threshold=120.0):
    """Return a notification of a budget, at so many percent of it."""
    return {
        "NotificationType": "ACTUAL",
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": threshold,
        "ThresholdType": "PERCENTAGE",
    }


class Alerts:
    """The recorded cost alerts of an environment, to be changed."""

    def __init__(self, environment):
        """Copy the answers, and add the notification that the budget has.

        The recording lacks it: the anomaly subscription alerts, so the suite does not
        ask for the notifications of a budget.
        """
        self.answers = environment.answers()
        self._named = {"AccountId": environment.account, "BudgetName": BUDGET}
        self.notify(notification())

    def unmonitor(self):
        """Take the anomaly monitor away."""
        self.answers["GetAnomalyMonitors"]["AnomalyMonitors"].clear()

    def unsubscribe(self):
        """Leave the anomaly monitor without a subscription."""
        self.answers["GetAnomalySubscriptions"]["AnomalySubscriptions"].clear()

    def subscribe(self, percent="20", address=PEOPLE):
        """Subscribe to the monitor in another way."""
        (subscription,) = self.answers["GetAnomalySubscriptions"][
            "AnomalySubscriptions"
        ]
        subscription["ThresholdExpression"]["Dimensions"]["Values"] = [percent]
        subscription["Subscribers"][0]["Address"] = address

    @property
    def budgets(self):
        """The budgets of the account."""
        return self.answers["DescribeBudgets", self._named["AccountId"]]["Budgets"]

    def notify(self, *notifications, address=PEOPLE):
        """Let the budget have these notifications, and one subscriber each."""
        shown = [told | {"NotificationState": "OK"} for told in notifications]
        self._answer("DescribeNotificationsForBudget", {"Notifications": shown})
        people = [{"SubscriptionType": "EMAIL", "Address": address}]
        for told in notifications:
            self._answer(
                "DescribeSubscribersForNotification",
                {"Subscribers": people},
                Notification=told,
            )

    def _answer(self, operation, answer, **parameters):
        named = self._named | parameters
        self.answers.add("budgets", ALERTS_IN, operation, answer, **named)


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
    "nothing": (
        _nothing,
        "no anomaly monitor watches DynamoDB; no budget covers DynamoDB",
    ),
    "nobody is told": (
        _silent,
        "nobody subscribes to the anomaly monitor; the budget notifies nobody",
    ),
    "too late": (
        _too_late,
        f"finops: alerts from 40 % only; {BUDGET} at 150 %: too late",
    ),
    "placeholders": (
        _placeholders,
        f"tbd@demo.internal is a placeholder; {BUDGET} at 120: finops@example.com is",
    ),
    "another service": (
        _another_service,
        "no anomaly monitor watches DynamoDB; no budget covers DynamoDB",
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
