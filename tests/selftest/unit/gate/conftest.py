"""A sealed run that decides three criteria, and a gate that asks for them."""

import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.config.environment import load_environment
from conformance.gate.decision import Gate
from conformance.gate.expected_tests import ExpectedTest
from conformance.gate.previous_signoff import NOT_NAMED
from conformance.gate.sealed_run import read_run
from conformance.model.finding import Finding, Outcome
from conformance.run.inputs import load_inputs
from conformance.run.run_folder import Run
from conformance.run.session import Target
from tests.selftest.own_contract import SCHEMAS, SURROUNDINGS
from tests.selftest.unit.gate.gate_env import CRITERIA, ENVIRONMENT, TABLES


def finding(criterion, table):
    """A check that holds, but for the deletion protection of users."""
    wrong = (criterion, table) == ("TBL-8", "users")
    return Finding(
        criterion=criterion,
        test=f"tests/live/test_tables.py::test_it[{criterion}-eu-west-1-{table}]",
        subject=table,
        region="eu-west-1",
        outcome=Outcome.FAIL if wrong else Outcome.PASS,
        reason="not as declared" if wrong else "",
        observed=str(not wrong),
        declared="True",
    )


@pytest.fixture(scope="session")
def inputs(tmp_path_factory):
    """The files of an environment on a stand-in, without waivers or assumptions."""
    file = tmp_path_factory.mktemp("inputs") / "twin.toml"
    own = f'surroundings = "{SURROUNDINGS}"\n'
    file.write_text(own + ENVIRONMENT, encoding="utf-8")
    inputs = load_inputs(load_environment(str(file)), SCHEMAS)
    catalogue = {name: inputs.catalogue[name] for name in CRITERIA}
    declared = replace(inputs.declared, assumptions=())
    nobody = {"waivers": (), "attestations": ()}
    return replace(inputs, catalogue=catalogue, declared=declared, **nobody)


@pytest.fixture(scope="session")
def sealed_folder(inputs, tmp_path_factory):
    """The folder of a complete run."""
    target = Target("http://127.0.0.1:4566", "arn:aws:iam::111122223333:user/test")
    run = Run(inputs, tmp_path_factory.mktemp("evidence"), target)
    for criterion in CRITERIA:
        for table in TABLES:
            run.add_finding(finding(criterion, table))
    run.end()
    (run.folder / "report.html").write_text("<!DOCTYPE html>", encoding="utf-8")
    run.seal()
    return run.folder


@pytest.fixture
def folder(sealed_folder, tmp_path):
    """A copy of the run's folder, which a test may tamper with."""
    return shutil.copytree(sealed_folder, tmp_path / "run")


@pytest.fixture
def gate(inputs, folder):
    """A gate over the three criteria, for the environment that was judged."""
    expected = {}
    for found in read_run(folder).findings():
        test = ExpectedTest(found.test, found.criterion, found.region, found.subject)
        expected.setdefault(found.criterion, []).append(test)
    now = read_run(folder).ended + timedelta(hours=1)
    inputs = replace(inputs, today=now.date())
    return Gate("sit", inputs, expected, NOT_NAMED, now)
