"""Findings of a load on a target that cannot prove them all."""

import pytest

from conformance.locust_plugin.load_results import findings
from conformance.model.finding import Finding, Outcome
from conformance.model.load_criteria import test_of as id_of
from tests.selftest.own_contract import own_inputs

GOOD = {"failed": 0, "errors": {}, "dropped_waiting": 0}


def _judged(outcome, reason, **numbers):
    """A finding as the judge of a load makes it."""
    test = id_of("PRF-1", "eu-west-1", "users")
    about = ("PRF-1", test, "users", "eu-west-1")
    return Finding(*about, Outcome(outcome), reason, numbers=GOOD | numbers)


def _found(name, judged):
    (finding,) = findings(own_inputs(name), [judged])
    return finding


@pytest.mark.parametrize("outcome", ["PASS", "FAIL", "NOT_ASSESSED"])
def test_what_a_target_cannot_prove_stays_open(outcome):
    """Neither a PASS nor a FAIL on loopback says anything of AWS; it is told."""
    judged = _judged(outcome, "as measured")
    finding = _found("local", judged)
    assert finding.outcome == "NOT_ASSESSED"
    assert finding.reason.endswith(f"Measured: {outcome}: as measured")
    assert finding.excused
    assert _found("sit", judged).outcome == outcome


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ({"failed": 3, "errors": {"Timeout": 3}}, "requests failed: {'Timeout': 3}"),
        ({"dropped_waiting": 7}, "no connection was free for 7 requests"),
    ],
)
def test_what_went_wrong_is_an_error_anywhere(numbers, reason):
    """A local target that breaks down is no success."""
    finding = _found("local", _judged("NOT_ASSESSED", "late", **numbers))
    assert (finding.outcome, finding.reason) == ("ERROR", reason)
