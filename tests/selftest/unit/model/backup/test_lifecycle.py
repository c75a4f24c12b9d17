"""Lifecycles and vault locks, from the AWS Backup API."""

import pytest

from conformance.model.backup.lifecycle import VaultLock, refusal, retention
from conformance.model.backup.values import Retention
from conformance.model.errors import NotUnderstoodError

TAKEN = {
    "nothing": {},
    "a week": {"DeleteAfterDays": 7},
    "for ever": {"DeleteAfterDays": -1, "MoveToColdStorageAfterDays": -1},
    "cold for ever": {"MoveToColdStorageAfterDays": 1},
    "cold for 90 days": {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 120},
}
REFUSED = {
    "no day": ({"DeleteAfterDays": 0}, "not 0"),
    "a day too many": ({"DeleteAfterDays": 36501}, "not 36501"),
    "cold for 89 days": (
        {"MoveToColdStorageAfterDays": 30, "DeleteAfterDays": 119},
        "cold storage",
    ),
    "cold within a week": (
        {"MoveToColdStorageAfterDays": 1, "DeleteAfterDays": 7},
        "90 days at least",
    ),
}


@pytest.mark.parametrize("what", TAKEN)
def test_lifecycles_that_aws_documents_are_taken(what):
    """Days are optional, and -1 is none."""
    assert refusal(TAKEN[what]) == ""


@pytest.mark.parametrize("what", REFUSED)
def test_lifecycles_that_aws_refuses_say_why(what):
    """A recovery point stays in cold storage for 90 days at least."""
    lifecycle, reason = REFUSED[what]
    assert reason in refusal(lifecycle)


def test_an_event_that_ends_a_retention_is_not_guessed():
    """A recovery point goes after an event or the days, whichever comes first."""
    with pytest.raises(NotUnderstoodError, match="DELETE_AFTER_COPY"):
        retention({"DeleteAfterDays": 7, "DeleteAfterEvent": "DELETE_AFTER_COPY"})


ADMITTED = [
    (VaultLock(), 7),
    (VaultLock(), None),
    (VaultLock(shortest=7, longest=7), 7),
    (VaultLock(shortest=7), None),
    (VaultLock(longest=30), 7),
]
NOT_ADMITTED = [
    (VaultLock(shortest=8), 7, "8 days at least, not 7 days"),
    (VaultLock(longest=6), 7, "6 days at most, not 7 days"),
    (VaultLock(longest=36500), None, "36500 days at most, not for ever"),
]


@pytest.mark.parametrize(("lock", "days"), ADMITTED)
def test_a_lock_admits_the_retentions_within_its_bounds(lock, days):
    """Both bounds are inclusive, and "for ever" is longer than any minimum."""
    assert lock.refusal(Retention(days)) == ""


@pytest.mark.parametrize(("lock", "days", "reason"), NOT_ADMITTED)
def test_a_lock_says_which_bound_a_retention_breaks(lock, days, reason):
    """A job that breaks a bound fails, so no recovery point comes of it."""
    assert reason in lock.refusal(Retention(days))
