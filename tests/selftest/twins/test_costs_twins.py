"""What costs too much, or nobody is told of, fails at its criterion."""

import pytest

from tests.selftest.faulty_proxy import between
from tests.selftest.twin_env import contract
from tests.selftest.twins.monitoring_env import Watched, deploy_watched

COS_3 = "COS-3 af-south-1"
DAY = range(2, 24 * 60 - 2)


@pytest.fixture
def used(twin, two_tables):
    """A twin in one region with a past."""
    deploy_watched(twin, two_tables)
    return Watched(twin)


def _index(watched):
    return {
        "TableName": watched.users,
        "GlobalSecondaryIndexName": "UsersByEmail",
    }


def _expensive_writes(watched):
    watched.record("ConsumedWriteCapacityUnits", 3e6, TableName=watched.users)


def _expensive_reads_of_an_index(watched):
    watched.record("ConsumedReadCapacityUnits", 2e7, **_index(watched))


def _steady_writes(watched):
    watched.record(
        "ConsumedWriteCapacityUnits", 1200, minutes=DAY, TableName=watched.users
    )


def _steady_reads_of_an_index(watched):
    watched.record("ConsumedReadCapacityUnits", 7500, minutes=DAY, **_index(watched))


@pytest.mark.parametrize("consume", [_expensive_writes, _expensive_reads_of_an_index])
def test_what_is_over_the_budget_fails_alone(used, consume):
    """A month that costs more than the budget is a FAIL, whatever consumes."""
    consume(used)
    result = used.twin.judge("COS")
    assert result.found("FAIL") == {("COS-1", used.twin.file.stem)}
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()


@pytest.mark.parametrize("consume", [_steady_writes, _steady_reads_of_an_index])
def test_what_provisioned_capacity_would_halve_fails_alone(twin, consume):
    """A steady rate within the budget costs twice what provisioned capacity does."""
    deploy_watched(twin, contract("users"), past=False)
    consume(Watched(twin))
    result = twin.judge("COS")
    assert result.found("FAIL") == {("COS-2", "users")}
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()


def test_every_line_is_shown(used):
    """The evidence has each line's quantity, price, its source and its day."""
    result = used.twin.judge("COS")
    assert {finding["outcome"] for finding in result.run["findings"]} == {"PASS"}
    (found,) = (
        finding for finding in result.run["findings"] if finding["criterion"] == "COS-1"
    )
    lines = found["numbers"]["lines"]
    line = lines["eu-west-1 users reads"]
    assert line["basis"] == "measured by CloudWatch"
    assert line["usd_a_unit"] == 0.1415
    assert line["price_of"] == "2026-09-11"
    assert line["source"].startswith("https://")
    known = sum(line["usd"] for line in lines.values())
    assert found["numbers"]["known_usd_a_month"] == round(known, 2)


def _a_gigabyte(call):
    """Every table has a size, which the stand-in does not count."""
    status, answer = call.send()
    if call.operation == "DescribeTable":
        answer["Table"]["TableSizeBytes"] = 2**30
    return status, answer


def test_an_open_price_of_what_is_used_is_no_guess(used, aws):
    """A backup has no price yet: with data to back up, the cost is not known."""
    with between(aws.endpoint, _a_gigabyte) as endpoint:
        used.twin.write(endpoint=endpoint)
        result = used.twin.judge("COS-1")
    (reason,) = result.reasons("COS-1", "NOT_ASSESSED")
    assert "no price is known of backup in eu-west-1" in reason
    (found,) = result.run["findings"]
    lines = found["numbers"]["lines"]
    assert lines["eu-west-1 users backup"]["quantity"] == 7 * 24
    assert lines["eu-west-1 users storage"]["usd"] == 0.283
    assert lines["eu-west-1 users pitr"]["usd"] == 0.22


def test_nothing_measured_is_assumed_and_not_compared(twin, two_tables):
    """Without datapoints the estimate assumes, and the comparison says nothing."""
    deploy_watched(twin, two_tables, past=False)
    result = twin.judge("COS")
    tables = {("COS-2", "campaigns"), ("COS-2", "users")}
    assert result.found("NOT_ASSESSED") == tables
    (found,) = (
        finding for finding in result.run["findings"] if finding["criterion"] == "COS-1"
    )
    assert found["outcome"] == "PASS"
    assert "assumed" in found["numbers"]["lines"]["eu-west-1 users reads"]["basis"]


def test_consumption_that_cannot_be_read_is_an_error(used):
    """Without GetMetricData neither estimate nor comparison is possible."""
    used.twin.fault(operation="GetMetricData", code="AccessDenied", status=403)
    result = used.twin.judge("COS")
    assert {criterion for criterion, _ in result.found("ERROR")} == {"COS-1", "COS-2"}
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()


