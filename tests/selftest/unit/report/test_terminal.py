"""The end of a run on the terminal: ranges of criteria, and the verdict."""

import pytest

from conformance.config.environment import load_environment
from conformance.model.finding import Finding, Outcome
from conformance.report.terminal import ranges, verdict
from conformance.run.findings import weighed
from conformance.run.inputs import load_inputs
from conformance.run.run_folder import Run

LOCAL = load_inputs(load_environment("local"))


@pytest.fixture
def run(tmp_path):
    """A run on a stand-in that has just begun."""
    run = Run(LOCAL, tmp_path)
    yield run
    run.end()


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["TBL-1"], "TBL-1"),
        (["TBL-1", "TBL-2", "TBL-3", "GSI-4"], "TBL-1 to 3, GSI-4"),
        (["TBL-1", "TBL-3", "GSI-3"], "TBL-1, TBL-3, GSI-3"),
    ],
)
def test_criteria_in_a_row_are_a_range(names, text):
    """A family of twelve criteria is one word."""
    assert ranges(names) == text


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ({}, "NOT ASSESSED: no check"),
        ({"TBL-1": "PASS"}, "CONFORMANT in the 1 criteria"),
        ({"TBL-1": "FAIL"}, "NOT CONFORMANT: TBL-1 failed or could not be read"),
        ({"COS-1": "ERROR"}, "NOT CONFORMANT: COS-1 failed or could not be read"),
        ({"TBL-1": "NOT_ASSESSED"}, "NOT PROVEN: nothing failed, but TBL-1"),
        ({"ENC-4": "NOT_ASSESSED"}, "NOTHING PROVEN: no criterion was decided; 1"),
        ({"PRF-7": "FAIL", "TBL-1": "PASS"}, "CONFORMANT in the 1 criteria"),
    ],
)
def test_the_verdict_is_that_of_the_exit_status(run, outcomes, words):
    """Advisory failures and what a stand-in cannot prove change nothing."""
    for name, outcome in outcomes.items():
        found = Finding(name, name, "users", "eu-west-1", Outcome(outcome), "as found")
        run.add_finding(weighed(found, LOCAL))
    assert verdict(run).startswith(words)


def test_an_incomplete_run_is_never_conformant(run):
    """The lost tests might have failed."""
    run.add_note("lost", complete=False)
    assert verdict(run).startswith("NOT CONFORMANT: the run is incomplete")
