"""What persons accept at the gate: waivers, attestations and assumptions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.config.criteria import load_catalogue
from conformance.config.declared import load_declared
from conformance.config.waivers import Attestation, Waiver
from conformance.gate.decision import decide
from conformance.gate.sealed_run import read_run
from tests.selftest.unit.gate.gate_env import error_at, folder, gate, judged, outcomes

__all__ = ["folder", "gate", "judged"]


def waiver(gate, **changes):
    """A waiver of what is wrong with the twin."""
    values = {
        "environment": gate.environment.name,
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
    """The outcome of the waived criterion, and what is said of the waiver."""
    with_waiver = replace(gate, waivers=(waiver(gate, **changes),))
    decision = decide(with_waiver, [read_run(folder)])
    return outcomes(decision)["TBL-8"], [why for _, why in decision.lapsed_waivers]


def test_a_waiver_holds_on_its_last_day(gate, folder):
    """The expiry is inclusive, by the UTC date."""
    assert waived(gate, folder) == ("WAIVED", [])


def test_an_expired_waiver_excuses_nothing(gate, folder):
    """The day after its last day a waiver is reported and not applied."""
    outcome, said = waived(gate, folder, expires=gate.now.date() - timedelta(days=1))
    assert outcome == "FAIL"
    assert "expired" in said[0]


@pytest.mark.parametrize(
    "other",
    [{"region": "af-south-1"}, {"subject": "campaigns"}, {"criterion": "TBL-1"}],
)
def test_a_waiver_for_something_else_excuses_nothing(gate, folder, other):
    """Criterion, subject and region must all be the waiver's."""
    assert waived(gate, folder, **other)[0] == "FAIL"


def test_a_waiver_lapses_when_something_else_is_observed(gate, folder):
    """What was accepted is what was seen then, and nothing else."""
    outcome, said = waived(gate, folder, observed="None")
    assert outcome == "FAIL"
    assert "what it accepted is gone" in said[0]


def test_a_waiver_of_what_passes_is_reported(gate, folder):
    """An obsolete waiver is to be removed."""
    _, said = waived(gate, folder, criterion="TBL-1", observed="MISSING")
    assert "what it accepted is gone" in said[0]


def test_a_waived_check_that_errors_is_a_no_go(gate, folder):
    """A waiver excuses a failure, never the inability to look."""
    later = error_at(folder, "TBL-8", read_run(folder).ended)
    decision = decide(replace(gate, waivers=(waiver(gate),)), [later])
    assert decision.status == 1


def attested(gate, expires):
    """The gate with one criterion that a person must attest, and who does."""
    said = Attestation(
        environment=gate.environment.name,
        subject="GOV-2",
        statement="The DBA approves.",
        who="sample",
        role="DBA",
        date=gate.now.date(),
        evidence="https://example.com/1",
        expires=expires,
    )
    catalogue = {"GOV-2": load_catalogue()["GOV-2"]}
    return replace(gate, attestations=(said,), catalogue=catalogue)


def test_an_attestation_holds_until_its_last_day(gate):
    """Attested criteria count until the attestation expires."""
    today = gate.now.date()
    assert decide(attested(gate, today), []).status == 0
    assert decide(attested(gate, today - timedelta(days=1)), []).status == 10


def test_an_unconfirmed_assumption_is_not_proven(gate, folder, judged):
    """What the contract assumed must be confirmed before anybody signs."""
    declared = load_declared(gate.environment, judged[0].contract)
    decision = decide(replace(gate, declared=declared), [read_run(folder)])
    assert decision.open_assumptions
    assert decision.status == 10
