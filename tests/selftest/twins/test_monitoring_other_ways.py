"""Alarms that are declared in other words, or stricter, pass."""

from tests.selftest.twins.alarm_env import INDEX_WRITES, USER_ERRORS, put_math, watched

__all__ = ["watched"]


def _no_harm(watched):
    """What is another way to the same, or stricter, or nobody's business."""
    put_math(watched, "SUM(METRICS())")
    watched.put(USER_ERRORS, Threshold=5)
    watched.put(
        f"{INDEX_WRITES}",
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        AlarmActions=[],
    )
    watched.cloudwatch.put_composite_alarm(
        AlarmName="writes",
        AlarmRule=f'ALARM("{INDEX_WRITES}")',
        AlarmActions=[watched.topic],
    )
    watched.record("UserErrors", 10)


def test_other_ways_to_the_same_pass(watched):
    """Metric math, composite alarms and stricter thresholds are understood."""
    _no_harm(watched)
    result = watched.twin.judge("MON")
    assert {it["outcome"] for it in result.run["findings"]} == {"PASS"}
