"""A run that is stopped, or loses a process, cleans up and says so."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from shutil import which

import pytest

from conformance.aws.polling import wait_for
from tests.selftest.polling import until
from tests.selftest.twin_env import REGION

LONG = pytest.mark.long
EVIDENCE = {"SHA256SUMS", "junit.xml", "ledger.jsonl", "report.html", "run.json"}


PATIENCE_S = 120


def _children(pid):
    """Process ids of all that a process has started, and what they have."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text(encoding="utf-8").split()):
            found += [child, *_children(child)]
    return found


def _runs(pid):
    """Whether the process is there, and no zombie."""
    stat = Path(f"/proc/{pid}/stat")
    return (
        stat.exists()
        and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    )


@pytest.fixture
def probing(twin, two_tables):
    """Begin a run and wait until it has written a test item, which it holds long."""

    def begin(*arguments):
        twin.deploy_tables(two_tables)
        twin.fault(operation="UpdateItem", delay=2)
        started = twin.start("-k", "CRU-1", *arguments)
        until(lambda: twin.scan("campaigns") + twin.scan("users"), PATIENCE_S)
        return started

    return begin


def _assert_evidence(result, why):
    """The folder is complete, and says in every place that the run is not."""
    assert {file.name for file in result.folder.iterdir()} == EVIDENCE
    assert result.run["complete"] is False
    assert any(why in remark for remark in result.run["remarks"])
    assert why in (result.folder / "report.html").read_text(encoding="utf-8")
    assert why in result.output
    assert "the run is incomplete and proves nothing" in result.output
    assert result.ledger[-1]["content"] == {"complete": False}
    check = [which("sha256sum"), "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=result.folder, check=False).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        pytest.param((), "SIGINT", id="serial-SIGINT"),
        pytest.param((), "SIGTERM", id="serial-SIGTERM", marks=pytest.mark.long),
        pytest.param(
            ("-n", "2"), "SIGINT", id="workers-SIGINT", marks=pytest.mark.long
        ),
        pytest.param(("-n", "2"), "SIGTERM", id="workers-SIGTERM"),
    ],
)
def test_a_stopped_run_leaves_evidence_and_no_items(twin, probing, name, arguments):
    """After Ctrl-C or SIGTERM no test item is left, and the evidence says why."""
    started = probing(*arguments)
    os.kill(started.process.pid, getattr(signal, name))
    result = started.result()
    assert twin.scan("campaigns") + twin.scan("users") == []
    assert result.status == 2
    _assert_evidence(result, "interrupted")
    assert "Traceback" not in result.output


def test_a_lost_worker_is_told(twin, probing):
    """A worker that dies takes no item and no finding along without a word."""
    started = probing("-n", "2")
    (worker, *_) = [
        pid
        for pid in _children(started.process.pid)
        if b"execnet" in Path(f"/proc/{pid}/cmdline").read_bytes()
        or b"import sys;exec" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    os.kill(worker, signal.SIGKILL)
    result = started.result()
    assert twin.scan("campaigns") + twin.scan("users") == []
    assert result.status == 1
    _assert_evidence(result, "was lost")
    assert {criterion for criterion, _ in result.found("ERROR")} == {"CRU-1"}


LOCAL = """
account = "111122223333"
regions = ["eu-west-1"]
table_name = "{name}-local"
judged_as = "sit"
allows = ["read", "data"]
standin = true
access_key_id = "111122223333"
"""


@pytest.fixture
def local(suite, tmp_path, two_tables):
    """Begin a run that starts a stand-in of its own."""
    environment, schemas = tmp_path / "mine.toml", tmp_path / "two.json"
    environment.write_text(LOCAL, encoding="utf-8")
    schemas.write_text(json.dumps(two_tables), encoding="utf-8")
    files = [f"--env={environment}", f"--schemas={schemas}"]
    return lambda *arguments: suite.start(*files, "-m", "live", *arguments)


@pytest.mark.parametrize(
    "name",
    [
        "SIGINT",
        pytest.param("SIGTERM", marks=LONG),
        "SIGKILL",
    ],
)
def test_the_stand_in_of_a_run_ends_with_it(local, name):
    """However a run ends, the stand-in that it started is gone."""
    started = local()
    standin = until(
        lambda: [
            pid
            for pid in _children(started.process.pid)
            if b"standin" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ],
        PATIENCE_S,
    )
    until(lambda: "live/test_" in started.log.read_text(encoding="utf-8"), PATIENCE_S)
    os.kill(started.process.pid, getattr(signal, name))
    status = started.process.wait(120)
    assert status != 0
    until(lambda: not any(map(_runs, standin)), 20)


def test_ctrl_c_reaches_every_process_at_once(local):
    """Ctrl-C in a terminal goes to all processes; evidence is written still."""
    started = local("-n", "2")
    until(lambda: "workers [" in started.log.read_text(encoding="utf-8"), PATIENCE_S)
    time.sleep(0.3)
    os.killpg(started.process.pid, signal.SIGINT)
    result = started.result()
    assert result.status == 2
    assert {file.name for file in result.folder.iterdir()} == EVIDENCE
    assert result.run["complete"] is False
    assert "Traceback" not in result.output
    assert REGION in result.output


def test_an_interrupted_run_leaves_no_backup(aws, twin, two_tables):
    """SIGTERM in the middle: what was requested is removed before the run ends."""
    twin.write(allows=["read", "backup"])
    twin.deploy_tables(two_tables)
    dynamodb = twin.client("dynamodb")
    slow = {twin.table(name): {"backup_creating": 3.0} for name in two_tables["tables"]}
    aws.control("settings", {"dynamodb": {"of_table": slow}})
    started = twin.start("-k", "BKP-1")
    taken = wait_for(
        lambda: dynamodb.list_backups()["BackupSummaries"],
        lambda backups: len(backups) == 2,
        60,
    )
    started.process.send_signal(signal.SIGTERM)
    result = started.result()
    aws.control("settings", {"dynamodb": {"of_table": {}}})
    assert len(taken) == 2
    assert dynamodb.list_backups()["BackupSummaries"] == []
    assert result.run["complete"] is False
    assert result.status == 2
