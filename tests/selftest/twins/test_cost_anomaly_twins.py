"""Thresholds of anomaly alerts and what monitors watch are expressions (COS-3)."""

import pytest

from tests.selftest.twins.cost_alert_env import (
    HERE,
    Alerts,
    cases,
    dimension,
    of,
    outcome_of,
)


@pytest.fixture
def alerts(prod):
    """Return the cost alerts of an environment in two regions."""
    return Alerts(prod)


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
