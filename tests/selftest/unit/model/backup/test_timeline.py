"""The runs of a rule that left no recovery point."""

from datetime import UTC, datetime, timedelta

import pytest

from conformance.model.backup.values import Minutes, Timeline

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOURS = range(6)

MISSED = {
    "punctual": ([0, 60, 120, 180, 240, 300], 60, []),
    "all late": ([59, 119, 179, 239, 299, 359], 60, []),
    "late and punctual by turns": ([59, 60, 179, 180, 299, 300], 60, []),
    "one missing": ([0, 60, 180, 240, 300], 60, [2]),
    "one missing between a late one and a punctual one": (
        [0, 119, 180, 240, 300],
        60,
        [2],
    ),
    "the first and the last missing": ([60, 120, 180, 240], 60, [0, 5]),
    "one after its window": ([0, 60, 120, 180, 300, 301], 60, [4]),
    "none": ([], 60, [0, 1, 2, 3, 4, 5]),
    "one taken by hand in an hour that has its own": (
        [0, 30, 60, 120, 180, 240, 300],
        60,
        [],
    ),
    "windows that overlap": ([70, 130, 175, 250, 310, 410], 120, []),
    "windows that overlap, one missing": ([0, 60, 180, 240, 300], 120, [5]),
}


@pytest.mark.parametrize("what", MISSED)
def test_each_run_needs_a_recovery_point_of_its_own(what):
    """A moment serves one run, in whose start window it lies."""
    minutes, window, missed = MISSED[what]
    moments = [NOON + timedelta(minutes=minute) for minute in minutes]
    runs = [NOON + timedelta(hours=hour) for hour in HOURS]
    timeline = Timeline(moments, NOON, NOON + timedelta(hours=8))
    found = timeline.missed(runs, Minutes(window))
    assert found == [runs[hour] for hour in missed]
