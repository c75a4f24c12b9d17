"""A gate over three criteria, and a run of an environment that decides them."""

import json
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

from conformance.config.criteria import load_catalogue
from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.gate.decision import Gate
from conformance.gate.expected_tests import ExpectedTest
from conformance.gate.previous_signoff import NOT_NAMED
from conformance.gate.sealed_run import read_run
from tests.selftest.twin_env import StandIn, Suite, Twin

CRITERIA = ("TBL-1", "TBL-2", "TBL-8")


@pytest.fixture(scope="module")
def judged(aws, tmp_path_factory, two_tables):
    """A twin with deletion protection off, and one complete run that says so."""
    twin = Twin(StandIn(aws.endpoint), Suite(tmp_path_factory.mktemp("judged")))
    twin.write()

    def unprotect(tables):
        tables["users"]["deletion_protection"] = False

    twin.deploy(two_tables, unprotect)
    return twin, twin.run("-k", " or ".join(CRITERIA)).folder


@pytest.fixture
def folder(judged, tmp_path):
    """A copy of the run's folder that a test may tamper with."""
    return shutil.copytree(judged[1], tmp_path / "run")


@pytest.fixture
def gate(judged, folder):
    """A gate over three criteria, for the environment that was judged."""
    environment = load_environment(str(judged[0].file))
    declared = load_declared(environment, judged[0].contract)
    expected = {}
    for finding in read_run(folder).findings():
        test = ExpectedTest(
            finding.test, finding.criterion, finding.region, finding.subject
        )
        expected.setdefault(finding.criterion, []).append(test)
    return Gate(
        name="sit",
        environment=environment,
        declared=replace(declared, assumptions=()),
        catalogue={
            name: it for name, it in load_catalogue().items() if name in CRITERIA
        },
        waivers=(),
        attestations=(),
        expected=expected,
        sit=NOT_NAMED,
        now=read_run(folder).ended + timedelta(hours=1),
    )


def outcomes(decision):
    """Every criterion's outcome."""
    return {name: str(it.outcome) for name, it in decision.criteria.items()}


def error_at(folder, criterion, ended):
    """The run, with its findings of a criterion turned to ERROR at another time."""
    run = read_run(folder)
    summary = json.loads(json.dumps(run.summary)) | {"ended": ended.isoformat()}
    for finding in summary["findings"]:
        if finding["criterion"] == criterion:
            finding["outcome"] = "ERROR"
    return replace(run, summary=summary, folder=folder / "later")
