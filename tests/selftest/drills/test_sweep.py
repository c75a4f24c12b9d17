"""A drill that is killed leaves nothing that a sweep does not remove, and no more."""

import os
import re
import signal
import time

import pytest

from tests.selftest.drills.drill_env import TABLE, made
from tests.selftest.polling import until
from tests.selftest.sweep_cli import sweep
from tests.selftest.twin_env import Suite

MOMENTS = (
    "PutItem",
    "CreateBackup",
    "StartBackupJob",
    "DescribeBackupJob",
    "StartCopyJob",
    "RestoreTableToPointInTime",
    "RestoreTableFromBackup",
    "StartRestoreJob",
    "UpdateContinuousBackups",
    "DeleteTable",
)
"""The drill is killed once it has asked for this."""
SAMPLE = {"StartCopyJob", "RestoreTableToPointInTime", "DeleteTable"}
"""Something is left of every kind, and by a drill that was removing it."""


def operations(twin):
    """What the twin's accounts have asked for."""
    accounts = {twin.account, twin.elsewhere[0]}
    calls = twin.standin.control("requests")["calls"]
    return {call["operation"] for call in calls if call["account"] in accounts}


@pytest.fixture(scope="module")
def killed(aws, tmp_path_factory):
    """One table with items of others in it, whose drills do not end by themselves."""
    return made(aws, Suite(tmp_path_factory.mktemp("killed")), TABLE)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(moment, marks=() if moment in SAMPLE else pytest.mark.long)
        for moment in MOMENTS
    ],
)
def test_after_a_kill_a_sweep_removes_all_and_only_ours(killed, moment):
    """Whenever a drill is killed, a sweep shows and removes exactly what is left."""
    before = killed.scan(TABLE)
    assert killed.ours() == []
    killed.standin.control("requests/reset", {})
    started = killed.begin("RST-1", "RST-2", "RST-6", "RST-7")
    until(lambda: moment in operations(killed))
    os.killpg(started.process.pid, signal.SIGKILL)
    started.process.wait()
    count = len(killed.scan(TABLE)) - len(before)
    shown = lines(sweep(killed, started.evidence))
    written = [line for line in shown if "test items" in line]
    things = [line for line in shown if line not in written]
    assert all("conformance-suite-" in line or "job" in line for line in things)
    of = f"test items in {killed.table(TABLE)} (eu-west-1)"
    assert written == ([f"left: {count} {of}"] if count else [])
    sweep(killed, started.evidence, "--yes")
    assert killed.ours() == []
    assert killed.scan(TABLE) == before


@pytest.mark.parametrize(
    "name", [pytest.param("SIGINT", marks=pytest.mark.long), "SIGTERM"]
)
def test_an_interrupted_drill_cleans_up(killed, name):
    """After Ctrl-C or SIGTERM nothing of the drill is left, and the run says why."""
    before = killed.scan(TABLE)
    killed.standin.control("requests/reset", {})
    started = killed.begin("RST-1", "RST-2")
    until(lambda: "StartRestoreJob" in operations(killed))
    os.kill(started.process.pid, getattr(signal, name))
    result = started.result()
    assert result.status == 2
    assert result.run["complete"] is False
    assert killed.ours() == []
    assert killed.scan(TABLE) == before


def lines(shown):
    """What a sweep has listed."""
    return [line for line in shown.splitlines() if line.startswith("left: ")]


def test_a_sweep_leaves_what_lives_and_what_is_foreign(twin):
    """Without a journal of an ended run, and young, what bears our name stays."""
    client = twin.client("dynamodb")
    young = f"conformance-suite-{twin.table(TABLE)}-pitr-{stamp()}-0a1b2c3d"
    old = f"conformance-suite-{twin.table(TABLE)}-pitr-20200101T000000Z-0a1b2c3d"
    foreign = "conformance-suite-payments-pitr-20200101T000000Z-0a1b2c3d"
    for name in (young, old, foreign, "conformance-suite-mine"):
        client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    shown = lines(sweep(twin, twin.suite.folder))
    assert [old in line for line in shown] == [True]
    sweep(twin, twin.suite.folder, "--yes")
    left = client.list_tables()["TableNames"]
    assert {young, foreign, "conformance-suite-mine"} <= set(left)
    assert old not in left
    assert "nothing is left" in sweep(twin, twin.suite.folder)


def test_a_sweep_does_what_is_allowed_and_says_what_it_left_out(twin):
    """Without sandbox and restore, items and backups go; tables are not looked for."""
    twin.write(allows=["read", "data", "backup", "load"])
    client, name = twin.client("dynamodb"), twin.table(TABLE)
    before = twin.scan(TABLE)
    own = {key: {"S": "conformance-suite-0003"} for key in ("tenant_id", "user_id")}
    item = {**twin.declared["tables"][TABLE]["sample"], **own}
    client.put_item(TableName=name, Item=item)
    old = f"conformance-suite-{name}-{{}}-20200101T000000Z-0a1b2c3d"
    client.create_backup(TableName=name, BackupName=old.format("backup"))
    client.create_table(
        TableName=old.format("pitr"),
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    said = sweep(twin, twin.suite.folder, "--yes")
    for left_out, allowed in (("tables", "sandbox"), ("recovery points", "restore")):
        assert f"not looked for: {left_out}, as allows has no {allowed!r}" in said
    assert "nothing of a drill is left" not in said
    assert twin.scan(TABLE) == before
    assert twin.ours() == [old.format("pitr")]
    client.delete_table(TableName=old.format("pitr"))


def test_a_dry_run_says_all_and_does_nothing(killed):
    """It names tables, time, cost, rights and credentials, and sends only reads."""
    result = killed.suite.run(
        *(
            f"--env={killed.file}",
            f"--schemas={killed.contract}",
            "-m",
            "dr",
            "--dry-run",
        )
    )
    for word in ("dry run", killed.table(TABLE), "time: ", "cost: ", "rights: "):
        assert word in result.output
    assert "credentials: keys without a session token" in result.output
    assert re.search(r"cost: at least \d+\.\d+ USD", result.output), result.output
    assert re.search(r"GB restored in eu-west-1.* price .* is open", result.output)
    assert "million reads in eu-west-1 at " in result.output
    asked = {observation["operation"] for observation in result.observations()}
    reading = ("Get", "Describe", "List", "Simulate")
    assert {name for name in asked if not name.startswith(reading)} == set()
    assert killed.ours() == []


def stamp():
    """Now, as names tell it."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
