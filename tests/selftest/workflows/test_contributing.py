"""The recipe of CONTRIBUTING.md for a new check works as it is written."""

import os
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

from tests.selftest.twin_env import ROOT

PARTS = (
    *("aws_standin/src", "conformance", "promotion", "tests"),
    *("conftest.py", "pytest.ini", "pyproject.toml", "schemas.json"),
)
STEP = re.compile(
    r"^(Add to|Append to|Make) `([^`]+)`(?:, above `([^`]+)`)?:\n\n```\w+\n(.*?)^```",
    re.DOTALL | re.MULTILINE,
)
STEPS = 8


def apply_step(root, action, name, anchor, block):
    """Do one step of the recipe to a copy of the checkout."""
    file = root / name
    if action == "Make":
        assert not file.exists()
        file.write_text(block, encoding="utf-8")
        return
    before = file.read_text(encoding="utf-8")
    if action == "Append to":
        file.write_text(f"{before}\n\n{block}", encoding="utf-8")
        return
    (line,) = [line for line in before.splitlines() if line.lstrip().startswith(anchor)]
    indented = textwrap.indent(block, line[: len(line) - len(line.lstrip())])
    between = "\n" if block.count("\n") > 1 else ""
    after = before.replace(f"{line}\n", f"{indented}{between}{line}\n")
    file.write_text(after, encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the repository in which the recipe has been followed."""
    root = tmp_path_factory.mktemp("contributing") / "copy"
    for part in PARTS:
        source, target = ROOT / part, root / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(
                source, target, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(source, target)
    steps = STEP.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert len(steps) == STEPS
    for step in steps:
        apply_step(root, *step)
    return root


def run(root, *arguments):
    """Run a module of Python in the copy, with the copy's packages."""
    path = os.pathsep.join([str(root), str(root / "aws_standin" / "src")])
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=root,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_new_check_passes_and_its_twin_fails(checkout):
    """The self-tests of the recipe hold: PASS, FAIL and ERROR are told apart."""
    twins = "tests/selftest/twins/test_contributor_insights.py"
    done = run(checkout, "pytest", "-q", "-m", "selftest", twins)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_the_new_check_is_documented(checkout):
    """The generated page has the new criterion with its requirement."""
    page = run(checkout, "conformance", "criteria").stdout
    section = page.partition("## ENC-6\n")[2].partition("\n## ")[0]
    assert "> Contributor Insights MUST be off." in section


def test_the_new_operation_is_in_the_policy(checkout):
    """The policy of a run has the right that the new request needs."""
    policy = run(checkout, "conformance", "iam-policy", "--env", "sit").stdout
    assert '"dynamodb:DescribeContributorInsights"' in policy


def test_the_recipe_keeps_the_rules(checkout):
    """What the recipe adds is clean once it is formatted."""
    assert run(checkout, "ruff", "format").returncode == 0
    checked = run(checkout, "ruff", "check")
    assert checked.returncode == 0, checked.stdout
