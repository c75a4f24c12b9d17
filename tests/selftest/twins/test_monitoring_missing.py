"""What cannot be read, or is not there at all, passes nothing that rests on it."""

import pytest

from tests.selftest.twins.alarm_env import watched

__all__ = ["watched"]


def test_without_alarms_nothing_is_quiet(watched):
    """Where no alarm is there, none in ALARM proves nothing."""
    listed = watched.cloudwatch.get_paginator("describe_alarms").paginate()
    names = [it["AlarmName"] for it in listed.build_full_result()["MetricAlarms"]]
    watched.drop(*names)
    result = watched.twin.judge("MON-4")
    assert result.found("NOT_ASSESSED") == {("MON-4", watched.twin.file.stem)}


def test_no_dashboard_fails_once(watched):
    """A missing dashboard fails; what it would show is not assessed."""
    name = f"dynamodb-schemas-{watched.twin.account}-dashboard"
    watched.cloudwatch.delete_dashboards(DashboardNames=[name])
    result = watched.twin.judge("MON-5")
    (failed,) = result.reasons("MON-5", "FAIL")
    assert "MISSING" in failed
    assert result.reasons("MON-5", "NOT_ASSESSED") == {"dashboard missing (MON-5)"}


DENIED = {
    "DescribeAlarms": {"MON-2", "MON-3", "MON-4"},
    "GetTopicAttributes": {"MON-3"},
    "ListSubscriptionsByTopic": {"MON-3"},
    "ListMetrics": {"MON-1", "MON-6"},
    "GetMetricData": {"MON-6"},
    "GetDashboard": {"MON-5"},
}


@pytest.mark.parametrize("operation", DENIED)
def test_what_is_denied_is_an_error_of_what_rests_on_it(watched, operation):
    """A denied read is an ERROR of its criteria, and touches no other."""
    watched.twin.fault(operation=operation, code="AccessDeniedException", status=403)
    result = watched.twin.judge("MON")
    assert {criterion for criterion, _ in result.found("ERROR")} == DENIED[operation]
    assert result.found("FAIL") | result.found("NOT_ASSESSED") == set()
