"""The metrics that AWS publishes."""

from conformance.model.cloudwatch.metrics import DYNAMODB, Metric


def test_dimensions_that_are_never_published_are_known():
    """Each metric has its own sets of dimensions, and an unknown metric has none."""
    table = ("TableName", "orders")
    dead = [
        Metric(DYNAMODB, "UserErrors", frozenset({table})),
        Metric(DYNAMODB, "SystemErrors", frozenset({table})),
        Metric(DYNAMODB, "ReplicationLatency", frozenset({table})),
        Metric(DYNAMODB, "ThrottledRequests", frozenset({table})),
        Metric(DYNAMODB, "ReadThrottleEvent", frozenset({table})),
        Metric("AWS/Backup", "NumberOfBackupJobsFailed", frozenset({table})),
    ]
    assert all(metric.defect for metric in dead)
    alive = [
        Metric(DYNAMODB, "UserErrors"),
        Metric(DYNAMODB, "SystemErrors", frozenset({table, ("Operation", "Query")})),
        Metric("Shop", "Orders", frozenset({table})),
    ]
    assert not any(metric.defect for metric in alive)
