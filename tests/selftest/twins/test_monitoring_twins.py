"""Monitoring that is wrong in one way fails at its criterion, and there alone."""

import pytest

from tests.selftest.twins.monitoring_env import (
    DYNAMODB,
    ERRORS,
    INDEX_WRITES,
    USER_ERRORS,
    RecordedMonitoring,
    drop_operations,
    put_math,
)
from tests.selftest.twins.recorded_env import expected

REGION = ""
MONITORING = [f"MON-{number}" for number in range(1, 7)]


def _errors_by_table_alone(watched):
    put = watched.alarm(f"{ERRORS}/GetItem")
    drop_operations(watched)
    only = {"Name": "TableName", "Value": watched.users}
    watched.add(put | {"AlarmName": "system errors", "Dimensions": [only]})


def _user_errors_by_table(watched):
    only = {"Name": "TableName", "Value": watched.users}
    watched.put(USER_ERRORS, Dimensions=[only])


def _without_users_in(body, *titles):
    """The dashboard's body without the rows of users in these widgets."""
    for widget in body["widgets"]:
        properties = widget["properties"]
        if properties.get("title") in titles:
            rows = properties["metrics"]
            properties["metrics"] = [row for row in rows if "users" not in str(row)]
    return body


def _dashboard_without_users(watched):
    watched.dashboard = _without_users_in(watched.dashboard, "consumed capacity units")


def _dashboard_without_status_of_users(watched):
    body = watched.dashboard
    for widget in body["widgets"]:
        if widget["type"] == "text":
            widget["properties"]["markdown"] = watched.environment.table("campaigns")
    watched.dashboard = body


def _dashboard_without_user_errors(watched):
    body = watched.dashboard
    kept = [widget for widget in body["widgets"] if "UserErrors" not in str(widget)]
    watched.dashboard = body | {"widgets": kept}


def _dashboard_of_another_region(watched):
    body = watched.dashboard
    for widget in body["widgets"]:
        if "UserErrors" in str(widget):
            widget["properties"]["region"] = "af-south-1"
    watched.dashboard = body


def _dashboard_of_what_is_never_published(watched):
    body = watched.dashboard
    for widget in body["widgets"]:
        if widget["properties"].get("title") == "system errors":
            tables = map(watched.environment.table, ("campaigns", "users"))
            widget["properties"]["metrics"] = [
                [DYNAMODB, "SystemErrors", "TableName", table] for table in tables
            ]
    watched.dashboard = body


def _raise(watched):
    watched.put(INDEX_WRITES, StateValue="ALARM", StateReason="a drill")


def _raise_composite(watched):
    watched.compose("anything", f'NOT ALARM("{INDEX_WRITES}")', state="ALARM")


def _placeholder(watched):
    watched.subscription["Endpoint"] = "someone@example.com"


def _index(watched):
    return {
        "TableName": watched.users,
        "GlobalSecondaryIndexName": "UsersByEmail",
    }


