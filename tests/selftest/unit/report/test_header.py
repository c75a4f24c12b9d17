"""The header of a run, which checks, loads and reviews share."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from conformance.config.environment import load_environment
from conformance.report.header import header
from conformance.run.inputs import load_inputs
from conformance.run.run_folder import Run
from conformance.run.session import Target

LOCAL = load_inputs(load_environment("local"))


@pytest.fixture
def run(tmp_path):
    """A run on a stand-in."""
    run = Run(LOCAL, tmp_path, Target("http://127.0.0.1:1", "arn:a", "env"))
    yield run
    run.end()


def test_the_header_names_whom_it_asks(run):
    """Whose account, as whom, where, and what is allowed there."""
    lines = dict(line.split(": ", 1) for line in header(run, ["load: 5 writes/s"]))
    assert list(lines) == [
        *("environment", "judged as", "account", "regions", "allows"),
        *("contract", "load", "evidence"),
    ]
    assert lines["account"] == "111122223333 as arn:a (by env)"
    assert lines["regions"].endswith("(a local target: this is no AWS)")
    assert lines["evidence"] == str(run.folder)


def test_the_header_of_a_review_names_its_terraform_plan(run):
    """Nobody is asked, so no caller and no endpoint stand there."""
    about = {"made": "", "terraform_version": "1.11.4", "sha256": "f" * 64}
    plan = SimpleNamespace(document=SimpleNamespace(told=about, path="plan.json"))
    run.inputs = replace(LOCAL, terraform_plan=plan)
    lines = dict(line.split(": ", 1) for line in header(run))
    assert lines["plan"] == "plan.json by Terraform 1.11.4; nobody is asked"
    assert lines["plan sha256"] == "f" * 64
    assert "allows" not in lines
