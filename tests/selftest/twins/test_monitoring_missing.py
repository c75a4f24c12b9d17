"""What cannot be read, or is not there at all, passes nothing that rests on it."""

import pytest

from tests.selftest.twins.monitoring_env import RecordedMonitoring

MONITORING = [f"MON-{number}" for number in range(1, 7)]


def test_without_alarms_nothing_is_quiet(sit):
    """Where no alarm is there, none in ALARM proves nothing."""
    watched = RecordedMonitoring(sit)
    watched.listed.clear()
    assert sit.judge(watched.answers, "MON-4") == {"MON-4": "NOT_ASSESSED"}


def test_no_dashboard_fails_once(sit):
    """A missing dashboard fails; what it would show is not assessed."""
    answers = sit.answers()
    answers.fail("GetDashboard", code="ResourceNotFound")
    judged = sit.judge(answers)
    assert judged == {"MON-5": "FAIL, NOT_ASSESSED"}
    assert "dashboard missing (MON-5)" in judged.reasons("MON-5")
    assert any("MISSING" in reason for reason in judged.reasons("MON-5"))


DENIED = {
    "DescribeAlarms": {"MON-2", "MON-3", "MON-4"},
    "ListAlarmMuteRules": {"MON-3"},
    "GetTopicAttributes": {"MON-3"},
    "ListSubscriptionsByTopic": {"MON-3"},
    "ListMetrics": {"MON-1", "MON-6"},
    "GetMetricData": {"MON-6"},
    "GetDashboard": {"MON-5"},
}


@pytest.mark.parametrize("operation", DENIED)
def test_what_is_denied_is_an_error_of_what_rests_on_it(sit, operation):
    """A denied read is an ERROR of its criteria, and touches no other."""
    answers = sit.answers()
    answers.fail(operation)
    judged = sit.judge(answers, *MONITORING)
    assert {key.split()[0] for key in judged} == DENIED[operation]
    assert set(judged.values()) == {"ERROR"}
