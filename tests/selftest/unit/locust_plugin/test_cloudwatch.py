"""What CloudWatch counted of a load: by table, index and reason, or nothing."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conformance.aws.client import AwsClients
from conformance.aws.recorder import Recorder
from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.locust_plugin.cloudwatch import throttles
from conformance.model.errors import UnreadableError

NOON = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
HELD = (NOON + timedelta(seconds=20), NOON + timedelta(minutes=4, seconds=30))
WHOLE = (1, 2, 3)
"""The whole minutes of it."""


class Counting:
    """A twin's account in which CloudWatch counts what a test says."""

    def __init__(self, twin, patience_s=1.0):
        """Declare the tables; none is deployed, as nothing but metrics is asked."""
        self.twin = twin
        environment = load_environment(str(twin.file))
        declared = load_declared(environment, twin.contract)
        targets = declared.targets | {"metrics_delay_s": patience_s}
        self.declared = replace(declared, targets=targets)
        self.recorder = Recorder()
        self.clients = AwsClients(environment, declared.tables, self.recorder)
        self.cloudwatch = twin.client("cloudwatch")

    def count(self, metric, minutes, table="users", index="", value=5.0):
        """Let it have counted so much in each of these minutes."""
        where = {"TableName": self.twin.table(table)}
        where |= {"GlobalSecondaryIndexName": index} if index else {}
        self.cloudwatch.put_metric_data(
            Namespace="AWS/DynamoDB",
            MetricData=[
                {
                    "MetricName": metric,
                    "Timestamp": NOON + timedelta(minutes=minute, seconds=7),
                    "Value": value,
                    "Dimensions": [{"Name": n, "Value": v} for n, v in where.items()],
                }
                for minute in minutes
            ],
        )

    def consumed(self, minutes, name):
        """Reads and writes of a table arrive for some minutes."""
        for use in ("Read", "Write"):
            self.count(f"Consumed{use}CapacityUnits", minutes, name)

    def asked(self, held=HELD):
        """What is known of the load."""
        return throttles(self.clients, self.declared, "eu-west-1", held)


@pytest.fixture
def counting(twin, two_tables):
    """An account that wrote to both tables in every minute of the load."""
    twin.contract.write_text(json.dumps(two_tables), encoding="utf-8")
    counting = Counting(twin)
    for name in ("campaigns", "users"):
        counting.consumed(WHOLE, name)
    return counting


def test_no_throttling_is_proven_by_what_was_consumed(counting):
    """Where every minute has arrived, no datapoint of throttling means none."""
    counted = counting.asked()
    assert counted.missing == ""
    assert set(counted.throttled.values()) == {0.0}
    assert ("users", "UsersByEmail") in counted.throttled
    assert counted.reasons == {}


def test_throttles_are_told_by_table_index_and_reason(counting):
    """Reads and writes of one index count there, and nowhere else."""
    index = {"index": "UsersByEmail"}
    counting.count("WriteThrottleEvents", [1, 3], **index)
    counting.count("ReadThrottleEvents", [2], value=1.0, **index)
    counting.count("WriteKeyRangeThroughputThrottleEvents", [1, 3], **index)
    counted = counting.asked()
    throttled = {where: count for where, count in counted.throttled.items() if count}
    assert throttled == {("users", "UsersByEmail"): 11.0}
    assert counted.reasons == {
        ("users", "UsersByEmail"): {"WriteKeyRangeThroughput": 10.0}
    }


def test_what_lies_outside_of_the_load_does_not_count(counting):
    """A minute that the ramp or the spike had a part in is not the steady phase's."""
    counting.count("WriteThrottleEvents", [0, 4])
    assert set(counting.asked().throttled.values()) == {0.0}


@pytest.mark.parametrize("arrived", [(), (1, 2), (1, 3), (0, 4)])
def test_a_minute_that_has_not_arrived_proves_nothing(twin, two_tables, arrived):
    """One table is late with one minute: neither a sum nor a zero is told."""
    twin.contract.write_text(json.dumps(two_tables), encoding="utf-8")
    late = Counting(twin)
    late.consumed(WHOLE, "campaigns")
    late.count("ConsumedReadCapacityUnits", WHOLE, "users")
    late.count("ConsumedWriteCapacityUnits", arrived, "users") if arrived else None
    counted = late.asked()
    assert "lacks minutes of consumed capacity of users 1 s" in counted.missing
    assert counted.throttled == counted.reasons == {}


def test_what_arrives_late_is_waited_for(twin, two_tables, monkeypatch):
    """It is asked again, and not answered from what was known."""
    twin.contract.write_text(json.dumps(two_tables), encoding="utf-8")
    late = Counting(twin, patience_s=30.0)
    late.consumed(WHOLE, "campaigns")
    pauses = []

    def arrive(seconds):
        pauses.append(seconds)
        if len(pauses) == 2:
            late.consumed(WHOLE, "users")

    monkeypatch.setattr("conformance.aws.polling.time.sleep", arrive)
    assert late.asked().missing == ""
    assert len(pauses) == 2


def test_a_load_without_a_whole_minute_proves_nothing(counting):
    """CloudWatch counts by the minute: 110 seconds may hold none."""
    held = (NOON + timedelta(seconds=5), NOON + timedelta(seconds=110))
    assert "no whole minute" in counting.asked(held).missing
    assert counting.recorder.drain() == []


def test_what_cannot_be_asked_is_an_error_of_its_own(counting, twin):
    """A denied read is no absence of throttling."""
    twin.fault(operation="GetMetricData", code="AccessDenied")
    with pytest.raises(UnreadableError, match="AccessDenied"):
        counting.asked()
