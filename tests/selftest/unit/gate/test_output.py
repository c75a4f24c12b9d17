"""What a gate writes of its result."""

import json
from dataclasses import replace

from conformance.gate.decision import judge
from conformance.gate.output import signoff_document, signoff_text, summary
from conformance.gate.sealed_run import read_run
from tests.selftest.own_contract import own_environment
from tests.selftest.unit.gate.gate_env import with_inputs


def test_the_result_survives_its_text(gate, folder):
    """What is written for machines is what was decided, a line for each criterion."""
    document = signoff_document(judge(gate, [read_run(folder)]))
    written = signoff_text(document)
    assert json.loads(written) == json.loads(json.dumps(document, default=str))
    assert sum(line.startswith('"TBL-') for line in written.splitlines()) == 3


def test_the_summary_never_exceeds_what_ci_shows(gate, folder):
    """GitHub drops a summary above 1024 kB, so it is cut before, and says so."""
    run = read_run(folder)
    many = tuple(
        replace(run, folder=folder / ("x" * 200 + str(n))) for n in range(9000)
    )
    other = with_inputs(gate, environment=own_environment("sit"))
    text = summary(judge(other, many))
    assert len(text.encode()) < 1024_000
    assert text.endswith("the whole is in signoff.html\n")
