"""A run's folder: what is added to it is what it says."""

import json
from contextlib import suppress

import pytest

from conformance.config.environment import load_environment
from conformance.model.finding import Finding, Observation, Outcome
from conformance.run.inputs import load_inputs
from conformance.run.ledger import LEDGER, MANIFEST, SUMMARY, text_of
from conformance.run.run_folder import Run
from conformance.run.session import Target

TEST = "tests/live/test_tables.py::test_table_is_active[TBL-1-eu-west-1-users]"
DENIED = Observation(
    *("main-1", "dynamodb", "DescribeTable", "eu-west-1", {}),
    *(400, "r", "AccessDeniedException", "2026-01-13T09:30:00Z", 1.0),
)


@pytest.fixture
def run(tmp_path):
    """A run on SIT that has just begun."""
    target = Target("https://dynamodb.example", "arn:aws:iam::1:role/a", "env")
    run = Run(load_inputs(load_environment("sit")), tmp_path, target)
    yield run
    with suppress(ValueError):  # the test has ended it
        run.end()


def _finding(outcome, test=TEST):
    return Finding("TBL-1", test, "users", "eu-west-1", outcome, "as found")


def _summary(run):
    return json.loads((run.folder / SUMMARY).read_text(encoding="utf-8"))


def _kinds(run):
    lines = (run.folder / LEDGER).read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["kind"] for line in lines]


def test_a_folder_says_from_the_first_moment_that_it_is_incomplete(run):
    """A killed run leaves a summary that proves nothing."""
    assert _summary(run)["complete"] is False
    run.end()
    assert _summary(run)["complete"] is True


def test_of_two_findings_of_a_test_the_worse_stays(run):
    """A check that passed and could not clean up is an ERROR."""
    for outcome in (Outcome.PASS, Outcome.ERROR, Outcome.PASS):
        run.add_finding(_finding(outcome))
    assert [finding.outcome for finding in run.findings] == [Outcome.ERROR]
    assert run.criteria()["TBL-1"] == Outcome.ERROR


def test_a_report_brings_its_finding_and_its_observations(run):
    """They travel as text, also from another process."""
    finding = Finding(**{**_finding(Outcome.ERROR).__dict__, "observations": (DENIED,)})
    run.add_report(
        text_of({"finding": finding.as_json(), "observations": [DENIED.__dict__]})
    )
    assert run.findings == [finding]
    assert _kinds(run) == ["start", "observation", "finding"]
    (statement,) = run.missing_rights["Statement"]
    assert statement["Action"] == ["dynamodb:DescribeTable"]


def test_a_test_that_never_ended_is_an_error(run):
    """Its process was lost, and what it would have said with it."""
    run.test_started(TEST)
    run.end()
    (finding,) = run.findings
    assert (finding.criterion, finding.outcome) == ("TBL-1", Outcome.ERROR)
    assert _summary(run)["remarks"] == [f"{TEST} started and never ended"]
    assert not run.complete


def test_notes_stand_above_the_outcomes(run):
    """A note that makes the run incomplete is not undone by a later one."""
    run.add_note("lost", complete=False)
    run.add_note("swept")
    run.add_forecast(["a minute"])
    run.end()
    summary = _summary(run)
    assert (summary["remarks"], summary["complete"]) == (["lost", "swept"], False)
    assert _kinds(run) == ["start", "remark", "remark", "forecast", "end"]


def test_the_summary_names_whom_it_asked(run):
    """The endpoint and the caller are evidence."""
    run.end()
    run.seal()
    environment = _summary(run)["environment"]
    assert environment["endpoint"] == "https://dynamodb.example"
    assert environment["caller"] == "arn:aws:iam::1:role/a"
    assert SUMMARY in (run.folder / MANIFEST).read_text(encoding="utf-8")
