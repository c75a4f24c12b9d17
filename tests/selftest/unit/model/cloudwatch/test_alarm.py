"""The meaning of an alarm."""

import pytest

from conformance.model.cloudwatch.alarm import Meaning

DECLARED = Meaning("Sum", 60, 1, "GreaterThanThreshold", 10)


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
