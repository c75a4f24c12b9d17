"""The declared backups, and targets that contradict their windows."""

import pytest

from conformance.config.declared.backups import declared_backups
from conformance.model.backup.values import Minutes
from conformance.model.errors import BadInputError
from tests.selftest.own_contract import own_environment

SECTION = {
    "vault": "vault",
    "key_alias": "alias/key",
    "key_class": "CUSTOMER_MANAGED",
    "plan": "plan",
    "role": "role",
    "maximum_interval_minutes": 60,
    "start_window_minutes": 60,
    "job_minutes": 30,
    "copy_minutes": 30,
    "retention_days": 7,
    "covers": ["*"],
    "copies": "none",
    "copy_retention_days": 30,
}
TARGETS = {"recovery_point_gap_minutes": 120, "newest_recovery_point_minutes": 150}


def declared(section=(), **targets):
    """Return the backups that these files declare for sit."""
    changed = SECTION | dict(section)
    return declared_backups(changed, TARGETS | targets, own_environment("local"))


def test_targets_that_leave_room_for_the_windows_are_taken():
    """Interval and start window make the gap; the job makes the age."""
    backups = declared()
    assert backups.largest_gap == Minutes(120)
    assert backups.oldest == Minutes(150)


def test_a_wider_target_is_taken():
    """Somebody may allow more than the windows need."""
    assert declared(recovery_point_gap_minutes=180).largest_gap == Minutes(180)


CONTRADICTIONS = {
    "a gap of 90 minutes": (
        {"recovery_point_gap_minutes": 90},
        {},
        "recovery_point_gap_minutes = 90 contradicts .* up to 120 minutes",
    ),
    "a gap a minute too short": (
        {"recovery_point_gap_minutes": 119},
        {},
        "up to 120 minutes; declare no less",
    ),
    "a longer start window": (
        {},
        {"start_window_minutes": 61},
        "recovery_point_gap_minutes = 120 contradicts .* up to 121 minutes",
    ),
    "copies, which take their time": (
        {},
        {"copies": "replicas"},
        "newest_recovery_point_minutes = 150 contradicts .* up to 180 minutes",
    ),
    "a longer job": (
        {},
        {"job_minutes": 31},
        "newest_recovery_point_minutes = 150 contradicts .* up to 151 minutes",
    ),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_targets_that_jobs_within_their_windows_exceed_are_refused(what):
    """A right environment could not pass, so the file is refused when it is read."""
    targets, section, reason = CONTRADICTIONS[what]
    with pytest.raises(BadInputError, match=reason):
        declared(section, **targets)


def test_all_contradictions_are_told_at_once():
    """Two targets that are too short are two lines of one message."""
    with pytest.raises(BadInputError) as problem:
        declared(recovery_point_gap_minutes=60, newest_recovery_point_minutes=60)
    assert len(str(problem.value).splitlines()) == 2
