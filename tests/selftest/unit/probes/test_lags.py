"""Lags are intervals; a percentile of them is judged only where it is certain."""

import math

import pytest

from conformance.model.errors import NotAssessedError
from conformance.probes.lags import Interval, Lags

NEVER = Interval(10_000.0, math.inf)


def lags(*bounds, kind="put"):
    return Lags({kind: tuple(Interval(*bound) for bound in bounds)})


def test_an_interval_below_the_limit_is_within():
    """The upper bound decides for PASS; the limit itself is within."""
    assert Interval(0.0, 1000.0) <= 1000


def test_an_interval_above_the_limit_is_not_within():
    """The lower bound decides for FAIL."""
    assert not Interval(1000.1, 1400.0) <= 1000


def test_an_interval_that_straddles_the_limit_is_not_assessed():
    """A lag between 990 and 1010 ms is neither below nor above 1000 ms."""
    with pytest.raises(NotAssessedError, match="which straddles the limit"):
        assert Interval(990.0, 1010.0) <= 1000


def test_what_was_given_up_before_the_limit_is_not_assessed():
    """Not to have been seen for half the limit proves nothing."""
    with pytest.raises(NotAssessedError):
        assert Interval(500.0, math.inf) <= 1000


def test_percentiles_bound_the_lags_from_both_sides():
    """Of 20 lags the 95th percentile is the 19th, of either bound by itself."""
    measured = lags(*[(n, 2 * n) for n in range(20, 0, -1)])
    assert measured.percentile(95) == Interval(19, 38)
    assert measured.percentile(50) == Interval(10, 20)
    assert measured.percentile(100) == Interval(20, 40)


def test_one_lag_is_its_own_percentile():
    """A single sample is every percentile."""
    assert lags((1, 2)).percentile(1) == lags((1, 2)).percentile(99) == Interval(1, 2)


def test_what_never_arrived_is_lost_and_counts_as_lag():
    """A lost write makes the high percentiles infinite, and is named by its kind."""
    measured = lags((1, 2)) + Lags({"delete": (NEVER, Interval(1, 2))})
    assert measured.lost == {"delete": 1}
    assert measured.percentile(99) == NEVER
    assert not measured.percentile(99) <= 1000


def test_lags_of_several_regions_add_up():
    """What was measured to two regions is judged together."""
    both = lags((1, 2)) + lags((3, 4)) + lags((5, 6), kind="update")
    assert both.numbers["lag_count"] == 3
    assert both.numbers["put_lags_ms"] == [[1, 2], [3, 4]]
    assert both.numbers["update_lags_ms"] == [[5, 6]]


def test_numbers_say_never_without_infinity():
    """JSON knows no infinity: what was never seen has no upper bound."""
    numbers = Lags({"put": (NEVER,)}).numbers
    assert numbers["put_lags_ms"] == [[10_000.0, None]]
    assert numbers["max_lag_upper_ms"] is None
    assert numbers["p95_lag_lower_ms"] == 10_000.0
