"""What is left of a drill is removed, or told."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conformance.aws.client import AwsError
from conformance.drills import leftovers
from conformance.drills.drill import DrillResult
from conformance.drills.leftovers import Leftover, Place, remove_leftovers
from conformance.model.errors import NotAssessedError
from tests.selftest.drills.drill_env import NAME

PLACE = Place(None, "eu-west-1", frozenset({"users-sit"}))
LEFT = Leftover("table", "eu-west-1", NAME, NAME, "0a1b2c3d", datetime.now(UTC))


@pytest.mark.parametrize(
    ("code", "attempts"), [("ThrottlingException", 2), ("AccessDeniedException", 1)]
)
def test_only_a_missing_right_ends_a_removal(monkeypatch, code, attempts):
    """What AWS refuses for now is tried again; what it forbids is raised at once."""
    there, tried = [LEFT], []

    def removal(_, left):
        tried.append(left)
        if len(tried) == 1:
            raise AwsError(f"delete_table: {code}", code)
        there.clear()

    monkeypatch.setattr(leftovers, "find_leftovers", lambda _: list(there))
    monkeypatch.setattr(leftovers, "_remove", removal)
    forbidden = pytest.raises(AwsError, match=code) if attempts == 1 else nullcontext()
    with forbidden:
        assert remove_leftovers(PLACE, list, 10) == []
    assert len(tried) == attempts


def test_a_removal_that_goes_on_failing_is_raised(monkeypatch):
    """What is still there when the time is up fails with what AWS said."""

    def removal(*_):
        raise AwsError("delete_table: InternalServerError", "InternalServerError")

    monkeypatch.setattr(leftovers, "find_leftovers", lambda _: [LEFT])
    monkeypatch.setattr(leftovers, "_remove", removal)
    with pytest.raises(AwsError, match="InternalServerError"):
        remove_leftovers(PLACE, list, 0.1)


def test_all_that_is_left_of_a_table_is_told():
    """A job bears the table's own name, a table a drill's; neither is forgotten."""
    job = replace(LEFT, what="job", name="users-sit")
    other = replace(LEFT, what="job", name="orders-sit")
    drilled = DrillResult(leftovers=[LEFT, job, other])
    assert drilled.leftovers_of("users", "users-sit") == (str(LEFT), str(job))


def test_of_a_table_that_was_not_drilled_nothing_is_known():
    """Where a table could not be drilled, nobody says that nothing remains of it."""
    drilled = DrillResult(errors={"users": NotAssessedError("not ACTIVE")})
    with pytest.raises(NotAssessedError, match="not ACTIVE"):
        drilled.leftovers_of("users", "users-sit")
