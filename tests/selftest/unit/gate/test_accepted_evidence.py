"""Which runs and findings are evidence at a gate."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conformance.config.criteria import load_catalogue
from conformance.gate.accepted_evidence import newest_findings
from conformance.gate.decision import judge
from conformance.gate.sealed_run import SealedRun, read_run
from conformance.model.finding import Finding, Outcome
from tests.selftest.unit.gate.gate_env import error_at, is_unproven, with_inputs

TABLES_CHECK = "tests/live/test_tables.py::test_table_exists[TBL-1-eu-west-1-users]"
REVIEW = "tests/contract/test_terraform.py::test_table_is_planned"


def in_environment(gate, **changes):
    """Return the gate for another environment."""
    return with_inputs(gate, environment=replace(gate.inputs.environment, **changes))


def test_another_account_is_refused(gate, folder):
    """Evidence of another account is none."""
    other = in_environment(gate, account="111111111111")
    result = judge(other, [read_run(folder)])
    assert "not 111111111111" in str(result.refused)
    assert is_unproven(result)


def test_another_environment_is_refused(gate, folder):
    """Evidence of another environment is none, even of the same account."""
    assert is_unproven(judge(in_environment(gate, name="sit"), [read_run(folder)]))


def test_another_region_is_refused(gate, folder):
    """Evidence of a region that is not the environment's is none."""
    result = judge(in_environment(gate, regions=("af-south-1",)), [read_run(folder)])
    assert "it judged eu-west-1, not af-south-1" in str(result.refused)
    assert is_unproven(result)


def test_another_contract_is_refused(gate, folder):
    """Evidence by another contract is none."""
    declared = replace(gate.inputs.declared, sha256="f" * 64)
    result = judge(with_inputs(gate, declared=declared), [read_run(folder)])
    assert "the contract now is ffffffffffff" in str(result.refused)
    assert is_unproven(result)


def test_the_standin_never_counts_for_aws(gate, folder):
    """What was found on a local target says nothing about AWS."""
    aws = in_environment(gate, endpoint_url=None, endpoint_urls={})
    result = judge(aws, [read_run(folder)])
    assert "which is not AWS" in str(result.refused)
    assert is_unproven(result)


def test_last_months_run_is_too_old(gate, folder):
    """Evidence older than its criterion allows counts as absent, and is named."""
    late = replace(gate, now=gate.now + timedelta(days=31))
    result = judge(late, [read_run(folder)])
    assert any("TBL-1 of run is older than 7 days" in stale for stale in result.stale)
    assert is_unproven(result)


def test_the_newest_decisive_finding_wins(gate, folder):
    """A later ERROR is a no-go; a later PASS supersedes an earlier ERROR."""
    run = read_run(folder)
    later = error_at(folder, "TBL-1", run.ended + timedelta(minutes=5))
    earlier = error_at(folder, "TBL-1", run.ended - timedelta(minutes=5))
    assert judge(gate, [later, run]).status == 1
    assert judge(gate, [run, earlier]).status == 0


def sealed(criterion, test, *, ended, made=None):
    """Return a run of one finding, which reviewed a Terraform plan if it was made."""
    finding = Finding(criterion, test, "users", "eu-west-1", Outcome.PASS, "")
    plan = made and {"made": made.isoformat(), "sha256": "0"}
    summary = {"ended": ended.isoformat(), "plan": plan}
    summary["findings"] = [finding.as_json()]
    return SealedRun(Path("run"), summary, "", ())


def test_a_review_is_as_old_as_its_terraform_plan():
    """Who reviews an old plan again gets no fresh evidence."""
    now = datetime.now(UTC)
    fresh = sealed("TFP-1", REVIEW, ended=now, made=now - timedelta(days=2))
    old = sealed("TFP-1", REVIEW, ended=now, made=now - timedelta(days=4))
    catalogue = load_catalogue()
    assert list(newest_findings([fresh], catalogue, now)[0]) == [REVIEW]
    too_old = ({}, ["TFP-1 of run is older than 3 days"])
    assert newest_findings([old], catalogue, now) == too_old


def test_a_review_decides_nothing_else_and_nothing_else_decides_it():
    """What a plan says is no evidence of what is deployed, nor the other way round."""
    now = datetime.now(UTC)
    wrong = [
        sealed("TBL-1", TABLES_CHECK, ended=now, made=now),
        sealed("TFP-1", REVIEW, ended=now),
    ]
    assert newest_findings(wrong, load_catalogue(), now) == ({}, [])
