"""What alarms, expressions, dimensions and dashboards are taken to mean."""

import json

import pytest

from conformance.deployed.topics import DeployedTopics
from conformance.model.cloudwatch.alarm import Meaning
from conformance.model.cloudwatch.dashboard import widgets
from conformance.model.cloudwatch.expressions import (
    NotUnderstoodError,
    raised_by,
    watched_ids,
)
from conformance.model.cloudwatch.metrics import DYNAMODB, Metric
from tests.selftest.own_contract import own_declared, own_environment

DECLARED = Meaning("Sum", 60, 1, "GreaterThanThreshold", 10)


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("m1", ["m1"]),
        ("FILL(m1, 0)", ["m1"]),
        ("FILL(m1, 0) + FILL(m2,0)", ["m1", "m2"]),
        ("SUM([m1, FILL(m2, 0)])", ["m1", "m2"]),
        ("MAX(METRICS())", ["m1", "m2", "m3"]),
    ],
)
def test_simple_math_watches_each_of_its_metrics(expression, ids):
    """An expression that is never below its metrics is raised by each of them."""
    assert watched_ids(expression, ["m1", "m2", "m3"]) == ids


@pytest.mark.parametrize(
    "expression",
    ["m1 + m2", "m1 / 2", "SUM(m1)", "MIN([m1, m2])", "m1 - m2", "SUM([m1 / 2, m2])"],
)
def test_other_math_is_not_understood(expression):
    """What may hide a breach, or has no value without all its metrics, is unknown."""
    with pytest.raises(NotUnderstoodError):
        watched_ids(expression, ["m1", "m2"])


def test_a_composite_is_raised_by_any_of_its_children():
    """ALARM(…) OR ALARM(…) is understood; AND is not."""
    rule = """ALARM("a b") OR ALARM(c) OR ALARM('d')"""
    assert raised_by(rule) == {"a b", "c", "d"}
    with pytest.raises(NotUnderstoodError):
        raised_by('ALARM("a") AND ALARM("b")')


@pytest.mark.parametrize(
    ("deployed", "misses"),
    [
        (Meaning("Sum", 60, 1, "GreaterThanThreshold", 10), ""),
        (Meaning("Sum", 60, 1, "GreaterThanThreshold", 9), ""),
        (Meaning("Sum", 60, 1, "GreaterThanOrEqualToThreshold", 11), ""),
        (Meaning("Sum", 60, 1, "GreaterThanOrEqualToThreshold", 11.5), "looser"),
        (Meaning("Maximum", 60, 1, "GreaterThanThreshold", 10), "Maximum instead"),
        (Meaning("Sum", 60, 2, "GreaterThanThreshold", 10), "2 breaching periods"),
    ],
)
def test_a_meaning_is_at_least_as_strict(deployed, misses):
    """Stricter is as declared; anything that would miss a breach is named."""
    found = deployed.misses(DECLARED)
    assert (misses in found) if misses else found == ""


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
    assert all(it.defect for it in dead)
    alive = [
        Metric(DYNAMODB, "UserErrors"),
        Metric(DYNAMODB, "SystemErrors", frozenset({table, ("Operation", "Query")})),
        Metric("Shop", "Orders", frozenset({table})),
    ]
    assert not any(it.defect for it in alive)


def test_shorthands_of_a_dashboard_are_filled_in():
    """`.` repeats one field of the row above, `...` all that are not given."""
    rows = [
        [DYNAMODB, "SystemErrors", "TableName", "a", "Operation", "Query"],
        ["...", "Scan"],
        [".", "ThrottledRequests", ".", "b", ".", ".", {"region": "af-south-1"}],
        [{"expression": "SEARCH('{AWS/DynamoDB,TableName}', 'Sum', 60)"}],
    ]
    body = json.dumps(
        {"widgets": [{"type": "metric", "properties": {"metrics": rows}}]}
    )
    (widget,) = widgets(body, "eu-west-1")
    found = {
        (region, it.name, *sorted(it.where.values())) for region, it in widget.metrics
    }
    assert found == {
        ("eu-west-1", "SystemErrors", "Query", "a"),
        ("eu-west-1", "SystemErrors", "Scan", "a"),
        ("af-south-1", "ThrottledRequests", "Scan", "b"),
    }
    assert len(widget.searches) == 1


class _Untouched:
    """Facts that must not be asked for."""

    environment = own_environment("prod")


def test_a_topic_of_another_region_tells_nobody():
    """CloudWatch refuses it today; an alarm that has it all the same is named."""
    declared = own_declared(_Untouched.environment).monitoring
    topics = DeployedTopics(_Untouched(), "af-south-1", declared)
    name = declared.topics["devops"]
    elsewhere = f"arn:aws:sns:eu-west-1:{_Untouched.environment.account}:{name}"
    told = topics.reached(elsewhere, name)
    assert told == "tells a topic of eu-west-1, not of af-south-1"
