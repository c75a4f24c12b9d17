"""Monitoring that is deployed wrongly is judged as its recorded answers are.

Regions are judged each by itself: each is broken in its own ways.
"""

from tests.selftest.twin_env import contract
from tests.selftest.twins.monitoring_env import (
    USER_ERRORS,
    DeployedMonitoring,
    deploy_watched,
    put_math,
)

HERE, THERE = "af-south-1", "eu-west-1"
WATCHES = (
    *("backup_failures", "user_errors", "users/consumed_capacity"),
    *("users/read_throttle_events", "users/replication_lag", "users/system_errors"),
    "users/write_throttle_events",
)
DENIED = (
    *("DescribeAlarms", "GetDashboard", "GetMetricData", "GetTopicAttributes"),
    *("ListMetrics", "ListSubscriptionsByTopic"),
)


def _alter(watched):
    """Leave alarms and topic there, and the dashboard not."""
    watched.put(USER_ERRORS, Threshold=20)
    watched.cloudwatch.put_composite_alarm(
        AlarmName="anything", AlarmRule=f'NOT ALARM("{USER_ERRORS}")'
    )
    watched.subscribe("devops@demo.internal")
    watched.cloudwatch.delete_dashboards(DashboardNames=[watched.dashboard])


def _remove_topic(watched):
    """Take the topic away, let errors happen, and let alarms do other sums."""
    watched.sns.delete_topic(TopicArn=watched.topic)
    watched.record("SystemErrors", 2, TableName=watched.users, Operation="Scan")
    put_math(watched, "SUM(METRICS())")
    watched.put(f"replication_lag users to {HERE}", Statistic="Sum")


def _findings(result, outcome):
    """Criterion, subject and region of the findings, each with its reasons."""
    found = {}
    for finding in result.run["findings"]:
        if finding["outcome"] == outcome:
            subject = finding["subject"].replace(result.run["environment"]["name"], "")
            key = finding["criterion"], subject, finding["region"]
            found[key] = found.get(key, "") + finding["reason"]
    return found


def test_deployed_monitoring_is_judged_alike(twin):
    """Over HTTP, alarms, topics, dashboards and metrics are read as recorded."""
    twin.regions = (HERE, THERE)
    twin.write(judged_as="prod")
    deploy_watched(twin, contract("users"))
    _alter(DeployedMonitoring(twin, HERE))
    _remove_topic(DeployedMonitoring(twin, THERE))
    twin.standin.control("alarms/evaluate", {})
    result = twin.judge("MON")
    failed = _findings(result, "FAIL")
    unclear = ("MON-3", "user_errors", HERE)  # its alarm is in a rule with NOT
    nobody_told = {
        ("MON-3", watch, region) for watch in WATCHES for region in (HERE, THERE)
    }
    assert failed.keys() == nobody_told - {unclear} | {
        ("MON-2", "user_errors", HERE),
        ("MON-4", "", HERE),
        ("MON-5", "", HERE),
        ("MON-2", "users/replication_lag", THERE),
        ("MON-4", "", THERE),  # sums of milliseconds raise it
        ("MON-6", "users/system_errors", THERE),
    }
    assert (
        "1 subscribed, none confirmed" in failed["MON-3", "users/system_errors", HERE]
    )
    assert "no topic" in failed["MON-3", "user_errors", THERE]
    assert "users/Scan" in failed["MON-6", "users/system_errors", THERE]
    assert "anything" in failed["MON-4", "", HERE]
    assert "replication_lag users" in failed["MON-4", "", THERE]
    assert "MISSING" in failed["MON-5", "", HERE]
    waits = _findings(result, "NOT_ASSESSED")
    assert waits.keys() == {unclear, ("MON-5", "", HERE)}
    assert "not understood: anything" in waits[unclear]
    assert result.found("ERROR") == set()
    for operation in DENIED:
        twin.fault(operation=operation, code="AccessDenied", status=403)
    result = twin.judge("MON")
    assert {name for name, _ in result.found("ERROR")} == {
        f"MON-{number}" for number in range(1, 7)
    }
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()
