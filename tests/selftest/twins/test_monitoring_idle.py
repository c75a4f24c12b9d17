"""Metrics of tables that nobody has used."""

from contextlib import contextmanager

from tests.selftest.twins.monitoring_env import DeployedMonitoring, deploy_watched

CONSUMED = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
LATENCY = "SuccessfulRequestLatency"
TABLES = ("campaigns", "users")


def test_one_metric_that_lacks_asks_for_traffic(sit):
    """Consumed capacity without latency is not all that is available elsewhere."""
    answers = sit.answers()
    metrics = answers["ListMetrics"]["Metrics"]
    users = {"Name": "TableName", "Value": sit.table("users")}
    metrics[:] = [
        metric
        for metric in metrics
        if metric["MetricName"] != LATENCY or users not in metric["Dimensions"]
    ]
    judged = sit.judge(answers)
    assert judged == {"MON-1 users": "NOT_ASSESSED"}
    (reason,) = judged.reasons("MON-1 users")
    assert "write access to dynamodb in eu-west-1 is needed" in reason


@contextmanager
def _uncounted(standin):
    """Let CloudWatch not see traffic."""
    standin.control("settings", {"metrics": {"counting": False}})
    try:
        yield
    finally:
        standin.control("settings", {"metrics": {"counting": True}})


def test_traffic_of_our_own_decides(twin, two_tables):
    """Metrics of one item, written and read, PASS; those that do not come FAIL."""
    deploy_watched(twin, two_tables, past=False)
    twin.write(allows=["read"])
    result = twin.judge("MON-1")
    assert result.found("NOT_ASSESSED") == {("MON-1", table) for table in TABLES}
    (reason,) = result.reasons("MON-1", "NOT_ASSESSED")
    assert f"no {', '.join([*CONSUMED, LATENCY])} in two weeks" in reason
    assert "non-zero" in reason
    assert 'adds "data" to allows' in reason

    twin.write(more="[targets]\nmetrics_delay_s = 0.1")
    with _uncounted(twin.standin):
        for metric in CONSUMED:
            DeployedMonitoring(twin).record(metric, 5, TableName=twin.table("users"))
        result = twin.judge("MON-1")
    assert result.found("FAIL") == {("MON-1", table) for table in TABLES}
    observed = {
        finding["subject"]: finding["observed"] for finding in result.run["findings"]
    }
    assert not any(metric in observed["campaigns"] for metric in (*CONSUMED, LATENCY))
    assert all(metric in observed["users"] for metric in CONSUMED)
    assert LATENCY not in observed["users"]

    twin.write()
    result = twin.judge("MON-1")
    assert {finding["outcome"] for finding in result.run["findings"]} == {"PASS"}
