"""Which evidence counts at the gate, and what is written of its decision."""

import json
import math
from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.config.environment import load_environment
from conformance.gate.decision import decide
from conformance.gate.expected_tests import ExpectedTest
from conformance.gate.output import signoff, summary, text
from conformance.gate.previous_signoff import sit_gate
from conformance.gate.sealed_run import read_run
from conformance.model.finding import Finding, Outcome
from conformance.run.ledger import Ledger, write_manifest, write_summary
from tests.selftest.unit.gate.gate_env import error_at, folder, gate, judged, outcomes

__all__ = ["folder", "gate", "judged"]


def nothing_counts(decision):
    """Whether the gate is left without any evidence."""
    return decision.status == 10 and set(outcomes(decision).values()) == {
        "NOT_ASSESSED"
    }


def rewrite(folder, change):
    """Change run.json and hide it by a new manifest, as a careful forger would."""
    path = folder / "run.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    write_manifest(folder)


def test_evidence_of_an_untouched_run_counts(gate, folder):
    """A complete, fresh run of this environment and contract decides its criteria."""
    decision = decide(gate, [read_run(folder)])
    assert outcomes(decision) == {"TBL-1": "PASS", "TBL-2": "PASS", "TBL-8": "FAIL"}
    assert decision.refused == {}
    assert decision.status == 0  # TBL-8 is advisory


def test_no_run_is_not_proven(gate):
    """A gate without evidence is not green."""
    assert nothing_counts(decide(gate, []))


def test_a_deleted_finding_is_noticed(gate, folder):
    """A finding that the ledger has and run.json has not refuses the run."""
    rewrite(folder, lambda document: document["findings"].pop())
    decision = decide(gate, [read_run(folder)])
    assert "does not tell the findings" in str(decision.refused)
    assert nothing_counts(decision)


def test_a_finding_turned_to_pass_is_noticed(gate, folder):
    """An outcome that the ledger tells otherwise refuses the run."""

    def forge(document):
        for finding in document["findings"]:
            finding["outcome"] = "PASS"

    rewrite(folder, forge)
    assert nothing_counts(decide(gate, [read_run(folder)]))


@pytest.mark.parametrize("name", ["environment", "contract_sha256", "commit"])
def test_another_ground_is_noticed(folder, name):
    """A summary that claims another environment, contract or commit refuses the run."""
    rewrite(folder, lambda document: document.update({name: document["started"]}))
    run = read_run(folder)
    assert f"name another {name}" in str(run.damages)


def test_an_edited_ledger_line_is_noticed(gate, folder):
    """A changed line breaks the chain, whatever the manifest says."""
    ledger = folder / "ledger.jsonl"
    ledger.write_text(
        ledger.read_text(encoding="utf-8").replace('"FAIL"', '"PASS"', 1),
        encoding="utf-8",
    )
    write_manifest(folder)
    decision = decide(gate, [read_run(folder)])
    assert "does not follow from the line before" in str(decision.refused)
    assert nothing_counts(decision)


@pytest.mark.parametrize("file", ["run.json", "report.html", "ledger.jsonl"])
def test_a_changed_file_is_noticed(gate, folder, file):
    """A file that differs from the manifest refuses the run."""
    with (folder / file).open("a", encoding="utf-8") as changed:
        changed.write("\n")
    decision = decide(gate, [read_run(folder)])
    assert f"{file} was changed after the run" in str(decision.refused)
    assert nothing_counts(decision)


def test_a_run_without_manifest_is_refused(gate, folder):
    """A run that was never sealed is no evidence."""
    (folder / "SHA256SUMS").unlink()
    assert nothing_counts(decide(gate, [read_run(folder)]))


def test_an_added_file_is_noticed(gate, folder):
    """What the manifest does not list was not there when the run ended."""
    (folder / "approval.txt").write_text("approved", encoding="utf-8")
    assert nothing_counts(decide(gate, [read_run(folder)]))


def test_an_interrupted_run_is_refused(gate, folder):
    """A run that did not end by itself is no evidence, and says why."""
    rewrite(
        folder, lambda document: document.update(complete=False, remarks=["Ctrl-C"])
    )
    decision = decide(gate, [read_run(folder)])
    assert "incomplete: Ctrl-C" in str(decision.refused)
    assert nothing_counts(decision)


def test_an_empty_run_is_refused(gate, folder):
    """A run in which nothing was checked proves nothing."""
    rewrite(folder, lambda document: document.update(findings=[]))
    assert nothing_counts(decide(gate, [read_run(folder)]))


def test_another_account_is_refused(gate, folder):
    """Evidence of another account is none."""
    other = replace(gate, environment=replace(gate.environment, account="111111111111"))
    decision = decide(other, [read_run(folder)])
    assert "not 111111111111" in str(decision.refused)
    assert nothing_counts(decision)


def test_another_environment_is_refused(gate, folder):
    """Evidence of another environment is none, even of the same account."""
    other = replace(gate, environment=replace(gate.environment, name="sit"))
    assert nothing_counts(decide(other, [read_run(folder)]))


