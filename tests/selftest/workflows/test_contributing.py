"""The recipes of CONTRIBUTING.md work as they are written."""

import os
import re
import subprocess
import sys
import textwrap

import pytest

from conformance.config.environment import load_environment
from tests.selftest.checkout_copy import checkout_copy
from tests.selftest.twin_env import ROOT

FLAGS = re.DOTALL | re.MULTILINE
STEP = re.compile(
    r"^(Add to|Append to|Make) `([^`]+)`(?:, above `([^`]+)`)?:\n\n```\w+\n(.*?)^```",
    FLAGS,
)


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


def recipe(heading):
    """Return a section of CONTRIBUTING.md."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def follow(heading, root):
    """Copy the repository, and do every step of a recipe in the copy."""
    checkout_copy(root)
    steps = STEP.findall(recipe(heading))
    assert len(steps) == len(re.findall(r"^```\w+$", recipe(heading), re.MULTILINE))
    for step in steps:
        apply_step(root, *step)
    return root


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """Return a copy of the repository that has the new check."""
    return follow("A new check", tmp_path_factory.mktemp("check") / "copy")


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
    assert "3 passed" in done.stdout, done.stdout + done.stderr
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


def test_a_new_table_makes_sense_once_it_is_counted(tmp_path):
    """The contract checks hold, except that the promotion plan counts five tables."""
    copy = follow("A new table", tmp_path / "copy")
    done = run(copy, "pytest", "-q", "-k", "not items")
    assert "declares 6 tables; the promotion plan counts 5" in done.stdout
    assert "\n1 failed, " in done.stdout


def test_a_new_environment_is_valid(tmp_path):
    """The documented file is an environment, judged as it says."""
    (block,) = re.findall(r"^```toml\n(.*?)^```", recipe("A new environment"), FLAGS)
    file = tmp_path / "uat.toml"
    file.write_text(block, encoding="utf-8")
    environment = load_environment(str(file))
    assert (environment.name, environment.judged_as) == ("uat", "sit")
