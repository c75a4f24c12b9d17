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
TOPIC = ("MON-3", "devops")
FAILS = {
    (*TOPIC, HERE): "no statement allows cloudwatch.amazonaws.com kms:Decrypt",
    ("MON-3", "user_errors", HERE): "muted now by the rule holidays",
    (*TOPIC, THERE): "no topic",
    ("MON-2", "user_errors", HERE): "threshold 20, looser than 10",
    ("MON-4", "", HERE): "anything",
    ("MON-5", "", HERE): "MISSING",
    ("MON-2", "users/replication_lag", THERE): "Sum instead of Maximum",
    ("MON-4", "", THERE): "replication_lag users",  # a sum of milliseconds
    ("MON-6", "users/system_errors", THERE): "users/Scan",
}
WAITS = {("MON-5", "", HERE): "dashboard missing"}
DENIED = (
    *("DescribeAlarms", "GetDashboard", "GetMetricData", "GetTopicAttributes"),
    *("ListAlarmMuteRules", "ListMetrics", "ListSubscriptionsByTopic"),
)


def _alter(watched):
    """Leave alarms and topic there, and the dashboard not."""
    watched.put(USER_ERRORS, Threshold=20)
    watched.cloudwatch.put_composite_alarm(
        AlarmName="anything", AlarmRule=f'NOT ALARM("{USER_ERRORS}")'
    )
    watched.subscribe("devops@demo.internal")
    watched.encrypt()
    watched.mute(USER_ERRORS)
    watched.cloudwatch.delete_dashboards(DashboardNames=[watched.dashboard])


def _remove_topic(watched):
    """Take the topic away, let errors happen, and let alarms do other sums."""
    watched.sns.delete_topic(TopicArn=watched.topic)
    watched.record("SystemErrors", 2, TableName=watched.users, Operation="Scan")
    put_math(watched, "SUM(METRICS())")
    watched.put(f"replication_lag users to {HERE}", Statistic="Sum")


def _findings(result, outcome):
    """Return the reasons of the findings by criterion, subject and region."""
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
    assert result.found("ERROR") == set()
    for outcome, said in {"FAIL": FAILS, "NOT_ASSESSED": WAITS}.items():
        reasons = _findings(result, outcome)
        assert reasons.keys() == said.keys()
        assert [key for key in said if said[key] not in reasons[key]] == []
    for operation in DENIED:
        twin.fault(operation=operation, code="AccessDenied", status=403)
    result = twin.judge("MON")
    denied = {criterion for criterion, _ in result.found("ERROR")}
    assert denied == {f"MON-{number}" for number in range(1, 7)}
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()