def test_another_contract_is_refused(gate, folder):
    """Evidence by another contract is none."""
    other = replace(gate, declared=replace(gate.declared, sha256="f" * 64))
    decision = decide(other, [read_run(folder)])
    assert "the contract now is ffffffffffff" in str(decision.refused)
    assert nothing_counts(decision)


def test_the_standin_never_counts_for_aws(gate, folder):
    """What was found on a local target says nothing about AWS."""
    aws = replace(gate.environment, endpoint_url=None, endpoint_urls={})
    decision = decide(replace(gate, environment=aws), [read_run(folder)])
    assert "which is no AWS" in str(decision.refused)
    assert nothing_counts(decision)


def test_last_months_run_is_too_old(gate, folder):
    """Evidence older than its criterion allows counts as absent, and is named."""
    late = replace(gate, now=gate.now + timedelta(days=31))
    decision = decide(late, [read_run(folder)])
    assert any("TBL-1 of run is older than 7 days" in each for each in decision.stale)
    assert nothing_counts(decision)


def test_a_part_of_the_tests_does_not_decide(gate, folder):
    """A run of some tables leaves the criterion open, and says which are missing."""
    orders = ExpectedTest("t::t[TBL-1-orders]", "TBL-1", "eu-west-1", "orders")
    whole = {"TBL-1": [*gate.expected["TBL-1"], orders]}
    decision = decide(replace(gate, expected=gate.expected | whole), [read_run(folder)])
    assert decision.criteria["TBL-1"].outcome is Outcome.NOT_ASSESSED
    assert "orders in eu-west-1" in decision.criteria["TBL-1"].reason
    assert decision.status == 10


def test_the_newest_decisive_finding_wins(gate, folder):
    """A later ERROR is a no-go; a later PASS supersedes an earlier ERROR."""
    run = read_run(folder)
    later = error_at(folder, "TBL-1", run.ended + timedelta(minutes=5))
    earlier = error_at(folder, "TBL-1", run.ended - timedelta(minutes=5))
    assert decide(gate, [later, run]).status == 1
    assert decide(gate, [run, earlier]).status == 0


def test_an_advisory_error_is_a_no_go(gate, folder):
    """Who could not look does not know, advisory or not."""
    later = error_at(folder, "TBL-8", read_run(folder).ended)
    assert decide(gate, [later]).status == 1


def test_the_sit_gate_is_read_with_its_hashes(gate, folder, tmp_path):
    """GOV-14 takes a GO of the SIT gate, on AWS, for this contract, unchanged."""
    document = signoff(decide(gate, [read_run(folder)]))
    document["environment"]["is_aws"] = True
    left = tmp_path / "sit"
    left.mkdir()
    (left / "signoff.json").write_text(
        json.dumps(document, default=str), encoding="utf-8"
    )
    write_manifest(left)
    week = timedelta(days=7)
    arguments = (left / "signoff.json", gate.declared.sha256, week)
    assert sit_gate(*arguments, gate.now).outcome is Outcome.PASS
    assert sit_gate(*arguments, gate.now + 2 * week).outcome is Outcome.FAIL
    other = (left / "signoff.json", "f" * 64, week, gate.now)
    assert sit_gate(*other).outcome is Outcome.FAIL


def test_the_decision_survives_its_text(gate, folder):
    """What is written for machines is what was decided, a line for each criterion."""
    document = signoff(decide(gate, [read_run(folder)]))
    written = text(document)
    assert json.loads(written) == json.loads(json.dumps(document, default=str))
    assert sum(line.startswith('"TBL-') for line in written.splitlines()) == 3


def test_the_summary_never_exceeds_what_ci_shows(gate, folder):
    """GitHub drops a summary above 1024 kB, so it is cut before, and says so."""
    run = read_run(folder)
    many = tuple(
        replace(run, folder=folder / ("x" * 200 + str(n))) for n in range(9000)
    )
    told = summary(decide(replace(gate, environment=load_environment("sit")), many))
    assert len(told.encode()) < 1024_000
    assert told.endswith("the whole is in signoff.html\n")


def test_a_delay_without_an_end_can_be_read(tmp_path):
    """An item that an index never showed is a FAIL with its evidence, not bad input."""
    never = Finding(
        *("QRY-4", "test_query[QRY-4]", "users", "eu-west-1", Outcome.FAIL, "never"),
        numbers={"index_delay_ms": [math.inf]},
    )
    ground = dict.fromkeys(("environment", "contract_sha256", "version", "commit"), "x")
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.append("start", ground)
    ledger.append("finding", never.as_json() | {"observations": []})
    ledger.close()
    told = {"schema": 1, "complete": True, "findings": [never.as_json()]}
    write_summary(tmp_path, ground | told)
    write_manifest(tmp_path)
    run = read_run(tmp_path)
    assert run.damages == ()
    (found,) = run.findings()
    assert found.numbers == never.numbers
