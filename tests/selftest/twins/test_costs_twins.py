"""Costs that are too high, or that nobody is told of, fail at their criterion."""

import pytest

from tests.selftest.twin_env import contract
from tests.selftest.twins.monitoring_env import (
    DeployedMonitoring,
    RecordedMonitoring,
    deploy_watched,
)
from tests.selftest.twins.recorded_env import keys_of

COSTS = ("COS-1", "COS-2", "COS-3")
DAY = range(2, 24 * 60 - 2)


@pytest.fixture
def used(sit):
    """Return the metrics of tables that have a past."""
    return RecordedMonitoring(sit)


def lines_of(findings):
    """Return the lines of the estimate."""
    (found,) = (finding for finding in findings if finding["criterion"] == "COS-1")
    return found["numbers"]["lines"]


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
def test_what_is_over_the_budget_fails_alone(sit, used, consume):
    """A month that costs more than the budget is a FAIL, whatever consumes."""
    consume(used)
    assert sit.judge(used.answers, *COSTS) == {"COS-1": "FAIL"}


@pytest.mark.parametrize("consume", [_steady_writes, _steady_reads_of_an_index])
def test_what_provisioned_capacity_would_halve_fails_alone(sit, used, consume):
    """A steady rate within the budget costs twice what provisioned capacity does."""
    used.forget_use(used.users)
    consume(used)
    assert sit.judge(used.answers, *COSTS) == {"COS-2 users": "FAIL"}


def test_every_line_is_shown(sit):
    """The evidence has each line's quantity, price, its source and its day."""
    costs = [
        finding
        for finding in sit.judged_conforming.values()
        if finding["criterion"] in ("COS-1", "COS-2")
    ]
    assert {finding["outcome"] for finding in costs} == {"PASS"}
    lines = lines_of(costs)
    line = lines["eu-west-1 users reads"]
    assert line["basis"] == "measured by CloudWatch"
    assert line["usd_a_unit"] == 0.1415
    assert line["price_of"] == "2026-09-11"
    assert line["source"].startswith("https://")
    (estimate,) = (found for found in costs if found["criterion"] == "COS-1")
    known = sum(line["usd"] for line in lines.values())
    assert estimate["numbers"]["known_usd_a_month"] == round(known, 2)


def test_an_open_price_of_what_is_used_is_no_guess(sit):
    """A backup has no price yet: with data to back up, the cost is not known."""
    answers = sit.answers()
    for described in answers.every("DescribeTable"):
        described["Table"]["TableSizeBytes"] = 2**30
    judged = sit.judge(answers)
    assert judged == {"COS-1": "NOT_ASSESSED"}
    (reason,) = judged.reasons("COS-1")
    assert "no price is known of backup in eu-west-1" in reason
    lines = lines_of(judged.findings)
    assert lines["eu-west-1 users backup"]["quantity"] == 7 * 24
    assert lines["eu-west-1 users storage"]["usd"] == 0.283
    assert lines["eu-west-1 users pitr"]["usd"] == 0.22


def test_an_idle_table_beside_others_is_assumed_and_not_compared(sit, used):
    """The estimate rests on the other's traffic, and says what it assumes."""
    used.forget_use(used.users)
    judged = sit.judge(used.answers, *COSTS)
    assert judged == {"COS-2 users": "NOT_ASSESSED"}
    line = lines_of(judged.findings)["eu-west-1 users reads"]
    assert "assumed" in line["basis"]


def test_no_traffic_at_all_decides_nothing(sit, used):
    """Assumed numbers within the budget prove nothing; the evidence shows them."""
    for table in ("campaigns", "users"):
        used.forget_use(sit.table(table))
    judged = sit.judge(used.answers, *COSTS)
    idle = keys_of({("COS-2", "campaigns"), ("COS-2", "users")})
    assert judged == {"COS-1": "NOT_ASSESSED"} | idle
    (reason,) = judged.reasons("COS-1")
    assert reason.startswith("CloudWatch has no datapoint of any table: ")
    assert "assumed" in lines_of(judged.findings)["eu-west-1 users reads"]["basis"]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (
            {"TableClassSummary": {"TableClass": "STANDARD_INFREQUENT_ACCESS"}},
            "is of the class STANDARD_INFREQUENT_ACCESS",
        ),
        (
            {"BillingModeSummary": {"BillingMode": "PROVISIONED"}},
            "is billed as PROVISIONED",
        ),
    ],
)
def test_what_is_billed_otherwise_is_not_estimated(sit, shown, said):
    """Another table class and provisioned capacity have prices of their own."""
    answers = sit.answers()
    answers["DescribeTable", "users"]["Table"].update(shown)
    judged = sit.judge(answers, "COS-1")
    assert judged == {"COS-1": "NOT_ASSESSED"}
    (reason,) = judged.reasons("COS-1")
    assert f"{sit.table('users')} in eu-west-1 {said}" in reason


def test_consumption_that_cannot_be_read_is_an_error(sit):
    """Without GetMetricData neither estimate nor comparison is possible."""
    answers = sit.answers()
    answers.fail("GetMetricData", "Consumed", code="AccessDenied")
    compared = {"COS-2 campaigns": "ERROR", "COS-2 users": "ERROR"}
    assert sit.judge(answers) == {"COS-1": "ERROR"} | compared


def test_prices_that_nobody_has_looked_up_leave_prod_open(prod):
    """What is used at an open price is named; the sum is what it is at least."""
    (found,) = (
        finding
        for finding in prod.judged_conforming.values()
        if finding["criterion"] == "COS-1"
    )
    assert found["outcome"] == "NOT_ASSESSED"
    assert found["reason"].startswith("at least ")
    assert "reads in af-south-1" in found["reason"]


def test_deployed_costs_are_judged_alike(twin):
    """Over HTTP, what is consumed and who is told are read, and denied, as recorded."""
    twin.write(judged_as="prod")
    deploy_watched(twin, contract("users"), past=False)
    watched = DeployedMonitoring(twin)
    watched.record("ConsumedWriteCapacityUnits", 1e8, TableName=watched.users)
    _unsubscribe(twin)
    result = twin.judge("COS")
    environment = twin.file.stem
    assert result.found("FAIL") == {("COS-1", environment)}
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()
    assert ("COS-3", environment) in result.found("PASS")  # the budget alerts
    _tell_placeholder(twin)
    twin.fault(operation="GetMetricData", code="AccessDenied", status=403)
    result = twin.judge("COS")
    assert result.found("FAIL") == {("COS-3", environment)}
    (reason,) = result.reasons("COS-3", "FAIL")
    assert "dynamodb-tables at 120: finops@example.com is a placeholder" in reason
    assert result.found("ERROR") == {("COS-1", environment)}


def _unsubscribe(twin):
    """Leave the anomaly monitor without a subscription."""
    explorer = twin.client("ce", "us-east-1")
    (known,) = explorer.get_anomaly_subscriptions()["AnomalySubscriptions"]
    explorer.delete_anomaly_subscription(SubscriptionArn=known["SubscriptionArn"])


def _tell_placeholder(twin):
    """Let the budget tell an address of an example."""
    budgets = twin.client("budgets", "us-east-1")
    named = {"AccountId": twin.account, "BudgetName": "dynamodb-tables"}
    (told,) = budgets.describe_notifications_for_budget(**named)["Notifications"]
    budgets.delete_notification(**named, Notification=told)
    budgets.create_notification(
        **named,
        Notification=told,
        Subscribers=[{"SubscriptionType": "EMAIL", "Address": "finops@example.com"}],
    )
