"""Monitoring of each region is judged by itself."""

import pytest

from tests.selftest.twins.monitoring_env import RecordedMonitoring

HERE, THERE = "af-south-1", "eu-west-1"


def _sum_of_latencies(environment):
    """Let an alarm add milliseconds up: their sum is above its threshold."""
    watched = RecordedMonitoring(environment, THERE)
    lag = f"replication_lag users to {HERE}"
    watched.put(lag, Statistic="Sum", StateValue="ALARM")
    return watched.answers


def _without_receiving_region(environment):
    watched = RecordedMonitoring(environment, HERE)
    only = {"Name": "TableName", "Value": watched.users}
    watched.put(f"replication_lag users to {THERE}", Dimensions=[only])
    return watched.answers


def _topic_missing(environment):
    watched = RecordedMonitoring(environment, THERE)
    watched.remove_topic()
    return watched.answers


# How it is broken, what differs, and what one of the findings says.
BROKEN = {
    "sum instead of maximum": (
        _sum_of_latencies,
        {
            f"MON-2 users/replication_lag {THERE}": "FAIL",
            f"MON-4 {THERE}": "FAIL",
        },
        "Sum instead of Maximum",
    ),
    "without receiving region": (
        _without_receiving_region,
        {
            f"MON-2 users/replication_lag {HERE}": "FAIL",
            f"MON-2 {HERE}": "FAIL",
            f"MON-3 users/replication_lag {HERE}": "NOT_ASSESSED",
        },
        "ReplicationLatency is never published by TableName, only by ReceivingRegion",
    ),
    "topic missing in one region": (
        _topic_missing,
        {f"MON-3 devops {THERE}": "FAIL"},
        "no topic",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_region_is_judged_by_itself(prod, case):
    """What is wrong in one region says nothing about the other."""
    broken, differing, said = BROKEN[case]
    judged = prod.judge(broken(prod))
    assert judged == differing
    assert any(said in reason for key in judged for reason in judged.reasons(key))
