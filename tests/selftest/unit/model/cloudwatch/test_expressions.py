"""Metric math and composite rules."""

import pytest

from conformance.model.cloudwatch.expressions import (
    NotUnderstoodError,
    raised_by,
    watched_ids,
)


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
