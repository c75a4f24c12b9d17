"""`locust -f tests/perf` as a whole, on the stand-in, as its own process."""

import json
import os
import signal
import subprocess
import sys
import time
from shutil import which

import pytest

from tests.selftest.twins import ROOT, Result, clean_environment

FILES = {
    *("SHA256SUMS", "baseline.json", "histograms.json", "ledger.jsonl"),
    *("load.html", "run.json", "seconds.json"),
}
MORE = """
[cannot_prove]
PRF-1 = "not here"
PRF-2 = "not here"
PRF-3 = "not here"
PRF-4 = "not here"
PRF-5 = "not here"
PRF-6 = "not here"
"""
ALLOWS = ["read", "data", "load"]


class Loading:
    """A load run that is under way."""

    def __init__(self, twin, folder, arguments, env):
        """Start locust as a user would."""
        self.evidence = folder / "evidence"
        self.log = folder / "log.txt"
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [
                    *[sys.executable, "-m", "locust", "-f", "tests/perf"],
                    *["--env", str(twin.file), "--schemas", str(twin.contract)],
                    *["--evidence", str(self.evidence), *arguments],
                ],
                cwd=ROOT,
                env=clean_environment(folder) | env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def result(self):
        """Wait for the end."""
        try:
            status = self.process.wait(120)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
        return Result(status, self.log.read_text(), self.evidence)


@pytest.fixture
def load(twin, two_tables, tmp_path):
    """Deploy a twin that takes a load, and begin one."""

    def begin(*arguments, seconds=3, env=(), **keys):
        twin.write(**{"allows": ALLOWS, "more": MORE} | keys)
        twin.deploy(two_tables)
        small = ("--scale", "0.005", "--seconds", str(seconds))
        return Loading(twin, tmp_path, [*small, *arguments], dict(env))

    return begin


def _left(twin):
    return twin.scan("campaigns") + twin.scan("users")


def _sealed(result):
    check = [which("sha256sum"), "--check", "--quiet", "SHA256SUMS"]
    return subprocess.run(check, cwd=result.folder, check=False).returncode == 0


@pytest.mark.parametrize("engine", ["curl", "sdk"])
def test_a_load_runs_by_itself_and_leaves_evidence(twin, load, engine):
    """Seeded, loaded, judged, cleaned up: a folder like any other run's."""
    result = load("--engine", engine).result()
    assert result.status == 0, result.output
    assert {file.name for file in result.folder.iterdir()} == FILES
    assert _sealed(result)
    assert result.run["complete"] is True
    assert _left(twin) == []
    passed = {subject for criterion, subject in result.found("PASS")}
    assert passed == {"campaigns", "users"}  # PRF-7: the rest cannot be proven here
    assert result.found("FAIL") | result.found("ERROR") == set()
    tests = {it["test"] for it in result.run["findings"]}
    assert "perf::PRF-4[PRF-4-eu-west-1-users-UsersByEmail]" in tests
    operations = {call["operation"] for call in twin.calls()}
    assert {"PutItem", "UpdateItem", "Query", "BatchGetItem", "Scan"} <= operations


def test_transactions_are_part_of_the_load(twin, load, two_tables):
    """Orders are written in pairs, too."""
    orders = json.loads((ROOT / "schemas.json").read_text())["tables"]["orders"]
    two_tables["tables"]["orders"] = orders
    try:
        result = load("--shape", "steady", seconds=4).result()
    finally:
        del two_tables["tables"]["orders"]
    assert result.status == 0, result.output
    operations = {call["operation"] for call in twin.calls()}
    assert "TransactWriteItems" in operations


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_stopped_load_leaves_evidence_and_no_items(twin, load, name):
    """After Ctrl-C in mid-run the record is complete, marked, and nothing is left."""
    started = load(seconds=60)
    deadline = time.monotonic() + 60
    while "UpdateItem" not in {call["operation"] for call in twin.calls()}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(started.process.pid, getattr(signal, name))
    result = started.result()
    assert result.status == 2, result.output
    assert _left(twin) == []
    assert {file.name for file in result.folder.iterdir()} | {"load.html"} == FILES
    assert _sealed(result)
    assert result.run["complete"] is False
    assert "The run was interrupted." in result.run["remarks"]
    assert "Traceback" not in result.output


def test_a_load_that_is_not_allowed_sends_nothing(twin, load):
    """An environment without load in its allows is left alone."""
    result = load(allows=["read", "data"]).result()
    assert result.status == 4
    assert 'adds "load" to allows' in result.output
    assert twin.calls() == [] or "PutItem" not in {
        it["operation"] for it in twin.calls()
    }
    assert not result.evidence.exists()


def test_another_account_is_refused_before_anything_is_sent(twin, load):
    """The account is compared first, as in every run."""
    started = load(access_key_id="555566667777")
    result = started.result()
    assert result.status == 4
    assert "wrong account" in result.output
    assert _left(twin) == []


def test_requests_that_fail_are_an_error_wherever_it_runs(twin, load):
    """A target that refuses what it should take is told, though it proves little."""
    started = load(seconds=6)
    deadline = time.monotonic() + 60
    while "UpdateItem" not in {call["operation"] for call in twin.calls()}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    twin.fault(operation="UpdateItem", code="InternalServerError")
    result = started.result()
    assert result.status == 1, result.output
    assert {criterion for criterion, _ in result.found("ERROR")} == {"PRF-1"}
    assert _left(twin) == []


def test_workers_measure_one_load_together(twin, load):
    """Two workers take half the arrivals each; their measurements are added."""
    result = load("--processes", "2", seconds=5).result()
    assert result.status == 0, result.output
    (rates,) = [
        it["numbers"]["rates_per_s"]
        for it in result.run["findings"]
        if (it["criterion"], it["subject"]) == ("PRF-1", "users")
    ]
    offered = rates["reads"]["offered"] + rates["writes"]["offered"]
    assert offered == pytest.approx(19.3, abs=4)  # both workers', not one's alone
    assert not [it for it in result.run["remarks"] if "workers" in it]
    assert _left(twin) == []
