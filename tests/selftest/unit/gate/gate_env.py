"""The environment, the criteria and the tables of the gate that these tests ask."""

import json
from dataclasses import replace

from conformance.gate.sealed_run import read_run
from conformance.run.ledger import write_manifest

CRITERIA = ("TBL-1", "TBL-2", "TBL-8")
TABLES = ("campaigns", "users")
ENVIRONMENT = """
account = "111122223333"
access_key_id = "111122223333"
regions = ["eu-west-1"]
table_name = "{name}-twin"
judged_as = "sit"
allows = ["read"]
endpoint_url = "http://127.0.0.1:4566"
"""


def with_inputs(gate, **changes):
    """Return the gate with other inputs."""
    return replace(gate, inputs=replace(gate.inputs, **changes))


def outcomes(result):
    """Return the outcome of every criterion."""
    return {name: str(found.outcome) for name, found in result.criteria.items()}


def is_unproven(result):
    """Return True if the gate is left without any evidence."""
    return result.status == 10 and set(outcomes(result).values()) == {"NOT_ASSESSED"}


def error_at(folder, criterion, ended):
    """Return the run, with its findings of a criterion as ERROR at another time."""
    run = read_run(folder)
    summary = json.loads(json.dumps(run.summary)) | {"ended": ended.isoformat()}
    for finding in summary["findings"]:
        if finding["criterion"] == criterion:
            finding["outcome"] = "ERROR"
    return replace(run, summary=summary, folder=folder / "later")


def rewrite(folder, change):
    """Change run.json and hide it by a new manifest, as a careful forger would."""
    path = folder / "run.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    write_manifest(folder)
