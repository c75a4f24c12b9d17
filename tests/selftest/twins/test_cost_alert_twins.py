"""Where nobody is told of rising costs, COS-3 fails."""

from datetime import UTC, datetime

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


def of(kind, value):
    """Return a threshold of an anomaly's impact."""
    return dimension(
        f"ANOMALY_TOTAL_IMPACT_{kind}", value, MatchOptions=["GREATER_THAN_OR_EQUAL"]
    )


def dimension(key, *values, **more):
    """Return an expression of one dimension."""
    return {"Dimensions": {"Key": key, "Values": list(values), **more}}


PERCENT, LATE = of("PERCENTAGE", "20"), of("PERCENTAGE", "40")
DYNAMODB = dimension("SERVICE", "Amazon DynamoDB")
HERE_ONLY = dimension("REGION", HERE)
OTHER_ACCOUNT = dimension("LINKED_ACCOUNT", "999999999999")
# Thresholds of the subscription; the budget is 500 USD a month, of which 20 % are 100.
THRESHOLDS = {
    "PASS": [
        {"Or": [of("ABSOLUTE", "1000"), PERCENT]},
        {"And": [of("ABSOLUTE", "0"), of("PERCENTAGE", "5")]},
        {"Or": [LATE, {"And": [PERCENT, of("PERCENTAGE", "10")]}]},
        of("ABSOLUTE", "0"),
    ],
    "FAIL": [
        {"And": [of("ABSOLUTE", "1000000"), PERCENT]},
        {"And": [PERCENT, {"Or": [LATE, of("ABSOLUTE", "101")]}]},
        {"Or": [LATE, of("ABSOLUTE", "500")]},
        of("ABSOLUTE", "100.01"),
    ],
    "NOT_ASSESSED": [
        {"And": [of("ABSOLUTE", "10"), PERCENT]},
        {"And": [of("ABSOLUTE", "1000000")], **PERCENT},
        {"Not": of("PERCENTAGE", "80")} | PERCENT,
        dimension("ANOMALY_TOTAL_IMPACT_PERCENTAGE", "20"),
        dimension("ANOMALY_TOTAL_IMPACT_PERCENTAGE", "20", MatchOptions=["EQUALS"]),
        {"Tags": {"Key": "Project", "Values": ["bbws"]}},
        of("PERCENTAGE", "much"),
        {"Or": []},
        {},
    ],
}
# Specifications of a monitor of one's own.
SPECIFICATIONS = {
    "PASS": [
        DYNAMODB,
        {"And": [DYNAMODB, {"Not": OTHER_ACCOUNT}]},
        {"Or": [{"And": [DYNAMODB, HERE_ONLY]}, DYNAMODB]},
        dimension("SERVICE", "amazon dynamodb", MatchOptions=["CASE_INSENSITIVE"]),
    ],
    "FAIL": [
        {"Not": DYNAMODB},
        dimension("SERVICE", "amazon dynamodb"),
        {"And": [DYNAMODB, OTHER_ACCOUNT]},
        {"And": [DYNAMODB, HERE_ONLY]},
        OTHER_ACCOUNT,
        dimension("SERVICE", "Amazon DynamoDB Accelerator (DAX)"),
    ],
    "NOT_ASSESSED": [
        {"Tags": {"Key": "Project", "Values": ["bbws"]}},
        {"CostCategories": {"Key": "Team", "Values": ["bbws"]}},
        {"Not": dimension("SERVICE", "Amazon S3")},
        dimension("SERVICE", "Amazon DynamoDB", "Amazon S3"),
        dimension("SERVICE", "Dynamo", MatchOptions=["CONTAINS", "CASE_SENSITIVE"]),
        dimension("SERVICE", "Amazon DynamoDB", MatchOptions=["ABSENT"]),
        {"And": [DYNAMODB, dimension("USAGE_TYPE", "EU-ReadRequestUnits")]},
        {},
    ],
}


def cases(table):
    """Return each input with its outcome, for parametrize."""
    return [(given, outcome) for outcome, those in table.items() for given in those]


def outcome_of(prod, alerts):
    """Return the outcome of COS-3."""
    return prod.judge(alerts.answers, "COS-3").get(f"COS-3 {HERE}", "PASS")


@pytest.mark.parametrize(("threshold", "outcome"), cases(THRESHOLDS))
def test_a_threshold_is_read_as_an_expression(prod, alerts, threshold, outcome):
    """And needs both, Or one; what has no documented meaning is not assessed."""
    alerts.budgets.clear()
    alerts.subscription["ThresholdExpression"] = threshold
    assert outcome_of(prod, alerts) == outcome


