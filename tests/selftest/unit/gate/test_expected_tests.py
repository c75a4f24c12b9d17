import re
import subprocess

import pytest

from conformance.config.criteria import load_catalogue
from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.gate.expected_tests import expected_tests
from tests.selftest.terraform_plans import created, write
from tests.selftest.twin_env import PYTEST, ROOT, clean_environment

TEST = re.compile(r"^(\S+::\S+\[([A-Z]{3}-\d+)-\S+\])$", re.MULTILINE)


def collected(home, *arguments):
    """Criterion and test of everything that pytest collects."""
    output = subprocess.run(
        [*PYTEST, "--collect-only", "-q", *arguments],
        cwd=ROOT,
        env=clean_environment(home),
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout
    return {(criterion, test) for test, criterion in TEST.findall(output)}


@pytest.mark.parametrize("name", ["sit", "prod"])
def test_what_a_gate_expects_is_what_pytest_collects(tmp_path, name):
    """The tests read from the files are those that pytest would run, of all phases."""
    environment = load_environment(name)
    declared, catalogue = load_declared(environment), load_catalogue()
    expected = {
        (criterion, test)
        for criterion, tests in expected_tests(environment, declared, catalogue).items()
        for test in tests
    }
    asked = (f"--env={name}", "-m", "live or dr")
    here = collected(tmp_path, *asked)
    before = collected(tmp_path, *asked, "--phase=pre")
    plan = write(created(env=name), tmp_path)
    reviewed = collected(tmp_path, f"--env={name}", f"--plan={plan}")
    assert len(here) > 100
    assert len(reviewed) > 50
    load = {it for it in expected if it[1].startswith("perf::")}
    assert expected - load == here | before | reviewed


def test_the_sit_gate_expects_a_load_of_every_table_and_index():
    """Whoever loads some tables has not decided the criterion; PROD is not loaded."""
    catalogue = load_catalogue()
    found = {}
    for name in ("sit", "prod"):
        environment = load_environment(name)
        tests = expected_tests(environment, load_declared(environment), catalogue)
        found[name] = {it: len(tests.get(it, ())) for it in ("PRF-1", "PRF-2", "PRF-4")}
    assert found["sit"] == {"PRF-1": 5, "PRF-2": 16, "PRF-4": 11}
    assert set(found["prod"].values()) == {0}


def test_before_prod_the_first_phase_is_expected():
    """A gate before PROD expects its own checks, in both regions."""
    environment = load_environment("prod")
    declared, catalogue = load_declared(environment), load_catalogue()
    tests = expected_tests(environment, declared, catalogue)["IDN-4"]
    regions = {it.partition("[IDN-4-")[2].rstrip("]") for it in tests}
    assert regions == set(environment.regions)
