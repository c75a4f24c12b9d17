"""A recovery window reaches back as far as it can, or says how far."""

from datetime import UTC, datetime, timedelta

import pytest

from conformance.model.errors import NotAssessedError
from conformance.model.recovery_window import RecoveryWindow

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


def window(*, made, earliest, days=35, latest=timedelta(minutes=5)):
    """A window by the ages of the table, of its earliest and of its latest time."""
    return RecoveryWindow(NOW - earliest, NOW - latest, days, NOW - made, NOW)


def ago(**span):
    """A span of time."""
    return timedelta(**span)


WHOLE = {
    "as old as the period": window(made=ago(days=400), earliest=ago(days=35)),
    "as old as a short period": window(
        made=ago(days=400), earliest=ago(days=7), days=7
    ),
    "rounded to a day by AWS": window(
        made=ago(days=400), earliest=ago(days=34, hours=1)
    ),
    "as old as the table": window(made=ago(days=3), earliest=ago(days=3)),
    "enabled a quarter of an hour after the table was made": window(
        made=ago(days=3), earliest=ago(days=3) - ago(minutes=15)
    ),
    "of a table that was made a moment ago": window(
        made=ago(seconds=30), earliest=ago(seconds=1), latest=ago(seconds=1)
    ),
    "of a young table, enabled at once": window(
        made=ago(minutes=30), earliest=ago(minutes=29, seconds=30)
    ),
    "of a young table, enabled two minutes after it was made": window(
        made=ago(minutes=10), earliest=ago(minutes=8)
    ),
    "of a table that is a little older than the period": window(
        made=ago(days=35, minutes=5), earliest=ago(days=35) - ago(minutes=10)
    ),
}
SHORT = {
    "restarted minutes ago": window(made=ago(days=400), earliest=ago(minutes=5)),
    "restarted yesterday": window(made=ago(days=400), earliest=ago(days=1)),
    "restarted within a short period": window(
        made=ago(days=400), earliest=ago(hours=20), days=1
    ),
    "enabled a month late, and still growing": window(
        made=ago(days=400), earliest=ago(days=30)
    ),
    "lengthened from seven days": window(made=ago(days=400), earliest=ago(days=7)),
    "restarted on a table younger than the period": window(
        made=ago(days=3), earliest=ago(hours=60)
    ),
    "restarted half an hour after the table was made": window(
        made=ago(hours=2), earliest=ago(minutes=90)
    ),
    "restarted on a table younger than an hour": window(
        made=ago(minutes=50), earliest=ago(minutes=10)
    ),
}


@pytest.mark.parametrize("what", WHOLE)
def test_a_window_that_cannot_reach_further_is_whole(what):
    """No right environment is reported for its age, or for how it was set up."""
    assert WHOLE[what].reach == WHOLE[what].whole


@pytest.mark.parametrize("what", SHORT)
def test_a_window_that_was_restarted_says_since_when(what):
    """The reach names the earliest time, and what may have happened then."""
    earliest = f"{SHORT[what].earliest:%Y-%m-%d %H:%M}"
    assert SHORT[what].reach.startswith(f"only to {earliest} UTC: ")


def test_a_young_table_with_a_late_start_is_not_decided_yet():
    """Ten minutes after a deployment, setting up and restarting look the same."""
    young = window(made=ago(minutes=10), earliest=ago(minutes=5))
    with pytest.raises(NotAssessedError, match="5 minutes after it: set up slowly"):
        _ = young.reach


def test_the_lag_is_counted_by_the_clock_of_aws():
    """The latest time is compared with the time of its own answer."""
    assert window(made=ago(days=1), earliest=ago(days=1)).lag_s == 300


def test_a_latest_time_in_the_future_is_not_understood():
    """It is no recent window."""
    future = window(made=ago(days=1), earliest=ago(days=1), latest=-ago(hours=1))
    with pytest.raises(NotAssessedError, match="is later than AWS's own time"):
        _ = future.lag_s
