"""A finding is made in one place: what the test compared, and its consequences."""

from dataclasses import replace

import pytest
from botocore.exceptions import NoRegionError

from conformance.config.environment import load_environment
from conformance.config.waivers import Waiver
from conformance.model.errors import (
    NotApplicableError,
    NotAssessedError,
    UnreadableError,
)
from conformance.model.finding import Finding, Outcome
from conformance.run.findings import (
    COMPARED,
    OBSERVATIONS,
    finding_of,
    in_words,
    weighed,
)
from conformance.run.inputs import load_inputs
from conformance.run.subject import Subject

FAILED = Finding(
    "TBL-6", "t", "users", "eu-west-1", Outcome.FAIL, "not as declared", "OFF", "ttl"
)


@pytest.fixture(scope="module")
def inputs():
    """The inputs of the local stand-in."""
    return load_inputs(load_environment("local"))


class Item:
    """The part of a pytest item that a finding is made of."""

    nodeid = "tests/live/test_tables.py::test_ttl[TBL-6-eu-west-1-users]"

    def __init__(self, *compared):
        """Compare these pairs."""
        self.stash = pytest.Stash()
        self.stash[OBSERVATIONS] = []
        self.stash[COMPARED] = list(compared)
        self.callspec = type("Call", (), {"params": {"subject": self.subject}})

    subject = Subject("eu-west-1", "users")

    def get_closest_marker(self, _name):
        """Decide TBL-6."""
        return pytest.mark.criterion("TBL-6").mark

    @staticmethod
    def obj():
        """The table MUST expire items."""


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (None, Outcome.PASS, "ttl"),
        (AssertionError("not as declared"), Outcome.FAIL, "not as declared"),
        (NotAssessedError("table missing"), Outcome.NOT_ASSESSED, "table missing"),
        (NotApplicableError("one region"), Outcome.NOT_APPLICABLE, "one region"),
        (UnreadableError("denied"), Outcome.ERROR, "denied"),
    ],
)
def test_an_end_of_a_test_is_one_outcome(inputs, error, outcome, reason):
    """The error of the check decides; the compared values are its facts."""
    finding = finding_of(Item(("ttl", "ttl")), error, inputs, "call")
    assert (finding.outcome, finding.reason) == (outcome, reason)
    assert (finding.subject, finding.observed) == ("users", "ttl")
    assert finding.requirement == "The table MUST expire items."


def test_a_failed_clean_up_is_an_error(inputs):
    """Something of ours may still be there, whatever the check found."""
    finding = finding_of(Item(), ValueError("gone"), inputs, "teardown")
    assert finding.outcome == Outcome.ERROR
    assert finding.reason.startswith("clean-up failed: the suite itself is at fault")


def test_a_defect_of_the_suite_says_so_and_where(inputs):
    """Whoever reads the finding does not look for the fault in the environment."""
    try:
        finding_of(Item(), None, inputs, "call").numbers["absent"]
    except KeyError as problem:
        finding = finding_of(Item(), problem, inputs, "call")
    assert finding.outcome == Outcome.ERROR
    assert finding.reason.startswith(
        "the suite itself is at fault in test_findings.py, line "
    )
    assert finding.reason.endswith("KeyError, 'absent'")


def test_an_error_of_botocore_is_told_as_one(inputs):
    """The request failed, which says nothing of environment or suite."""
    finding = finding_of(Item(), NoRegionError(), inputs, "call")
    assert finding.outcome == Outcome.ERROR
    assert finding.reason.startswith("a request of this check: NoRegionError: ")


def test_a_waiver_excuses_what_it_names(inputs):
    """It holds for the same observation on the same subject, until its last day."""
    waiver = Waiver(
        environment="local",
        criterion="TBL-6",
        subject="users",
        region="eu-west-1",
        observed="OFF",
        reason="known",
        owner="A",
        ticket="T-1",
        expires=inputs.today,
    )
    waiving = replace(inputs, waivers=(waiver,))
    assert weighed(FAILED, waiving).outcome == Outcome.WAIVED
    other = replace(FAILED, observed="another")
    assert weighed(other, waiving).outcome == Outcome.FAIL


def test_a_finding_knows_what_it_costs(inputs):
    """Required by the catalogue; excused where the target cannot prove it."""
    assert weighed(FAILED, inputs).required
    assert not weighed(FAILED, inputs).excused
    assert weighed(replace(FAILED, criterion="PRF-1"), inputs).excused
    assert not weighed(replace(FAILED, criterion="PRF-7"), inputs).required


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ((), "none"),
        ({}, "none"),
        (frozenset(), "none"),
        ({"b", "a"}, "a, b"),
        ({"a": (1, 2)}, "a: 1, 2"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_compared_values_are_words(value, words):
    """The report shows them as a reader wants them: short and sorted."""
    assert in_words(value) == words
