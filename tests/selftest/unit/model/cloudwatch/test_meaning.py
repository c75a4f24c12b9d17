"""The meaning of an alarm."""

import pytest

from conformance.model.cloudwatch.meaning import Meaning

ABOVE, FROM = "GreaterThanThreshold", "GreaterThanOrEqualToThreshold"
MANY = Meaning("Sum", 60, 1, ABOVE, 10)
ANY = Meaning("Sum", 60, 1, ABOVE, 0)
TWICE = Meaning("Sum", 60, 2, ABOVE, 10)
LAG = Meaning("Maximum", 300, 1, ABOVE, 60_000)
USE = Meaning("Average", 60, 1, ABOVE, 5)
FROM_ONE = Meaning("Sum", 60, 1, FROM, 1)


@pytest.mark.parametrize(
    ("deployed", "declared"),
    [
        (MANY, MANY),
        (Meaning("Sum", 60, 1, ABOVE, 9), MANY),
        (Meaning("Sum", 60, 1, FROM, 11), MANY),
        (Meaning("Sum", 300, 1, ABOVE, 10), MANY),
        (Meaning("Average", 60, 1, ABOVE, 0), ANY),
        (Meaning("Maximum", 300, 1, FROM, 1), ANY),
        (Meaning("SampleCount", 60, 1, ABOVE, 0), ANY),
        (Meaning("Sum", 3600, 1, ABOVE, 0), ANY),
        (ANY, Meaning("Sum", 300, 1, ABOVE, 0)),
        (ANY, Meaning("Sum", 60, 3, ABOVE, 0)),
        (ANY, FROM_ONE),
        (FROM_ONE, ANY),
        (Meaning("Sum", 120, 1, ABOVE, 10), TWICE),
        (Meaning("Maximum", 60, 1, ABOVE, 60_000), LAG),
        (Meaning("Maximum", 60, 1, ABOVE, 5), USE),
    ],
)
def test_a_stricter_meaning_misses_nothing(deployed, declared):
    """What is raised by all that is declared, and by more, is as strict."""
    assert deployed.misses(declared) == ""


@pytest.mark.parametrize(
    ("deployed", "declared", "misses"),
    [
        (Meaning("Sum", 60, 1, FROM, 11.5), MANY, "looser"),
        (Meaning("Maximum", 60, 1, ABOVE, 10), MANY, "Maximum instead of Sum"),
        (Meaning("Sum", 60, 2, ABOVE, 10), MANY, "2 breaching periods"),
        (Meaning("Sum", 90, 1, ABOVE, 10), MANY, "period 90 s"),
        (Meaning("Sum", 10, 1, ABOVE, 0), ANY, "period 10 s"),
        (Meaning("Minimum", 60, 1, ABOVE, 0), ANY, "Minimum instead of Sum"),
        (Meaning("p99", 60, 1, ABOVE, 0), ANY, "p99 instead of Sum"),
        (Meaning("Average", 60, 1, FROM, 1), ANY, "looser"),
        (Meaning("Sum", 60, 1, ABOVE, 1), FROM_ONE, "looser"),
        (Meaning("Sum", 60, 2, ABOVE, 0), Meaning("Sum", 300, 1, ABOVE, 0), "period"),
        (Meaning("Sum", 300, 2, ABOVE, 10), TWICE, "2 breaching periods"),
        (Meaning("Average", 300, 1, ABOVE, 5), USE, "period 300 s"),
        (Meaning("Sum", 60, 1, "LessThanThreshold", 0), ANY, "LessThanThreshold"),
    ],
)
def test_what_would_miss_a_breach_is_named(deployed, declared, misses):
    """A condition that some declared breach does not meet is no substitute."""
    assert misses in deployed.misses(declared)
