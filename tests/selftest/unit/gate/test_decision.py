"""What a gate decides of its evidence, and of what persons accept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.config.attestations import Attestation
from conformance.config.criteria import load_catalogue
from conformance.config.waivers import Waiver
from conformance.gate.decision import judge
from conformance.gate.expected_tests import ExpectedTest
from conformance.gate.sealed_run import read_run
from conformance.model.finding import Outcome
from tests.selftest.own_contract import own_declared
from tests.selftest.unit.gate.gate_env import (
    error_at,
    is_unproven,
    outcomes,
    with_inputs,
)


def test_evidence_of_an_untouched_run_counts(gate, folder):
    """A complete, fresh run of this environment and contract decides its criteria."""
    result = judge(gate, [read_run(folder)])
    assert outcomes(result) == {"TBL-1": "PASS", "TBL-2": "PASS", "TBL-8": "FAIL"}
    assert result.refused == {}
    assert result.status == 0  # TBL-8 is advisory


def test_no_run_is_not_proven(gate):
    """A gate without evidence is not green."""
    assert is_unproven(judge(gate, []))


def test_a_part_of_the_tests_does_not_decide(gate, folder):
    """A run of some tables leaves the criterion open, and says which are missing."""
    orders = ExpectedTest("t::t[TBL-1-orders]", "TBL-1", "eu-west-1", "orders")
    whole = gate.expected | {"TBL-1": [*gate.expected["TBL-1"], orders]}
    result = judge(replace(gate, expected=whole), [read_run(folder)])
    assert result.criteria["TBL-1"].outcome is Outcome.NOT_ASSESSED
    assert "of orders in eu-west-1" in result.criteria["TBL-1"].reason
    assert result.status == 10


def test_an_advisory_error_is_a_no_go(gate, folder):
    """Who could not look does not know, advisory or not."""
    later = error_at(folder, "TBL-8", read_run(folder).ended)
    assert judge(gate, [later]).status == 1


def waiver(gate, **changes):
    """Return a waiver of what is wrong with the table users."""
    values = {
        "environment": gate.inputs.environment.name,
        "criterion": "TBL-8",
        "subject": "users",
        "region": "eu-west-1",
        "observed": "False",
        "reason": "accepted for a test",
        "owner": "DBA",
        "ticket": "T-1",
        "expires": gate.now.date(),
    }
    return Waiver(**values | changes)


def waived(gate, folder, **changes):
    """Return the outcome of the waived criterion, and why waivers have lapsed."""
    with_waiver = with_inputs(gate, waivers=(waiver(gate, **changes),))
    result = judge(with_waiver, [read_run(folder)])
    return outcomes(result)["TBL-8"], [why for _, why in result.lapsed_waivers]


def test_a_waiver_holds_on_its_last_day(gate, folder):
    """The expiry is inclusive, by the UTC date."""
    assert waived(gate, folder) == ("WAIVED", [])


def test_an_expired_waiver_excuses_nothing(gate, folder):
    """The day after its last day a waiver is reported and not applied."""
    outcome, why = waived(gate, folder, expires=gate.now.date() - timedelta(days=1))
    assert outcome == "FAIL"
    assert "expired" in why[0]


@pytest.mark.parametrize(
    "other",
    [{"region": "af-south-1"}, {"subject": "campaigns"}, {"criterion": "TBL-1"}],
)
def test_a_waiver_for_something_else_excuses_nothing(gate, folder, other):
    """Criterion, subject and region must all be the waiver's."""
    assert waived(gate, folder, **other)[0] == "FAIL"


def test_a_waiver_lapses_when_something_else_is_observed(gate, folder):
    """What was accepted is what was seen then, and nothing else."""
    outcome, why = waived(gate, folder, observed="None")
    assert outcome == "FAIL"
    assert "what it accepted is gone" in why[0]


def test_a_waiver_of_what_passes_is_reported(gate, folder):
    """An obsolete waiver is to be removed."""
    _, why = waived(gate, folder, criterion="TBL-1", observed="MISSING")
    assert "what it accepted is gone" in why[0]


def test_a_waived_check_that_errors_is_a_no_go(gate, folder):
    """A waiver excuses a failure, never the inability to look."""
    later = error_at(folder, "TBL-8", read_run(folder).ended)
    result = judge(with_inputs(gate, waivers=(waiver(gate),)), [later])
    assert result.status == 1


def attested(gate, expires):
    """Return a gate with one criterion, which a person has attested."""
    statement = Attestation(
        environment=gate.inputs.environment.name,
        subject="GOV-2",
        statement="The DBA approves.",
        who="sample",
        role="DBA",
        date=gate.now.date(),
        evidence="https://example.com/1",
        expires=expires,
    )
    catalogue = {"GOV-2": load_catalogue()["GOV-2"]}
    return with_inputs(gate, attestations=(statement,), catalogue=catalogue)


def test_an_attestation_holds_until_its_last_day(gate):
    """Attested criteria count until the attestation expires."""
    today = gate.now.date()
    assert judge(attested(gate, today), []).status == 0
    assert judge(attested(gate, today - timedelta(days=1)), []).status == 10


def test_an_unconfirmed_assumption_is_not_proven(gate, folder):
    """What the contract assumed must be confirmed before anybody signs."""
    declared = own_declared(gate.inputs.environment)
    result = judge(with_inputs(gate, declared=declared), [read_run(folder)])
    assert result.open_assumptions
    assert result.status == 10
