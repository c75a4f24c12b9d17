import json
from datetime import timedelta

import pytest

from conformance.gate.decision import judge
from conformance.gate.output import signoff_document
from conformance.gate.previous_signoff import read_signoff, read_sit_gate
from conformance.gate.sealed_run import read_run
from conformance.model.errors import BadInputError
from conformance.model.finding import Outcome
from conformance.run.ledger import write_manifest

WEEK = timedelta(days=7)


@pytest.fixture
def signoff(gate, folder, tmp_path):
    """The sign-off of a SIT gate that is GO, as if it had been on AWS."""
    document = signoff_document(judge(gate, [read_run(folder)]))
    document["environment"]["is_aws"] = True
    file = tmp_path / "sit" / "signoff.json"
    file.parent.mkdir()
    file.write_text(json.dumps(document, default=str), encoding="utf-8")
    write_manifest(file.parent)
    return file


def test_the_sit_gate_is_read_with_its_hashes(gate, signoff):
    """GOV-14 takes a GO of the SIT gate, on AWS, for this contract, unchanged."""
    this, now = gate.inputs.declared.sha256, gate.now
    assert read_sit_gate(signoff, this, WEEK, now).outcome is Outcome.PASS
    assert read_sit_gate(signoff, this, WEEK, now + 2 * WEEK).outcome is Outcome.FAIL
    assert read_sit_gate(signoff, "f" * 64, WEEK, now).outcome is Outcome.FAIL


def test_a_changed_signoff_is_refused(signoff):
    """A sign-off that differs from its manifest decides nothing."""
    with signoff.open("a", encoding="utf-8") as changed:
        changed.write("\n")
    with pytest.raises(BadInputError, match="was changed after it was written"):
        read_signoff(signoff)
