"""Monitoring of each region is judged by itself."""

import pytest

from tests.selftest.twins.alarm_env import RecordedAlarms

PRIMARY, REPLICA = "af-south-1", "eu-west-1"
LAG = "replication_lag users to"
MONITORING = [f"MON-{number}" for number in range(1, 7)]


def _sum(alarms):
    """Sums of milliseconds raise the alarm, too."""
    alarms.put(f"{LAG} {PRIMARY}", Statistic="Sum", StateValue="ALARM")


def _without_receiving_region(alarms):
    only = [{"Name": "TableName", "Value": alarms.users}]
    alarms.put(f"{LAG} {REPLICA}", Dimensions=only)


def _without_topic(alarms):
    alarms.answers.fail("GetTopicAttributes", REPLICA, code="NotFound")


# Which region is broken, how; which findings FAIL; what one of them says.
BROKEN = {
    "sum instead of maximum": (
        REPLICA,
        _sum,
        {"MON-2 users/replication_lag", "MON-4"},
        "Sum instead of Maximum",
    ),
    "without receiving region": (
        PRIMARY,
        _without_receiving_region,
        {"MON-2 users/replication_lag", "MON-2"},
        "ReplicationLatency is never published by TableName, only by ReceivingRegion",
    ),
    "topic missing in one region": (REPLICA, _without_topic, None, "no topic"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_region_is_judged_by_itself(prod, what):
    """What is wrong in one region says nothing about the other."""
    region, break_it, fails, said = BROKEN[what]
    alarms = RecordedAlarms(prod, region)
    break_it(alarms)
    judged = prod.judge(alarms.answers, *MONITORING)
    failed = {key for key, outcome in judged.items() if outcome == "FAIL"}
    if fails is None:
        assert {key.split()[0] for key in failed} == {"MON-3"}
    else:
        assert failed == {f"{key} {region}" for key in fails}
    assert {key.split()[-1] for key in judged} == {region}
    assert set(judged.values()) <= {"FAIL", "NOT_ASSESSED"}
    assert any(said in reason for key in failed for reason in judged.reasons(key))
