"""A review as a whole: its evidence, how old it is, and its exit status."""

import hashlib
import json
import shutil
import subprocess
import sys
from functools import partial

import pytest

from conformance.gate.page.criteria_table import shown_sha256
from conformance.gate.sealed_run import read_run
from tests.selftest.own_contract import SCHEMAS, own_file
from tests.selftest.terraform_plans import change, created, write
from tests.selftest.terraform_review import TABLE, recovery_off
from tests.selftest.twin_env import ROOT, clean_environment

SIT, DEV = (
    (f"--env={own_file(name)}", f"--schemas={SCHEMAS}") for name in ("sit", "dev")
)
CRITERIA = {f"TFP-{n}" for n in range(1, 7)}


def command_in(folder, *arguments):
    """Run a command; return its status, its output, and the run folders."""
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *map(str, arguments)],
        cwd=folder,
        env=clean_environment(folder) | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    folders = sorted((folder / "evidence").glob("*-*Z-sit-*"))
    return done.returncode, done.stdout + done.stderr, folders


@pytest.fixture
def command(tmp_path):
    """Run commands in the test's own folder."""
    return partial(command_in, tmp_path)


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory):
    """A Terraform plan of all declared tables, and the run folder of its review."""
    folder = tmp_path_factory.mktemp("reviewed")
    path = write(created(), folder)
    status, output, (run,) = command_in(folder, "review-plan", *SIT, path)
    assert status == 0, output
    return path, run


def test_a_review_is_evidence_at_the_gate(reviewed, command, tmp_path):
    """All declared tables pass; the gate takes the folder, and the page names it."""
    path, folder = reviewed
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert {finding["criterion"] for finding in run["findings"]} == CRITERIA
    assert {finding["outcome"] for finding in run["findings"]} == {"PASS"}
    assert "which account it is for" in run["remarks"][0]
    assert (folder / "report.html").exists()
    gate = ("gate", "--for=sit-deploy", *SIT, "--output", tmp_path / "page")
    status, output, _ = command(*gate, folder)
    assert status == 10, output
    decided = json.loads(
        (tmp_path / "page" / "signoff.json").read_text(encoding="utf-8")
    )
    assert decided["runs"][0]["refused"] == []
    outcomes = {name: decided["criteria"][name]["outcome"] for name in CRITERIA}
    assert set(outcomes.values()) == {"PASS"}
    page = (tmp_path / "page" / "signoff.html").read_text(encoding="utf-8")
    assert "no request was sent" in page
    assert shown_sha256(hashlib.sha256(path.read_bytes()).hexdigest()) in page
    lock = hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest()
    assert run["requirements_sha256"] == lock
    assert shown_sha256(lock) in page


def test_a_review_of_a_plan_without_a_time_is_no_evidence(reviewed, tmp_path):
    """A review of unknown age would never be too old."""
    folder = shutil.copytree(reviewed[1], tmp_path / "run")
    summary = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    summary["plan"]["made"] = ""
    (folder / "run.json").write_text(json.dumps(summary), encoding="utf-8")
    (reason,) = [
        error
        for error in read_run(folder).integrity_errors
        if "does not say when it was made" in error
    ]
    assert "Terraform plan" in reason


def test_a_review_that_fails_or_leaves_something_open_says_so(command, tmp_path):
    """Status 1 for what fails, 10 for what is open, 4 without a trace for bad input."""
    document = created()
    recovery_off(document)
    status, output, _ = command("review-plan", *SIT, write(document, tmp_path))
    assert status == 1, output
    assert "FAIL         TFP-5" in output
    document = created()
    users_ = change(document, TABLE, "users")
    users_["after_unknown"]["billing_mode"] = True
    status, output, _ = command("review-plan", *SIT, write(document, tmp_path))
    assert status == 10, output
    assert "NOT_ASSESSED TFP-4" in output
    path = write("PK", tmp_path, "sit.tfplan")
    status, output, folders = command("review-plan", *SIT, path)
    assert status == 4, output
    assert output.count("ERROR: ") == 1
    assert "Traceback" not in output
    document = created()
    document["resource_changes"][0]["change"].pop("before")
    status, output, folders = command("review-plan", *SIT, write(document, tmp_path))
    assert status == 4, output
    assert "resource_changes[0].change.before is missing" in output
    assert "Traceback" not in output
    assert len(folders) == 2


def test_only_an_environment_of_the_plan_is_reviewed(suite, tmp_path):
    """With another selection of checks a plan would be judged by nothing."""
    path = write(created(), tmp_path)
    result = suite.run(*SIT, f"--plan={path}", "-m", "live")
    assert result.status == 4
    assert "--plan is reviewed alone" in result.output
    result = suite.run(*DEV, f"--plan={path}")
    assert result.status == 4
    assert "no criterion of a Terraform plan applies" in result.output
