"""Targets of the Makefile install the tools they need, or say what is missing."""

import os
import subprocess
from shutil import which

import pytest

from tests.selftest.twin_env import ROOT

TOOLS = ("nginx:nginx-light", "wrk:wrk")
INSTALL = "apt-get install --yes --no-install-recommends"


@pytest.fixture
def machine(tmp_path):
    """A machine that has these commands alone; each says how it was called."""

    def run(*commands, user=0):
        here = tmp_path / "bin"
        here.mkdir()
        said = tmp_path / "said"
        said.touch()
        for name in commands:
            # sudo does what it is told, as everybody else only says it.
            then = 'exec "$@"' if name == "sudo" else ""
            (here / name).write_text(
                f'#!/bin/sh\necho "{name} $*" >> {said}\n{then}\n', encoding="utf-8"
            )
        (here / "id").write_text(f"#!/bin/sh\necho {user}\n", encoding="utf-8")
        for file in here.iterdir():
            file.chmod(0o755)
        done = subprocess.run(
            [which("sh"), "benchmarks/tools.sh", *TOOLS],
            cwd=ROOT,
            env={"PATH": str(here), "SBIN": os.devnull},
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=20,
        )
        return done, said.read_text(encoding="utf-8").splitlines()

    return run


def test_what_is_there_is_not_installed(machine):
    """Nobody is asked for a password for nothing."""
    done, said = machine("nginx", "wrk", "apt-get", "sudo")
    assert (done.returncode, done.stdout, said) == (0, "", [])


def test_root_installs_what_is_missing_and_no_more(machine):
    """From fresh lists of packages."""
    done, said = machine("nginx", "apt-get")
    assert done.returncode == 0
    assert said == ["apt-get update --quiet --quiet", f"{INSTALL} wrk"]


def test_others_install_by_sudo(machine):
    """The command is shown before a password is asked for."""
    done, said = machine("apt-get", "sudo", user=1000)
    assert done.returncode == 0
    assert f"sudo {INSTALL} nginx-light wrk" in done.stdout
    assert f"sudo {INSTALL} nginx-light wrk" in said
    assert f"{INSTALL} nginx-light wrk" in said


@pytest.mark.parametrize(
    ("commands", "cure"),
    [(("apt-get",), f"as root: apt-get update && {INSTALL}"), ((), "install them")],
    ids=["neither root nor sudo", "no apt-get"],
)
def test_elsewhere_what_is_missing_is_told(machine, commands, cure):
    """Nothing is installed, and the benchmark does not begin."""
    done, said = machine(*commands, user=1000)
    assert done.returncode == 1
    assert "missing: nginx-light wrk" in done.stderr
    assert cure in done.stderr
    assert said == []


def commands(*targets, path=""):
    """Return the lines of the shell that make would run for these targets."""
    return subprocess.run(
        [which("make"), "--dry-run", "--always-make", *targets],
        cwd=ROOT,
        env={"PATH": path or os.environ["PATH"]},
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=20,
    ).stdout.splitlines()


@pytest.mark.parametrize(
    ("target", "lock"),
    [
        ("install", "requirements.lock"),
        ("install-core", "requirements-core.lock"),
        ("install-load", "requirements-load.lock"),
    ],
)
def test_installations_come_from_a_lock_by_uv_or_pip(tmp_path, target, lock):
    """Hashes are required; uv is used where it is, as it is twenty times as fast."""
    (tmp_path / "uv").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "uv").chmod(0o755)
    rest = f"--require-hashes --requirement {lock}"
    by_uv = commands(target, path=f"{tmp_path}:{os.defpath}")
    by_pip = commands(target, path=os.devnull)
    uv = "uv pip install --quiet --compile-bytecode"
    assert f"{uv} --python .venv/bin/python {rest}" in by_uv
    assert [line for line in by_uv if line.startswith(".venv/bin/pip")] == []
    pip = ".venv/bin/pip install --quiet --disable-pip-version-check"
    assert f"{pip} {rest}" in by_pip


def test_every_test_is_tried_once():
    """What fails is mended; a second try would hide it."""
    run = [line for line in commands("test") if "pytest" in line]
    assert run == [
        ".venv/bin/pytest",
        "cd aws_standin && ../.venv/bin/pytest -q -n 3",
        ".venv/bin/pytest -m selftest -n 3 --dist loadfile",
    ]


def test_every_target_is_described():
    """`make help` lists what can be made, in a sentence each."""
    shown = subprocess.run(
        [which("make"), "help"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=20,
    ).stdout
    (line,) = [
        line
        for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
        if line.startswith(".PHONY: ")
    ]
    for target in line.split()[1:]:
        assert f"  make {target} " in shown


def test_targets_ask_for_what_their_programs_need():
    """Each tool that a program looks for is in the target that starts it."""
    lines = subprocess.run(
        [which("make"), "--dry-run", "--always-make", "load", "benchmark"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=20,
    ).stdout
    assert "tools.sh npm:npm" in lines
    (asked,) = (line for line in lines.splitlines() if "tools.sh nginx" in line)
    program = (ROOT / "benchmarks" / "load.py").read_text(encoding="utf-8")
    for name in ("nginx", "wrk", "openssl", "taskset"):
        assert f'_tool("{name}", ' in program
        assert f" {name}:" in asked
