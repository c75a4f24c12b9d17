"""What is installed for one purpose is enough for it, and says what else needs."""

import re
import shutil
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import distribution

import pytest

from conformance import __version__
from tests.selftest.terraform_plans import created, write
from tests.selftest.twin_env import ROOT, clean_environment

LOCKS = ("requirements-core.lock", "requirements-load.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
STANDIN = tomllib.loads(
    (ROOT / "aws_standin" / "pyproject.toml").read_text(encoding="utf-8")
)


def locked(lock):
    """Return the version of every package of a lock file."""
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return dict(line.split()[0].split("==") for line in lines if line[:1].isalnum())


def names(requirements):
    """Return the names of these requirements as a lock file spells them."""
    found = [re.match(r"[\w.-]+", requirement)[0] for requirement in requirements]
    return {re.sub(r"[-_.]+", "-", name).lower() for name in found}


@pytest.fixture(scope="module")
def core(tmp_path_factory):
    """A Python that has the packages of requirements-core.lock and no others."""
    folder = tmp_path_factory.mktemp("core")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    for name in set(locked("requirements-core.lock")) - {"colorama"}:  # for Windows
        found = distribution(name)
        tops = {file.parts[0] for file in found.files if file.parts[0] != ".."}
        for top in tops - {"__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(found.locate_file(top))
    return python


@pytest.fixture
def run(core, tmp_path):
    """Run a module of the core's Python in the checkout, or in another folder."""

    def run(module, *arguments, folder=ROOT, env=()):
        return subprocess.run(
            [core, "-m", module, *map(str, arguments)],
            cwd=folder,
            env=clean_environment(tmp_path) | dict(env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    return run


def refused(ended, *words):
    """Require one message with the cure, and the exit status of bad input."""
    assert ended.returncode == 4, ended.stdout
    assert "Traceback" not in ended.stdout
    assert ended.stdout.count("ERROR: ") == 1
    for word in words:
        assert word in ended.stdout
    assert "pip install conformance" not in ended.stdout


@pytest.mark.parametrize("marker", ["live", "dr"])
def test_the_core_collects_the_checks(run, marker):
    """Checks of an environment need no package of another purpose."""
    ended = run("pytest", "--env=sit", "-m", marker, "--collect-only", "-q")
    assert ended.returncode == 0, ended.stdout
    assert "tests collected" in ended.stdout


def test_the_core_judges_a_stand_in_that_is_served_elsewhere(run, twin, two_tables):
    """The findings are those of the whole installation."""
    twin.deploy(two_tables)
    options = ["-k", "TBL-1 or GSI-1", f"--evidence={twin.suite.folder / 'core'}"]
    ended = run("pytest", *twin.arguments(*options))
    whole = twin.judge("TBL-1", "GSI-1")
    assert ended.returncode == whole.status == 0, ended.stdout
    assert "6 passed" in ended.stdout
    assert "6 passed" in whole.output


def test_the_core_reviews_a_terraform_plan(run, tmp_path):
    """The checks of a Terraform plan stand beside others that need hypothesis."""
    plan = write(created("orders"), tmp_path)
    evidence = f"--evidence={tmp_path / 'evidence'}"
    ended = run("conformance", "review-plan", "--env=sit", evidence, plan)
    assert ended.returncode == 1, ended.stdout
    assert "not as declared" in ended.stdout
    assert "hypothesis" not in ended.stdout


def test_the_core_decides_a_gate(run, tmp_path):
    """Without evidence nothing is proven, and the page is written all the same."""
    output = tmp_path / "signoff"
    ended = run("conformance", "gate", "--for=sit", f"--output={output}")
    assert ended.returncode == 10, ended.stdout
    assert (output / "signoff.html").exists()


def test_the_contract_names_what_it_needs(run):
    """Items are drawn by hypothesis: without it the contract is not checked in part."""
    cure = "pip install '.[contract]'"
    refused(run("pytest"), "needs hypothesis", cure)
    workers = run("pytest", "-n", "2", "tests/contract/test_items.py")
    assert workers.returncode == 1, workers.stdout
    assert cure in workers.stdout


def test_a_stand_in_names_what_it_needs(run):
    """The stand-in is a package of its own."""
    cure = "pip install ./aws_standin"
    refused(run("pytest", "--env=local", "-m", "live"), "needs aws_standin", cure)
    refused(run("conformance", "standin"), "needs aws_standin", cure)


@pytest.mark.parametrize("module", ["uvloop", "numpy"])
def test_a_load_names_what_it_needs(suite, module):
    """Locust alone is no load generator of this suite."""
    code = f"import runpy, sys; sys.modules[{module!r}] = None; "
    code += "sys.argv = ['locust', '-f', 'tests/perf', '--env', 'sit']; "
    code += "runpy.run_module('locust', run_name='__main__')"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=clean_environment(suite.folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    refused(ended, f"needs {module}", "pip install '.[load]'")


@pytest.fixture
def package(tmp_path):
    """A copy of the package without its checkout, as in site-packages."""
    shutil.copytree(ROOT / "conformance", tmp_path / "site" / "conformance")
    return {"PYTHONPATH": str(tmp_path / "site")}


def test_an_installed_command_works_in_a_checkout(run, package):
    """It runs the checkout's own code, which its checks and criteria belong to."""
    ended = run("conformance", "criteria", folder=ROOT / "docs", env=package)
    expected = (ROOT / "CRITERIA.md").read_text(encoding="utf-8")
    assert (ended.returncode, ended.stdout) == (0, expected)


def test_an_installed_command_says_where_to_run_it(run, package, tmp_path):
    """Outside a checkout there is nothing to judge by."""
    for command in (["gate", "--for=sit"], ["iam-policy", "--env=sit"]):
        ended = run("conformance", *command, folder=tmp_path, env=package)
        refused(ended, f"{tmp_path} is in none", "change to the folder with")
    version = run("conformance", "--version", folder=tmp_path, env=package)
    assert version.stdout.strip() == f"conformance {__version__}"


def test_no_advice_installs_somebody_elses_package():
    """The name `conformance` on the public index is another product's."""
    assert PROJECT["project"]["name"] == "dynamodb-promotion-conformance"
    advice = re.compile(r"pip install (?:-\S+ )*['\"]?(conformance|aws.standin)\b")
    places = ["README.md", "CONTRIBUTING.md", "docs", "conformance", "aws_standin"]
    files = [
        file
        for place in places
        for file in [ROOT / place, *(ROOT / place).rglob("*")]
        if file.suffix in (".md", ".py")
    ]
    assert len(files) > 100
    found = [
        str(file) for file in files if advice.search(file.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_lock_has_the_same_versions(lock):
    """What was tested is what is installed for one purpose."""
    everything = locked("requirements.lock")
    assert locked(lock).items() <= everything.items()


def test_the_locks_hold_what_the_projects_ask_for():
    """A dependency that was added is locked before it is used."""
    project, developers = PROJECT["project"], PROJECT["dependency-groups"]["dev"]
    optional = project["optional-dependencies"]
    core = names(project["dependencies"])
    load = core | names(optional["load"])
    standin = names(STANDIN["project"]["dependencies"])
    everything = load | names(optional["contract"]) | standin | names(developers)
    assert core <= set(locked("requirements-core.lock"))
    assert load <= set(locked("requirements-load.lock"))
    assert everything <= set(locked("requirements.lock"))


def test_the_core_is_small():
    """Beside credentials of PROD stands only what judging needs."""
    assert len(locked("requirements-core.lock")) <= 26


def test_the_core_lacks_the_other_purposes():
    """The positive control: a load generator or a server is not among it."""
    extras = ("hypothesis", "locust", "gevent", "numpy", "moto", "flask", "uvloop")
    assert set(extras) & set(locked("requirements-core.lock")) == set()
