"""Replication that is late or lossy fails in its direction alone."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.selftest.twin_env import Suite, Twin, contract
from tests.selftest.twins.two_region_env import HERE, LAGS, THERE, alone, found

__all__ = ["alone"]

# How replication of a table to a region is broken, and what is observed.
LATE = {
    "users": (THERE, {"replication_lag": 1.3}, "declared: <= 1000"),
    "campaigns": (HERE, {"replication_lag": 1.3}, "declared: <= 1000"),
    "orders": (THERE, {"replication_paused": True}, "observed: put: 30"),
    "tenants": (HERE, {"replication_loses_deletes": True}, "observed: delete: 30"),
}


@pytest.fixture(scope="module")
def late(aws, tmp_path_factory):
    """A twin whose replication is late or lossy, each table in its own way."""
    twin = Twin(aws, Suite(tmp_path_factory.mktemp("late")), (HERE, THERE))
    twin.write(judged_as="prod")
    twin.deploy(contract(*LATE))
    settings = {
        f"{region}/{twin.table(table)}": settings
        for table, (region, settings, _) in LATE.items()
    }
    aws.control("settings", {"dynamodb": {"of_table": settings}})
    result = twin.judge(*LAGS)
    left = [
        item for table in LATE for to in (HERE, THERE) for item in twin.scan(table, to)
    ]
    aws.control("settings", {"dynamodb": {"of_table": {}}})
    return result, left


@pytest.mark.parametrize("table", LATE)
def test_late_and_lossy_replication_fails(late, table):
    """What arrives late or never fails in its direction, and the other one passes."""
    result, _ = late
    to, _, said = LATE[table]
    outcomes = {
        finding["criterion"]: (
            finding["outcome"],
            f"observed: {finding['observed']}",
            finding["declared"],
        )
        for finding in result.run["findings"]
        if finding["subject"] == table
    }
    failing, passing = LAGS if to == THERE else reversed(LAGS)
    outcome, observed, declared = outcomes[failing]
    assert outcome == "FAIL"
    assert said in (observed, f"declared: {declared}")
    assert outcomes[passing][0] == "PASS"


def test_markers_are_gone_however_replication_went(late):
    """No marker is left on either side, though deletes were lost or stood still."""
    _, left = late
    assert left == []


@pytest.mark.parametrize(
    ("operation", "outcome"), [("GetMetricData", "ERROR"), ("", "FAIL")]
)
def test_latency_above_its_alarm_fails(alone, operation, outcome):
    """One datapoint of six seconds fails REP-5 of its table; a denied read is ERROR."""
    if operation:
        alone.fault(operation=operation, code="AccessDenied", status=403)
    else:
        _put_latency(alone, "users", 6000)
    result = alone.judge("REP-5")
    tables = ("campaigns", "users") if operation else ("users",)
    assert found(result, outcome) == {("REP-5", table, HERE) for table in tables}


def _put_latency(twin, table, milliseconds):
    twin.client("cloudwatch", HERE).put_metric_data(
        Namespace="AWS/DynamoDB",
        MetricData=[
            {
                "MetricName": "ReplicationLatency",
                "Dimensions": [
                    {"Name": "TableName", "Value": twin.table(table)},
                    {"Name": "ReceivingRegion", "Value": THERE},
                ],
                "Timestamp": datetime.now(UTC) - timedelta(hours=3),
                "Value": milliseconds,
                "Unit": "Milliseconds",
            }
        ],
    )