@pytest.mark.parametrize(
    ("amount", "outcome"), [(0.0, "PASS"), (50.0, "NOT_ASSESSED"), (101.0, "FAIL")]
)
def test_the_older_threshold_is_an_amount(prod, alerts, amount, outcome):
    """Threshold is in USD, and never a percentage."""
    alerts.budgets.clear()
    del alerts.subscription["ThresholdExpression"]
    alerts.subscription["Threshold"] = amount
    assert outcome_of(prod, alerts) == outcome


@pytest.mark.parametrize(("specification", "outcome"), cases(SPECIFICATIONS))
def test_a_monitor_of_ones_own_is_read_as_an_expression(
    prod, alerts, specification, outcome
):
    """It must watch the tables' costs in every region, and nothing else."""
    alerts.budgets.clear()
    del alerts.monitor["MonitorDimension"]
    alerts.monitor.update(MonitorType="CUSTOM", MonitorSpecification=specification)
    assert outcome_of(prod, alerts) == outcome


# What else a monitor and its subscription say.
ANOMALY_MEMBERS = [
    ("monitor", {"MonitorDimension": "LINKED_ACCOUNT"}, "NOT_ASSESSED"),
    ("monitor", {"MonitorDimension": "TAG"}, "NOT_ASSESSED"),
    ("monitor", {"MonitorType": "PREDICTED"}, "NOT_ASSESSED"),
    ("monitor", {"LastEvaluatedDate": "2020-01-01"}, "NOT_ASSESSED"),
    ("subscription", {"MonitorArnList": ["arn:aws:ce::1:anomalymonitor/x"]}, "FAIL"),
    ("subscription", {"Subscribers": []}, "FAIL"),
    ("subscription", {"Frequency": "IMMEDIATE"}, "FAIL"),
    ("subscription", {"Frequency": "HOURLY"}, "NOT_ASSESSED"),
    ("subscription", {"Frequency": "WEEKLY"}, "PASS"),
    ("subscriber", {"Status": "DECLINED"}, "FAIL"),
    ("subscriber", {"Status": "BOUNCED"}, "NOT_ASSESSED"),
    ("subscriber", {"Status": None}, "NOT_ASSESSED"),
    ("subscriber", {"Type": "CHATBOT"}, "NOT_ASSESSED"),
]


@pytest.mark.parametrize(("part", "changed", "outcome"), ANOMALY_MEMBERS)
def test_each_member_of_an_anomaly_alert_counts(prod, alerts, part, changed, outcome):
    """A link that breaks FAILs; one that is not understood is not assessed."""
    alerts.budgets.clear()
    subscription = alerts.subscription
    parts = {
        "monitor": alerts.monitor,
        "subscription": subscription,
        "subscriber": subscription["Subscribers"][0],
    }
    for name, value in changed.items():
        parts[part][name] = value
        if value is None:
            del parts[part][name]
    assert outcome_of(prod, alerts) == outcome


PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2080, 1, 1, tzinfo=UTC)
USD_100 = {"Amount": "100", "Unit": "USD"}
MUCH = {"Amount": "1000000", "Unit": "USD"}
ONLY_DYNAMODB = {"FilterExpression": DYNAMODB}
# What else a budget of 500 USD, and its notification at 120 %, say.
BUDGET_MEMBERS = [
    ({"CostFilters": {"Service": ["Amazon DynamoDB"]}}, "PASS"),
    ({"CostFilters": {"Service": ["Amazon S3", "Amazon DynamoDB"]}}, "PASS"),
    ({"CostFilters": {"LinkedAccount": ["999999999999"]}}, "FAIL"),
    ({"CostFilters": {"Region": [HERE]}}, "FAIL"),
    ({"CostFilters": {"RecordType": ["Tax"]}}, "FAIL"),
    ({"CostFilters": {"TagKeyValue": ["user:Project$bbws"]}}, "NOT_ASSESSED"),
    ({"CostFilters": {"Service": ["Amazon S3"], "TagKeyValue": ["a$b"]}}, "FAIL"),
    (ONLY_DYNAMODB, "PASS"),
    ({"FilterExpression": {"Not": DYNAMODB}}, "FAIL"),
    ({"FilterExpression": {"Not": dimension("SERVICE", "Amazon S3")}}, "PASS"),
    ({"BudgetType": "USAGE"}, "FAIL"),
    ({"BudgetType": "CARBON"}, "NOT_ASSESSED"),
    ({"Metrics": ["NetUnblendedCost"]}, "PASS"),
    ({"Metrics": ["UsageQuantity"]}, "NOT_ASSESSED"),
    ({"CostTypes": {"IncludeTax": False, "UseBlended": True}}, "PASS"),
    ({"TimePeriod": {"Start": PAST, "End": PAST}}, "FAIL"),
    ({"TimePeriod": {"Start": FUTURE, "End": FUTURE}}, "FAIL"),
    ({"TimePeriod": {"Start": PAST}}, "PASS"),
    ({"TimeUnit": "ANNUALLY"}, "NOT_ASSESSED"),
    ({"TimeUnit": "DAILY", "BudgetLimit": {"Amount": "15", "Unit": "USD"}}, "PASS"),
    ({"TimeUnit": "DAILY", "BudgetLimit": USD_100} | ONLY_DYNAMODB, "FAIL"),
    ({"BudgetLimit": MUCH} | ONLY_DYNAMODB, "FAIL"),
    ({"BudgetLimit": MUCH}, "NOT_ASSESSED"),
    ({"BudgetLimit": {"Amount": "500", "Unit": "EUR"}}, "NOT_ASSESSED"),
    ({"BudgetLimit": {"Amount": "0", "Unit": "USD"}}, "NOT_ASSESSED"),
    ({"PlannedBudgetLimits": {"3471292800": MUCH}} | ONLY_DYNAMODB, "FAIL"),
    ({"PlannedBudgetLimits": {"1577836800": MUCH}} | ONLY_DYNAMODB, "PASS"),
    ({"AutoAdjustData": {"AutoAdjustType": "FORECAST"}}, "NOT_ASSESSED"),
    ({"HealthStatus": {"Status": "HEALTHY"}}, "PASS"),
    ({"HealthStatus": {"Status": "UNHEALTHY", "StatusReason": "X"}}, "FAIL"),
    ({"HealthStatus": {"Status": "DEGRADED"}}, "NOT_ASSESSED"),
    ({"BillingViewArn": "arn:aws:billing::1:billingview/primary"}, "PASS"),
    ({"BillingViewArn": "arn:aws:billing::1:billingview/custom-1"}, "NOT_ASSESSED"),
    ({"ComparisonOperator": "LESS_THAN"}, "FAIL"),
    ({"ThresholdType": "ABSOLUTE_VALUE", "Threshold": 600.0}, "PASS"),
    ({"ThresholdType": "ABSOLUTE_VALUE", "Threshold": 601.0}, "FAIL"),
    ({"ThresholdType": "QUANTILE"}, "NOT_ASSESSED"),
    ({"NotificationState": "ALARM"}, "NOT_ASSESSED"),
    ({"NotificationType": "FORECASTED"}, "PASS"),
    ({"NotificationType": "FORECASTED", "CalculatedSpend": {}}, "NOT_ASSESSED"),
    ({"NotificationType": "GUESSED"}, "NOT_ASSESSED"),
]


@pytest.mark.parametrize(("changed", "outcome"), BUDGET_MEMBERS)
def test_each_member_of_a_budget_counts(prod, alerts, changed, outcome):
    """A member that silences the budget FAILs; an unknown one is not assessed."""
    alerts.unsubscribe()
    told = notification() | {"NotificationState": "OK"}
    alerts.notify({name: changed.get(name, value) for name, value in told.items()})
    budget = {name: value for name, value in changed.items() if name not in told}
    alerts.budgets[0] |= budget
    assert outcome_of(prod, alerts) == outcome


def test_a_broken_alert_does_not_hide_one_that_is_not_understood(prod, alerts):
    """What may alert is named; what does not alert says nothing about it."""
    alerts.unsubscribe()
    alerts.budgets[0]["TimeUnit"] = "QUARTERLY"
    judged = prod.judge(alerts.answers)
    assert judged == {f"COS-3 {HERE}": "NOT_ASSESSED"}
    (reason,) = judged.reasons(f"COS-3 {HERE}")
    assert reason.startswith(
        f"{BUDGET} at 120: its period is QUARTERLY: a rise may not show within a month "
        "(seen: "
    )


def test_what_is_counted_day_by_day_changes_no_attestation(prod, alerts):
    """What somebody sets does: the hash of what was seen is another one then."""

    def seen(**changed):
        alerts.budgets[0] |= changed
        judged = prod.judge(alerts.answers, "COS-3")
        (reason,) = judged.reasons(f"COS-3 {HERE}")
        return reason.rpartition("seen: ")[2]

    alerts.unsubscribe()
    before = seen(TimeUnit="QUARTERLY")
    spent = {"ActualSpend": {"Amount": "1", "Unit": "USD"}}
    assert seen(CalculatedSpend=spent, LastUpdatedTime=PAST) == before
    assert seen(BudgetLimit=USD_100) != before