class Alerts:
    """The recorded cost alerts of an environment, to be changed."""

    def __init__(self, environment):
        """Copy the answers of the conforming environment."""
        self.answers = environment.answers()
        self.account = environment.account

    @property
    def subscription(self):
        """The one subscription of the monitor."""
        (subscription,) = self.answers["GetAnomalySubscriptions"][
            "AnomalySubscriptions"
        ]
        return subscription

    @property
    def budgets(self):
        """The budgets of the account."""
        return self.answers["DescribeBudgets"]["Budgets"]

    def unsubscribe(self):
        """Leave the anomaly monitor without a subscription."""
        self.answers["GetAnomalySubscriptions"]["AnomalySubscriptions"].clear()

    def subscribe(self, percent="20", address="finops@demo.internal"):
        """Subscribe to the monitor in another way."""
        self.subscription["Subscribers"] = [{"Type": "EMAIL", "Address": address}]
        expression = self.subscription["ThresholdExpression"]
        expression["Dimensions"]["Values"] = [percent]

    def unmonitor(self):
        """Take the monitor away."""
        self.answers["GetAnomalyMonitors"]["AnomalyMonitors"].clear()

    def notify(self, *notifications):
        """Let the budget notify like this, and in no other way."""
        (budget,) = self.budgets
        named = {"AccountId": self.account, "BudgetName": budget["BudgetName"]}
        for made in notifications:
            self._answer(
                "DescribeSubscribersForNotification",
                {"Subscribers": made["Subscribers"]},
                **named,
                Notification=made["Notification"],
            )
        listed = [made["Notification"] for made in notifications]
        answer = {"Notifications": listed}
        self._answer("DescribeNotificationsForBudget", answer, **named)

    def _answer(self, operation, answer, **parameters):
        self.answers.add("budgets", "us-east-1", operation, answer, **parameters)


def _notification(threshold=120.0, address="finops@demo.internal", kind="PERCENTAGE"):
    return {
        "Notification": {
            "NotificationType": "ACTUAL",
            "ComparisonOperator": "GREATER_THAN",
            "Threshold": threshold,
            "ThresholdType": kind,
        },
        "Subscribers": [{"SubscriptionType": "EMAIL", "Address": address}],
    }


def _nothing(alerts):
    alerts.unsubscribe()
    alerts.unmonitor()
    alerts.budgets.clear()


def _silent(alerts):
    alerts.unsubscribe()
    alerts.notify()


def _too_late(alerts):
    alerts.subscribe(percent="40")
    alerts.notify(_notification(threshold=150.0))


def _placeholders(alerts):
    alerts.subscribe(address="tbd@demo.internal")
    alerts.notify(_notification(address="finops@example.com"))


def _another_service(alerts):
    alerts.unmonitor()
    (budget,) = alerts.budgets
    budget["CostFilters"] = {"Service": ["Amazon S3"]}
    alerts.notify(_notification())


ALERTS = {
    "nothing": (_nothing, "no anomaly monitor watches DynamoDB; no budget covers"),
    "nobody is told": (_silent, "nobody subscribes to the anomaly monitor; the budget"),
    "too late": (_too_late, "alerts from 40 % only; dynamodb-tables at 150 %: too"),
    "placeholders": (_placeholders, "tbd@demo.internal is a placeholder"),
    "another service": (_another_service, "no budget covers DynamoDB"),
}


@pytest.fixture
def alerts(prod):
    """The cost alerts of an environment in two regions."""
    return Alerts(prod)


@pytest.mark.parametrize("what", ALERTS)
def test_without_an_alert_it_fails(prod, alerts, what):
    """A monitor, a budget and a subscription must go together, and reach somebody."""
    alter, said = ALERTS[what]
    alter(alerts)
    judged = prod.judge(alerts.answers)
    assert judged == {COS_3: "FAIL"}
    (reason,) = judged.reasons(COS_3)
    assert said in reason


def test_one_alert_is_enough(prod, alerts):
    """A budget that notifies does, where nobody subscribes to anomalies."""
    alerts.unsubscribe()
    alerts.notify(_notification())
    assert prod.judge(alerts.answers) == {}


@pytest.mark.parametrize("operation", ["GetAnomalyMonitors", "GetAnomalySubscriptions"])
def test_what_is_denied_is_an_error_unless_the_other_alerts(prod, alerts, operation):
    """A denied read is an ERROR only where no other alert was found."""
    alerts.answers.fail(operation)
    alerts.notify(_notification())
    assert prod.judge(alerts.answers) == {}
    alerts.notify()
    assert prod.judge(alerts.answers) == {COS_3: "ERROR"}


def test_budgets_that_are_denied_are_an_error(prod, alerts):
    """Where anomalies alert nobody, a denied budget may: nothing is known."""
    alerts.unsubscribe()
    alerts.answers.fail("DescribeBudgets")
    assert prod.judge(alerts.answers) == {COS_3: "ERROR"}


def test_a_budget_that_notifies_is_an_alert_over_http(twin, two_tables):
    """A deployed budget alerts where nobody subscribes to anomalies."""
    twin.regions = ("af-south-1", "eu-west-1")
    twin.write(judged_as="prod")
    deploy_watched(twin, two_tables)
    explorer = twin.client("ce", "us-east-1")
    for made in explorer.get_anomaly_subscriptions()["AnomalySubscriptions"]:
        explorer.delete_anomaly_subscription(SubscriptionArn=made["SubscriptionArn"])
    assert twin.judge("COS-3").status == 0
    budgets = twin.client("budgets", "us-east-1")
    (budget,) = budgets.describe_budgets(AccountId=twin.account)["Budgets"]
    budgets.delete_budget(AccountId=twin.account, BudgetName=budget["BudgetName"])
    assert twin.judge("COS-3").found("FAIL") == {("COS-3", twin.file.stem)}


def test_prices_that_nobody_has_looked_up_leave_prod_open(prod):
    """What is used at an open price is named; the sum is what it is at least."""
    (reason,) = (
        finding["reason"]
        for finding in prod.judged_conforming.values()
        if finding["criterion"] == "COS-1"
    )
    assert reason.startswith("at least ")
