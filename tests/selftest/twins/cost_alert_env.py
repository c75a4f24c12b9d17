"""The recorded cost alerts of an environment, and how they are changed."""

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

    @property
    def monitor(self):
        """The anomaly monitor."""
        return self.answers["GetAnomalyMonitors"]["AnomalyMonitors"][0]

    @property
    def subscription(self):
        """The anomaly subscription."""
        return self.answers["GetAnomalySubscriptions"]["AnomalySubscriptions"][0]

    def unmonitor(self):
        """Take the anomaly monitor away."""
        self.answers["GetAnomalyMonitors"]["AnomalyMonitors"].clear()

    def unsubscribe(self):
        """Leave the anomaly monitor without a subscription."""
        self.answers["GetAnomalySubscriptions"]["AnomalySubscriptions"].clear()

    def subscribe(self, percent="20", address=PEOPLE):
        """Subscribe to the monitor in another way."""
        threshold = self.subscription["ThresholdExpression"]
        threshold["Dimensions"]["Values"] = [percent]
        self.subscription["Subscribers"][0]["Address"] = address

    @property
    def budgets(self):
        """The budgets of the account."""
        return self.answers["DescribeBudgets", self._named["AccountId"]]["Budgets"]

    def notify(self, *notifications, address=PEOPLE):
        """Let the budget have these notifications, and one subscriber each."""
        shown = [{"NotificationState": "OK"} | told for told in notifications]
        self._answer("DescribeNotificationsForBudget", {"Notifications": shown})
        people = [{"SubscriptionType": "EMAIL", "Address": address}]
        for told in notifications:
            self._answer(
                "DescribeSubscribersForNotification",
                {"Subscribers": people},
                Notification={k: v for k, v in told.items() if not k.endswith("State")},
            )

    def _answer(self, operation, answer, **parameters):
        named = self._named | parameters
        self.answers.add("budgets", ALERTS_IN, operation, answer, **named)


def of(kind, value):
    """Return a threshold of an anomaly's impact."""
    return dimension(
        f"ANOMALY_TOTAL_IMPACT_{kind}", value, MatchOptions=["GREATER_THAN_OR_EQUAL"]
    )


def dimension(key, *values, **more):
    """Return an expression of one dimension."""
    return {"Dimensions": {"Key": key, "Values": list(values), **more}}


def cases(table):
    """Return each input with its outcome, for parametrize."""
    return [(given, outcome) for outcome, those in table.items() for given in those]


def outcome_of(prod, alerts):
    """Return the outcome of COS-3."""
    return prod.judge(alerts.answers, "COS-3").get(f"COS-3 {HERE}", "PASS")
