"""What a gate expects is what the runs select, and no caller changes it."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from conformance.gate.expected_tests import collected_tests, expected_tests
from tests.selftest.own_contract import own_inputs
from tests.selftest.terraform_plans import created, write
from tests.selftest.twin_env import PYTEST, ROOT, clean_environment

TEST = re.compile(r"^(\S+::\S+\[[A-Z]{3}-\d+-\S+\])$", re.MULTILINE)
PARTS = ("conformance", "promotion", "tests/contract", "tests/dr", "tests/live")
FILES = ("conftest.py", "pytest.ini", "schemas.json", "requirements.lock")
PLUGIN = """
def pytest_collection_modifyitems(items):
    items.clear()

def pytest_ignore_collect(collection_path):
    return collection_path.name == "live"
"""


def pytest_in(folder, home, env=()):
    """Start pytest there for live checks, and return the tests that it collects."""
    started = subprocess.run(
        [*PYTEST, "--collect-only", "-q", "-m", "live"],
        cwd=folder,
        env=clean_environment(home) | dict(env),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return set(TEST.findall(started.stdout))


@pytest.fixture(scope="module")
def sit():
    """What is collected when nobody interferes."""
    return collected_tests(own_inputs("sit"))


@pytest.mark.parametrize("name", ["sit", "prod"])
def test_runs_select_nothing_that_a_gate_does_not_expect(suite, tmp_path, name):
    """All that live runs, drills and reviews select is expected, and nothing else."""

    def selected(*arguments):
        result = suite.run("--collect-only", "-q", f"--env={name}", *arguments)
        return set(TEST.findall(result.output))

    here = selected("-m", "live or dr")
    before = selected("-m", "live or dr", "--phase=pre")
    reviewed = selected(f"--plan={write(created(env=name), tmp_path)}")
    assert len(here) > 100
    assert len(reviewed) > 50
    tests = expected_tests(own_inputs(name))
    expected = {test.id for criterion in tests.values() for test in criterion}
    load = {test for test in expected if test.startswith("perf::")}
    assert expected - load == here | before | reviewed


def hostile(folder):
    """Fill a folder with what makes pytest load a plugin that empties a collection."""
    (folder / "emptying.py").write_text(PLUGIN, encoding="utf-8")
    (folder / "conftest.py").write_text(PLUGIN, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -k nothing\n", "utf-8")
    installed = folder / "emptying-1.0.dist-info"
    installed.mkdir()
    entry_points = "[pytest11]\nemptying = emptying\n"
    (installed / "entry_points.txt").write_text(entry_points, encoding="utf-8")
    (installed / "METADATA").write_text("Name: emptying\nVersion: 1.0\n", "utf-8")
    tests = folder / "tests" / "live"
    tests.mkdir(parents=True)
    for package in (tests.parent, tests):
        (package / "__init__.py").touch()
    return folder


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTEST_ADDOPTS": "--deselect tests/live -k nothing"},
        {"PYTEST_PLUGINS": "emptying", "PYTHONPATH": "."},
    ],
    ids=["options", "plugin"],
)
def test_no_variable_empties_what_is_expected(tmp_path, monkeypatch, sit, variables):
    """Options, and a plugin that is named and installed, reach a run and no gate."""
    folder = str(hostile(tmp_path))
    variables = {name: folder if at == "." else at for name, at in variables.items()}
    assert pytest_in(ROOT, tmp_path) != set()
    assert pytest_in(ROOT, tmp_path, variables) == set()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert collected_tests(own_inputs("sit")) == sit


def test_no_working_folder_empties_what_is_expected(tmp_path, monkeypatch, sit):
    """The settings, plugins and tests of the folder where a gate runs do not count."""
    monkeypatch.chdir(hostile(tmp_path))
    assert pytest_in(tmp_path, tmp_path) == set()
    assert collected_tests(own_inputs("sit")) == sit


@pytest.fixture
def gate(tmp_path):
    """Run the gate of a copy of the repository."""
    root = tmp_path / "copy"
    for part in PARTS:
        shutil.copytree(ROOT / part, root / part)
    for file in FILES:
        shutil.copy(ROOT / file, root)

    def run():
        output = tmp_path / "page"
        command = ["gate", "--for=sit-deploy", f"--output={output}"]
        ended = subprocess.run(
            [sys.executable, "-m", "conformance", *command],
            cwd=root,
            env=clean_environment(tmp_path),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return ended.returncode, ended.stderr, output.exists()

    run.root = root
    return run


def test_a_gate_without_checks_is_refused(gate):
    """A repository whose live checks are gone expects nothing, and so is refused."""
    for file in (gate.root / "tests" / "live").iterdir():
        shutil.rmtree(file) if file.is_dir() else os.unlink(file)  # noqa: PTH108
    status, told, written = gate()
    assert (status, written) == (4, False)
    assert "no test of a criterion in" in told
    assert "Traceback" not in told


def test_a_gate_whose_checks_cannot_be_read_is_refused(gate):
    """A check that cannot be imported is not left out of what is expected."""
    broken = gate.root / "tests" / "live" / "test_broken.py"
    broken.write_text("import not_installed\n", encoding="utf-8")
    status, told, written = gate()
    assert (status, written) == (4, False)
    assert "No module named 'not_installed'" in told
