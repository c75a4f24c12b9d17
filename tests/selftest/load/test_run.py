"""`locust -f tests/perf` as a whole: its evidence, and what it leaves behind."""

import json
import os
import shutil
import signal
import subprocess
from functools import partial
from shutil import which

import pytest

from tests.selftest.load.process import ALLOWS, begin, left, until
from tests.selftest.own_contract import SCHEMAS
from tests.selftest.sweep_cli import sweep

FILES = {
    *("SHA256SUMS", "baseline.json", "histograms.json", "ledger.jsonl"),
    *("load.html", "run.json", "seconds.json"),
}


@pytest.fixture
def load(twin, two_tables, tmp_path):
    """Begin a load of two tables."""
    return partial(begin, twin, two_tables, tmp_path)


def _sealed(result):
    check = [which("sha256sum"), "--check", "--quiet", "SHA256SUMS"]
    return subprocess.run(check, cwd=result.folder, check=False).returncode == 0


@pytest.mark.parametrize("engine", ["http", "sdk"])
def test_a_load_runs_by_itself_and_leaves_evidence(twin, load, engine):
    """Seeded, loaded, judged, cleaned up: a folder like any other run's."""
    result = load("--engine", engine).result()
    assert result.status == 0, result.output
    assert {file.name for file in result.folder.iterdir()} == FILES
    assert _sealed(result)
    assert result.run["complete"] is True
    assert left(twin) == []
    passed = {subject for criterion, subject in result.found("PASS")}
    assert passed == {"campaigns", "users"}  # PRF-7: the rest cannot be proven here
    assert result.found("FAIL") | result.found("ERROR") == set()
    tests = {it["test"] for it in result.run["findings"]}
    assert "perf::PRF-4[PRF-4-eu-west-1-users-UsersByEmail]" in tests
    operations = {call["operation"] for call in twin.calls()}
    assert {"PutItem", "UpdateItem", "Query", "BatchGetItem", "Scan"} <= operations


def test_transactions_are_part_of_the_load(twin, load, two_tables):
    """Orders are written in pairs, too."""
    orders = json.loads(SCHEMAS.read_text(encoding="utf-8"))["tables"]["orders"]
    two_tables["tables"]["orders"] = orders
    try:
        result = load("--shape", "steady", seconds=4).result()
    finally:
        del two_tables["tables"]["orders"]
    assert result.status == 0, result.output
    operations = {call["operation"] for call in twin.calls()}
    assert "TransactWriteItems" in operations


@pytest.mark.parametrize(
    ("name", "operation"),
    [("SIGINT", "PutItem"), ("SIGINT", "UpdateItem"), ("SIGTERM", "UpdateItem")],
    ids=["while seeding", "in mid-run", "by another"],
)
def test_a_stopped_load_leaves_evidence_and_no_items(twin, load, name, operation):
    """After Ctrl-C the record is complete, marked, and nothing is left."""
    started = load(seconds=60)
    until(twin, operation)
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
    assert left(twin) == []


def test_a_table_without_a_declared_load_is_told(load, two_tables):
    """It is left alone, and every criterion of it stays open with the reason."""
    vouchers = json.loads(SCHEMAS.read_text(encoding="utf-8"))["tables"]["tenants"]
    two_tables["tables"]["vouchers"] = vouchers
    try:
        result = load("--shape", "steady").result()
    finally:
        del two_tables["tables"]["vouchers"]
    assert result.status == 0, result.output
    assert "not loaded: vouchers" in result.output
    told = {
        (it["criterion"], it["subject"]): (it["outcome"], it["reason"])
        for it in result.run["findings"]
        if it["subject"].startswith("vouchers")
    }
    assert {criterion for criterion, _ in told} == {f"PRF-{n}" for n in range(1, 8)}
    assert ("PRF-4", "vouchers/TenantsByOrganization") in told
    assert {outcome for outcome, _ in told.values()} == {"NOT_ASSESSED"}
    assert all("load.tables.vouchers" in reason for _, reason in told.values())
    assert {subject for _, subject in result.found("PASS")} == {"campaigns", "users"}


def test_after_a_kill_a_smaller_load_removes_everything(twin, load):
    """It has fewer items than the killed one, whose others must not stay for ever."""
    started = load("--scale", "0.1", seconds=60)
    until(twin, "UpdateItem")
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
    until(twin, "UpdateItem")
    os.killpg(started.process.pid, signal.SIGKILL)
    started.process.wait()
    assert len(left(twin)) == 100
    shown = sweep(twin, started.evidence, "--yes")
    assert f"removed: 50 test items in {twin.table('users')}" in shown
    assert left(twin) == []
