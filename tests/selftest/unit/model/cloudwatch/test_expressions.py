"""Metric math."""

import pytest

from conformance.model.cloudwatch.expressions import watched_ids
from conformance.model.errors import DoubtError


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
    with pytest.raises(DoubtError):
        watched_ids(expression, ["m1", "m2"])
