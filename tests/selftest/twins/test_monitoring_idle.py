"""Metrics of tables that nobody has used."""

import pytest

from tests.selftest.twins.monitoring_env import Watched, deploy_watched


class TestIdle:
    """Tables that nobody has used."""

    @pytest.fixture
    def idle(self, twin, two_tables):
        """A twin without a past."""
        deploy_watched(twin, two_tables, past=False)
        return Watched(twin)

    @pytest.fixture
    def uncounted(self, aws):
        """CloudWatch does not see traffic."""
        aws.control("settings", {"metrics": {"counting": False}})
        yield
        aws.control("settings", {"metrics": {"counting": True}})

    def test_idle_tables_prove_nothing(self, idle):
        """Without traffic, and without leave to make some, nothing is known."""
        idle.twin.write(allows=["read"])
        result = idle.twin.judge("MON-1")
        assert {n for n, _ in result.found("NOT_ASSESSED")} == {"MON-1"}
        (reason,) = result.reasons("MON-1", "NOT_ASSESSED")
        assert "non-zero" in reason
        assert 'adds "data" to allows' in reason

    def test_traffic_of_our_own_shows(self, idle):
        """One item that is written and read makes the metrics appear."""
        result = idle.twin.judge("MON-1")
        assert {finding["outcome"] for finding in result.run["findings"]} == {"PASS"}

    @pytest.mark.usefixtures("uncounted")
    def test_traffic_that_leaves_no_metric_fails(self, idle):
        """Metrics that do not appear in time are a FAIL."""
        idle.twin.write(more="[targets]\nmetrics_delay_s = 0.1")
        result = idle.twin.judge("MON-1")
        assert result.found("FAIL") == {("MON-1", "campaigns"), ("MON-1", "users")}

    @pytest.mark.usefixtures("uncounted")
    def test_one_metric_that_lacks_fails(self, idle):
        """Consumed capacity without latency is not what is available elsewhere."""
        for name in ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"):
            for table in ("campaigns", "users"):
                idle.record(name, 5, TableName=idle.twin.table(table))
        idle.record(
            "SuccessfulRequestLatency",
            5,
            TableName=idle.twin.table("campaigns"),
            Operation="Query",
        )
        idle.twin.write(more="[targets]\nmetrics_delay_s = 0.1")
        result = idle.twin.judge("MON-1")
        assert result.found("FAIL") == {("MON-1", "users")}
