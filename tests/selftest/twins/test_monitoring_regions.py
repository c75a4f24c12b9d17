"""Monitoring of each region is judged by itself."""

import pytest

from tests.selftest.twin_env import contract
from tests.selftest.twins.alarm_env import REGION
from tests.selftest.twins.monitoring_env import Watched, deploy_watched


def _replication(region, **members):
    """Alter the replication alarm of one region of prod."""
    other = {"af-south-1": "eu-west-1", "eu-west-1": "af-south-1"}[region]

    def alter(twin):
        Watched(twin, region).put(f"replication_lag users to {other}", **members)
        twin.standin.control("alarms/evaluate", {})

    return alter


BROKEN_IN_PROD = {
    "sum instead of maximum": (
        _replication("eu-west-1", Statistic="Sum"),
        {
            ("MON-2", "users/replication_lag", "eu-west-1"),
            ("MON-4", REGION, "eu-west-1"),  # sums of milliseconds raise it
        },
        "Sum instead of Maximum",
    ),
    "without receiving region": (
        lambda twin: _replication(
            "af-south-1",
            Dimensions=[{"Name": "TableName", "Value": twin.table("users")}],
        )(twin),
        {
            ("MON-2", "users/replication_lag", "af-south-1"),
            ("MON-2", REGION, "af-south-1"),
        },
        "ReplicationLatency is never published by TableName, only by ReceivingRegion",
    ),
    "topic missing in one region": (
        lambda twin: Watched(twin, "eu-west-1").sns.delete_topic(
            TopicArn=Watched(twin, "eu-west-1").topic
        ),
        None,
        "no topic",
    ),
}


@pytest.mark.parametrize("what", BROKEN_IN_PROD)
def test_a_region_is_judged_by_itself(twin, what):
    """What is wrong in one region says nothing about the other."""
    alter, fails, said = BROKEN_IN_PROD[what]
    twin.regions = ("af-south-1", "eu-west-1")
    twin.write(judged_as="prod")
    deploy_watched(twin, contract("users"))
    alter(twin)
    result = twin.judge("MON")
    findings = [
        finding for finding in result.run["findings"] if finding["outcome"] == "FAIL"
    ]
    found = {
        (finding["criterion"], finding["subject"], finding["region"])
        for finding in findings
    }
    if fails is None:
        assert {(name, where) for name, _, where in found} == {("MON-3", "eu-west-1")}
    else:
        name = {REGION: twin.file.stem}
        assert found == {
            (criterion, name.get(n, n), where) for criterion, n, where in fails
        }
    assert any(said in finding["reason"] for finding in findings)
    assert result.found("ERROR") == set()