TOPIC = ("MON-3", "devops")
# How it is broken; what FAILs; what is NOT_ASSESSED; what one of them says.
BROKEN = {
    "average of what may be more than nothing": (
        lambda watched: watched.put(USER_ERRORS, Statistic="Average"),
        {("MON-2", "user_errors")},
        set(),
        "Average instead of Sum",
    ),
    "minimum": (
        lambda watched: watched.put(INDEX_WRITES, Statistic="Minimum"),
        {("MON-2", "users/write_throttle_events")},
        set(),
        "Minimum instead of Sum",
    ),
    "threshold looser": (
        lambda watched: watched.put(USER_ERRORS, Threshold=20),
        {("MON-2", "user_errors")},
        set(),
        "threshold 20, looser than 10",
    ),
    "threshold at the limit, and inclusive": (
        lambda watched: watched.put(
            USER_ERRORS,
            Threshold=12,
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        ),
        {("MON-2", "user_errors")},
        set(),
        "threshold 12, looser than 10",
    ),
    "period of ten seconds": (
        lambda watched: watched.put(USER_ERRORS, Period=10),
        {("MON-2", "user_errors")},
        set(),
        "period 10 s instead of 60 s",
    ),
    "three periods": (
        lambda watched: watched.put(
            USER_ERRORS, EvaluationPeriods=3, DatapointsToAlarm=None
        ),
        {("MON-2", "user_errors")},
        set(),
        "3 breaching periods, not 1",
    ),
    "the other way round": (
        lambda watched: watched.put(
            USER_ERRORS, ComparisonOperator="LessThanThreshold"
        ),
        {("MON-2", "user_errors")},
        set(),
        "LessThanThreshold",
    ),
    "an alarm missing for one index": (
        lambda watched: watched.drop(INDEX_WRITES),
        {("MON-2", "users/write_throttle_events")},
        {("MON-3", "users/write_throttle_events")},
        "users/UsersByEmail: no alarm",
    ),
    "system errors without operation": (
        _errors_by_table_alone,
        {("MON-2", "users/system_errors"), ("MON-2", REGION)},
        {("MON-3", "users/system_errors")},
        "SystemErrors is never published by TableName, only by ",
    ),
    "user errors of a table": (
        _user_errors_by_table,
        {("MON-2", "user_errors"), ("MON-2", REGION)},
        {("MON-3", "user_errors")},
        "UserErrors is never published by TableName, only by the whole account",
    ),
    "a unit that never comes": (
        lambda watched: watched.put(USER_ERRORS, Unit="Percent"),
        {("MON-2", "user_errors"), ("MON-2", REGION)},
        set(),
        "UserErrors is published in Count, never in Percent",
    ),
    "a plain sum": (
        lambda watched: put_math(watched, "m0 + m1 + m2 + m3 + m4 + m5"),
        set(),
        {("MON-2", "users/system_errors"), ("MON-3", "users/system_errors")},
        "not understood: any system error (m0 + m1 + m2 + m3 + m4 + m5)",
    ),
    "actions disabled": (
        lambda watched: watched.put(INDEX_WRITES, ActionsEnabled=False),
        {("MON-3", "users/write_throttle_events")},
        set(),
        "actions disabled",
    ),
    "no action": (
        lambda watched: watched.put(INDEX_WRITES, AlarmActions=[]),
        {("MON-3", "users/write_throttle_events")},
        set(),
        "no action",
    ),
    "another topic": (
        lambda watched: watched.put(
            INDEX_WRITES, AlarmActions=[f"{watched.topic}-old"]
        ),
        {("MON-3", "users/write_throttle_events")},
        set(),
        "-devops-old, not on ",
    ),
    "topic missing": (
        RecordedMonitoring.remove_topic,
        {TOPIC},
        set(),
        "no topic dynamodb-schemas-",
    ),
    "subscription pending": (
        lambda watched: watched.subscription.update(
            SubscriptionArn="PendingConfirmation"
        ),
        {TOPIC},
        set(),
        "devops@demo.internal has not confirmed",
    ),
    "placeholder": (
        _placeholder,
        {TOPIC},
        set(),
        "someone@example.com is a placeholder",
    ),
    "an alarm is raised": (
        _raise,
        {("MON-4", REGION)},
        set(),
        INDEX_WRITES,
    ),
    "a composite alarm is raised": (
        _raise_composite,
        {("MON-4", REGION)},
        set(),
        "anything",
    ),
    "dashboard without a table": (
        _dashboard_without_users,
        {("MON-5", REGION)},
        set(),
        "consumed_capacity_units: without users-",
    ),
    "dashboard without a table's status": (
        _dashboard_without_status_of_users,
        {("MON-5", REGION)},
        set(),
        "table_status: without users-",
    ),
    "dashboard without a widget": (
        _dashboard_without_user_errors,
        {("MON-5", REGION)},
        set(),
        "user_errors: without UserErrors",
    ),
    "dashboard of another region": (
        _dashboard_of_another_region,
        {("MON-5", REGION)},
        set(),
        "user_errors: without UserErrors",
    ),
    "dashboard of what is never published": (
        _dashboard_of_what_is_never_published,
        {("MON-5", REGION)},
        set(),
        "system_errors: without campaigns-",
    ),
    "one write of an index was throttled": (
        lambda watched: watched.record("WriteThrottleEvents", 1, **_index(watched)),
        {("MON-6", "users/write_throttle_events")},
        set(),
        "up to 1 in 1 periods",
    ),
    "11 user errors in a minute": (
        lambda watched: watched.record("UserErrors", 11),
        {("MON-6", "user_errors")},
        set(),
        "up to 11 in 1 periods",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_wrong_fails_alone(sit, what):
    """One deviation fails one criterion; what rests on it is not assessed."""
    alter, fails, not_assessed, said = BROKEN[what]
    watched = RecordedMonitoring(sit)
    alter(watched)
    judged = sit.judge(watched.answers, *MONITORING)
    assert judged == expected(
        FAIL=[" ".join(filter(None, pair)) for pair in fails],
        NOT_ASSESSED=[" ".join(filter(None, pair)) for pair in not_assessed],
    )
    assert any(said in reason for key in judged for reason in judged.reasons(key))
