"""Every member of a budget that decides whether somebody is told (COS-3)."""

from datetime import UTC, datetime

import pytest

from tests.selftest.twins.cost_alert_env import (
    BUDGET,
    HERE,
    Alerts,
    dimension,
    notification,
    outcome_of,
)


@pytest.fixture
def alerts(prod):
    """Return the cost alerts of an environment in two regions."""
    return Alerts(prod)


PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2080, 1, 1, tzinfo=UTC)
USD_100 = {"Amount": "100", "Unit": "USD"}
MUCH = {"Amount": "1000000", "Unit": "USD"}
DYNAMODB = dimension("SERVICE", "Amazon DynamoDB")
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
    ({"CalculatedSpend": {"ActualSpend": {"Amount": "-3"}}}, "NOT_ASSESSED"),
    ({"CalculatedSpend": {}}, "PASS"),
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
