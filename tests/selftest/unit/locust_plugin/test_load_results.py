"""What a target cannot prove it does not, but what went wrong on it is told."""

import pytest

from conformance.aws.recorder import Recorder
from conformance.config.criteria import load_catalogue
from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.load.verdicts import Said
from conformance.locust_plugin.load_results import findings
from conformance.model.finding import Outcome
from conformance.run.session import Suite

GOOD = {"failed": 0, "errors": {}, "dropped_waiting": 0}


def _suite(name):
    environment = load_environment(name)
    declared = load_declared(environment)
    return Suite(environment, declared, load_catalogue(), (), (), Recorder())


def _found(name, said):
    (finding,) = findings(_suite(name), "eu-west-1", [said])
    return finding


@pytest.mark.parametrize("outcome", ["PASS", "FAIL", "NOT_ASSESSED"])
def test_what_a_target_cannot_prove_stays_open(outcome):
    """Neither a PASS nor a FAIL on loopback says anything of AWS; it is told."""
    said = Said("PRF-1", "users", Outcome(outcome), "as measured", numbers=GOOD)
    finding = _found("local", said)
    assert finding.outcome == "NOT_ASSESSED"
    assert finding.reason.endswith(f"Measured: {outcome}: as measured")
    assert finding.excused
    assert _found("sit", said).outcome == outcome


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [
        ({"failed": 3, "errors": {"Timeout": 3}}, "requests failed: {'Timeout': 3}"),
        ({"dropped_waiting": 7}, "no connection was free for 7 requests"),
    ],
)
def test_what_went_wrong_is_an_error_anywhere(numbers, reason):
    """A local target that breaks down is no success."""
    said = Said("PRF-1", "users", Outcome.NOT_ASSESSED, "late", numbers=GOOD | numbers)
    finding = _found("local", said)
    assert (finding.outcome, finding.reason) == ("ERROR", reason)
