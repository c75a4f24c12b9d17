"""What makes a run folder no evidence, whoever reads it."""

import math

import pytest

from conformance.gate.decision import judge
from conformance.gate.sealed_run import read_run
from conformance.model.finding import Finding, Outcome
from conformance.run.ledger import Ledger, write_manifest, write_summary
from tests.selftest.unit.gate.gate_env import is_unproven, rewrite


def test_an_untouched_folder_has_no_errors(folder):
    """A complete run is read with all its findings."""
    run = read_run(folder)
    assert run.integrity_errors == ()
    assert len([*run.findings()]) == 6


def test_a_deleted_finding_is_noticed(gate, folder):
    """A finding that the ledger has and run.json has not refuses the run."""
    rewrite(folder, lambda document: document["findings"].pop())
    result = judge(gate, [read_run(folder)])
    assert "does not have the findings of ledger.jsonl" in str(result.refused)
    assert is_unproven(result)


def test_a_finding_turned_to_pass_is_noticed(gate, folder):
    """An outcome that the ledger tells otherwise refuses the run."""

    def forge(document):
        for finding in document["findings"]:
            finding["outcome"] = "PASS"

    rewrite(folder, forge)
    assert is_unproven(judge(gate, [read_run(folder)]))


@pytest.mark.parametrize("name", ["environment", "contract_sha256", "commit"])
def test_another_identity_is_noticed(folder, name):
    """A summary that claims another environment, contract or commit refuses the run."""
    rewrite(folder, lambda document: document.update({name: document["started"]}))
    errors = read_run(folder).integrity_errors
    assert f"{name} in run.json is not the one in ledger.jsonl" in errors


def test_an_edited_ledger_line_is_noticed(gate, folder):
    """A changed line breaks the chain, whatever the manifest says."""
    ledger = folder / "ledger.jsonl"
    text = ledger.read_text(encoding="utf-8")
    ledger.write_text(text.replace('"FAIL"', '"PASS"', 1), encoding="utf-8")
    write_manifest(folder)
    result = judge(gate, [read_run(folder)])
    assert "does not follow from the line before" in str(result.refused)
    assert is_unproven(result)


@pytest.mark.parametrize("file", ["run.json", "report.html", "ledger.jsonl"])
def test_a_changed_file_is_noticed(gate, folder, file):
    """A file that differs from the manifest refuses the run."""
    with (folder / file).open("a", encoding="utf-8") as changed:
        changed.write("\n")
    result = judge(gate, [read_run(folder)])
    assert f"{file} was changed after the run" in str(result.refused)
    assert is_unproven(result)


def test_a_run_without_manifest_is_refused(gate, folder):
    """A run that was never sealed is no evidence."""
    (folder / "SHA256SUMS").unlink()
    assert is_unproven(judge(gate, [read_run(folder)]))


def test_an_added_file_is_noticed(gate, folder):
    """What the manifest does not list was not there when the run ended."""
    (folder / "approval.txt").write_text("approved", encoding="utf-8")
    assert is_unproven(judge(gate, [read_run(folder)]))


def test_an_interrupted_run_is_refused(gate, folder):
    """A run that did not end by itself is no evidence, and says why."""
    rewrite(
        folder, lambda document: document.update(complete=False, remarks=["Ctrl-C"])
    )
    result = judge(gate, [read_run(folder)])
    assert "incomplete: Ctrl-C" in str(result.refused)
    assert is_unproven(result)


def test_an_empty_run_is_refused(gate, folder):
    """A run in which nothing was checked proves nothing."""
    rewrite(folder, lambda document: document.update(findings=[]))
    assert is_unproven(judge(gate, [read_run(folder)]))


def test_a_delay_without_an_end_can_be_read(tmp_path):
    """An item that an index never showed is a FAIL with its evidence, not bad input."""
    never = Finding(
        *("QRY-4", "test_query[QRY-4]", "users", "eu-west-1", Outcome.FAIL, "never"),
        numbers={"index_delay_ms": [math.inf]},
    )
    names = ("environment", "contract_sha256", "version", "commit")
    identity = dict.fromkeys(names, "x")
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.append("start", identity)
    ledger.append("finding", never.as_json() | {"observations": []})
    ledger.close()
    summary = {"schema": 1, "complete": True, "findings": [never.as_json()]}
    write_summary(tmp_path, identity | summary)
    write_manifest(tmp_path)
    run = read_run(tmp_path)
    assert run.integrity_errors == ()
    (found,) = run.findings()
    assert found.numbers == never.numbers
