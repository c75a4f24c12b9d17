"""Alarms that are declared in other words, or stricter, pass."""

from tests.selftest.twins.monitoring_env import (
    INDEX_WRITES,
    USER_ERRORS,
    RecordedMonitoring,
    put_math,
)


def test_other_ways_to_the_same_pass(sit):
    """Metric math, composite alarms and stricter thresholds are understood."""
    watched = RecordedMonitoring(sit)
    put_math(watched, "SUM(METRICS())")
    watched.put(USER_ERRORS, Threshold=5)
    watched.put(
        INDEX_WRITES,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[],
    )
    watched.compose("writes", f'ALARM("{INDEX_WRITES}")', actions=[watched.topic])
    watched.record("UserErrors", 10)
    assert sit.judge(watched.answers) == {}
