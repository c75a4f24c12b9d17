"""Datapoints of ReplicationLatency that prove nothing are no PASS."""

from datetime import UTC, datetime, timedelta

import pytest

from conformance.deployed.replication import ReplicationLatency
from conformance.model.errors import NotAssessedError
from tests.selftest.own_contract import own_declared, own_environment

PROD = own_environment("prod")
TO = "eu-west-1"
PERIODS = 12


class Recorded:
    """Facts of one answer of CloudWatch: five-minute periods, the newest last."""

    def __init__(self, latency, writes):
        self.environment = PROD
        self.now = datetime.now(UTC)
        self._values = {"ReplicationLatency": latency, "Consumed": writes}

    def read(self, _service, _region, _operation, **asked):
        """Every metric of a kind has the same datapoints; None is no datapoint."""
        return {
            "MetricDataResults": [
                self._result(query, asked["EndTime"])
                for query in asked["MetricDataQueries"]
            ]
        }

    def _result(self, query, end):
        name = query["MetricStat"]["Metric"]["MetricName"]
        values = next(
            value for key, value in self._values.items() if name.startswith(key)
        )
        times = [end - timedelta(minutes=5 * n) for n in range(len(values), 0, -1)]
        there = [
            pair for pair in zip(times, values, strict=True) if pair[1] is not None
        ]
        return {
            "Id": query["Id"],
            "Label": name,
            "StatusCode": "Complete",
            "Timestamps": [time for time, _ in there],
            "Values": [value for _, value in there],
        }


def peak(latency, writes=(10,) * PERIODS):
    """What is said of the users table."""
    recorded = Recorded(latency, writes)
    seen = ReplicationLatency(recorded, PROD.regions[0], own_declared(PROD))
    return seen.peaks_ms("users")[TO]


def test_the_highest_datapoint_counts():
    """One slow period among fast ones is the one that the alarm would see."""
    assert peak([400] * 5 + [5100] + [400] * 6) == 5100


def test_a_lag_of_the_last_two_periods_is_no_standstill():
    """The newest datapoints may still be on their way."""
    assert peak([400] * 10 + [None, None]) == 400


def test_an_idle_table_may_have_old_datapoints():
    """Where nothing was written since, nothing was replicated."""
    assert peak([400] * 6 + [None] * 6, [10] * 6 + [None] * 6) == 400


@pytest.mark.parametrize("latency", [[None] * PERIODS, [0] * PERIODS, []])
def test_nothing_above_zero_is_not_assessed(latency):
    """No datapoints, or only zeros, prove nothing, written or not."""
    with pytest.raises(NotAssessedError, match="no ReplicationLatency to eu-west-1"):
        peak(latency)


@pytest.mark.parametrize("silence", [None, 0])
def test_writes_without_latency_are_not_assessed(silence):
    """Writes that go on while the latency is silent or 0 may be standing still."""
    with pytest.raises(NotAssessedError, match="for 20 minutes, while writes went on"):
        peak([400] * 9 + [silence] * 3)
