"""`locust -f tests/perf` as a whole: its evidence, and what it leaves behind."""

import os
import shutil
import signal
import subprocess
from shutil import which

import pytest

from tests.selftest.load.process import ALLOWS, begin, left, operations, until_sent
from tests.selftest.sweep_cli import sweep
from tests.selftest.twin_env import Suite, Twin, contract

FILES = {
    *("SHA256SUMS", "baseline.json", "histograms.json", "ledger.jsonl"),
    *("load.html", "run.json", "seconds.json"),
}


def _sealed(result):
    check = [which("sha256sum"), "--check", "--quiet", "SHA256SUMS"]
    return subprocess.run(check, cwd=result.folder, check=False).returncode == 0


EVERY = ("campaigns", "orders", "users")
"""The tables of the whole load that have a declared load; vouchers has none."""


@pytest.fixture(scope="module")
def whole(aws, tmp_path_factory):
    """A load of three tables, and of a fourth that no load is declared of."""
    folder = tmp_path_factory.mktemp("whole")
    declared = contract(*EVERY)
    declared["tables"]["vouchers"] = contract("tenants")["tables"]["tenants"]
    twin = Twin(aws, Suite(folder))
    steady = ("--shape", "steady", "--scale", "0.002")
    return twin, begin(twin, declared, folder, *steady, seconds=6).result()


def test_a_load_runs_by_itself_and_leaves_evidence(whole):
    """Seeded, loaded, judged, cleaned up: a folder like any other run's."""
    twin, result = whole
    _assert_whole(twin, result, EVERY)
    tests = {finding["test"] for finding in result.run["findings"]}
    assert "perf::PRF-4[PRF-4-eu-west-1-users-UsersByEmail]" in tests
    operations_needed = {"PutItem", "UpdateItem", "Query", "BatchGetItem", "Scan"}
    assert operations_needed <= operations(twin)


@pytest.mark.long
def test_a_load_in_all_its_phases_is_sent_by_boto3_as_well(twin, load):
    """The cross-check of the engine leaves the same evidence."""
    _assert_whole(twin, load("--engine", "sdk").result(), ("campaigns", "users"))


def _assert_whole(twin, result, tables):
    """The run is complete, nothing of it failed, and nothing is left."""
    assert result.status == 0, result.output
    assert {file.name for file in result.folder.iterdir()} == FILES
    assert _sealed(result)
    assert result.run["complete"] is True
    assert left(twin) == []
    passed = {subject for criterion, subject in result.found("PASS")}
    assert passed == set(tables)  # PRF-7: the rest cannot be proven here
    assert result.found("FAIL") | result.found("ERROR") == set()


def test_transactions_are_part_of_the_load(whole):
    """Orders are written in pairs, too."""
    twin, result = whole
    assert result.status == 0, result.output
    assert "TransactWriteItems" in operations(twin)


def test_a_table_without_a_declared_load_is_told(whole):
    """It is left alone, and every criterion of it stays open with the reason."""
    _, result = whole
    assert result.status == 0, result.output
    assert "not loaded: vouchers" in result.output
    found = {
        (finding["criterion"], finding["subject"]): finding
        for finding in result.run["findings"]
        if finding["subject"].startswith("vouchers")
    }
    assert {criterion for criterion, _ in found} == {f"PRF-{n}" for n in range(1, 8)}
    assert ("PRF-4", "vouchers/TenantsByOrganization") in found
    assert {finding["outcome"] for finding in found.values()} == {"NOT_ASSESSED"}
    reasons = [finding["reason"] for finding in found.values()]
    assert all("load.tables.vouchers" in reason for reason in reasons)
    assert {subject for _, subject in result.found("PASS")} == set(EVERY)


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        pytest.param("SIGINT", "PutItem", id="while seeding", marks=pytest.mark.long),
        pytest.param("SIGINT", "UpdateItem", id="in mid-run"),
        pytest.param("SIGTERM", "UpdateItem", id="by another", marks=pytest.mark.long),
    ],
)
def test_a_stopped_load_leaves_evidence_and_no_items(twin, load, name, operation):
    """After Ctrl-C the record is complete, marked, and nothing is left."""
    started = load(seconds=60)
    until_sent(twin, operation)
    os.kill(started.process.pid, getattr(signal, name))
    result = started.result()
    assert result.status == 2, result.output
    assert left(twin) == []
    assert {file.name for file in result.folder.iterdir()} | {"load.html"} == FILES
    assert _sealed(result)
    assert result.run["complete"] is False
    assert "The run was interrupted." in result.run["remarks"]
    assert "Traceback" not in result.output


def test_workers_measure_one_load_together(twin, load):
    """Two workers take half the arrivals each; their measurements are added."""
    result = load("--processes", "2", "--scale", "0.002", seconds=5).result()
    assert result.status == 0, result.output
    (rates,) = [
        finding["numbers"]["rates_per_s"]
        for finding in result.run["findings"]
        if (finding["criterion"], finding["subject"]) == ("PRF-1", "users")
    ]
    offered = rates["reads"]["offered"] + rates["writes"]["offered"]
    assert offered == pytest.approx(7.7, abs=2)  # both workers', not one's alone
    assert not [line for line in result.run["remarks"] if "workers" in line]
    assert left(twin) == []


@pytest.mark.long
def test_after_a_kill_a_smaller_load_removes_everything(twin, load):
    """It has fewer items than the killed one, whose others must not stay for ever."""
    started = load("--scale", "0.1", seconds=60)
    until_sent(twin, "UpdateItem")
    os.killpg(started.process.pid, signal.SIGKILL)
    started.process.wait()
    assert len(left(twin)) == 200
    shutil.rmtree(started.evidence)
    result = load("--shape", "steady", deploy=False).result()
    assert result.status == 0, result.output
    assert "200 items of an earlier run were removed." in result.run["remarks"]
    assert left(twin) == []


def test_after_a_kill_a_sweep_removes_everything(twin, load):
    """As it does with what drills leave."""
    started = load(seconds=60, allows=[*ALLOWS, "backup", "sandbox", "restore"])
    until_sent(twin, "UpdateItem")
    os.killpg(started.process.pid, signal.SIGKILL)
    started.process.wait()
    assert len(left(twin)) == 100
    shown = sweep(twin, started.evidence, "--yes")
    assert f"removed: 50 test items in {twin.table('users')}" in shown
    assert left(twin) == []
