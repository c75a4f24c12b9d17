"""The widgets of a dashboard."""

from conformance.model.cloudwatch.dashboard import widgets
from conformance.model.cloudwatch.metrics import DYNAMODB


def test_shorthands_of_a_dashboard_are_filled_in():
    """`.` repeats one field of the row above, `...` all that are not given."""
    rows = [
        [DYNAMODB, "SystemErrors", "TableName", "a", "Operation", "Query"],
        ["...", "Scan"],
        [".", "ThrottledRequests", ".", "b", ".", ".", {"region": "af-south-1"}],
        [{"expression": "SEARCH('{AWS/DynamoDB,TableName}', 'Sum', 60)"}],
    ]
    body = {"widgets": [{"type": "metric", "properties": {"metrics": rows}}]}
    (widget,) = widgets(body, "eu-west-1")
    found = {
        (region, metric.name, *sorted(metric.where.values()))
        for region, metric in widget.metrics
    }
    assert found == {
        ("eu-west-1", "SystemErrors", "Query", "a"),
        ("eu-west-1", "SystemErrors", "Scan", "a"),
        ("af-south-1", "ThrottledRequests", "Scan", "b"),
    }
    assert len(widget.searches) == 1
