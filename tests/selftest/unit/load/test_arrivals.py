"""When requests of a load are due, and in which mix."""

import itertools
from collections import Counter

from conformance.load.arrivals import Arrivals, interleaved
from tests.selftest.load.engine import GET


def test_every_arrival_is_due_by_the_absolute_plan():
    """However late the generator looks, the n-th request was due at n/rate."""
    arrivals = Arrivals(itertools.repeat(GET))
    arrivals.change(10.0, 4)
    arrivals.change(11.0, 2)
    arrivals.close(13.0)
    due = [moment for moment, _ in arrivals.take(20.0)]
    assert due == [10.25, 10.5, 10.75, 11.0, 11.5, 12.0, 12.5, 13.0]
    assert arrivals.ended


def test_a_change_of_rate_loses_no_part_of_an_arrival():
    """Half an interval that has passed is half an arrival at the new rate too."""
    arrivals = Arrivals(itertools.repeat(GET))
    arrivals.change(0.0, 1)
    arrivals.change(0.5, 10)
    assert [round(moment, 6) for moment, _ in arrivals.take(0.7)] == [0.55, 0.65]


def test_the_mix_has_its_shares_in_every_part():
    """1 write comes with 5 reads, not 100 with 500."""
    streams = [(itertools.repeat("w"), 1000.0), (itertools.repeat("r"), 5000.0)]
    mix = interleaved(streams)
    for _ in range(20):
        assert sorted(itertools.islice(mix, 6)) == ["r"] * 5 + ["w"]


def test_the_mix_keeps_odd_shares_for_ever():
    """Shares that no round number of requests holds are not rounded."""
    shares = {"a": 549.7, "b": 33.3, "c": 0.37, "d": 5416.63}
    mix = interleaved((itertools.repeat(name), share) for name, share in shares.items())
    counts = Counter(itertools.islice(mix, 600_000))
    for name, share in shares.items():
        assert abs(counts[name] - share * 100) < 2
