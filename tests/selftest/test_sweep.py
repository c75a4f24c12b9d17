"""A drill that is killed leaves nothing that a sweep does not remove, and no more."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from conformance.aws import AwsError, Door
from conformance.declared import load_declared
from conformance.drills import remains
from conformance.drills.cost import in_words, quantities
from conformance.drills.drilled import Drilled
from conformance.drills.rehearsal import rehearsed
from conformance.drills.remains import Left, Place
from conformance.drills.switching import items_of
from conformance.environment import load_environment
from conformance.errors import NotAssessedError, RefusedError
from conformance.estimate import Price
from conformance.iam_policy import policy
from conformance.recording import Recorder
from conformance.sandbox import TAG, recognised
from tests.selftest.test_restore_twins import ALLOWS, TABLE, made, twin, until
from tests.selftest.twins import ROOT, Suite, clean_environment

__all__ = ["twin"]

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
NAME = "conformance-suite-users-sit-pitr-20260113T093000Z-0a1b2c3d"


def sweep(twin, evidence, *arguments):
    """Run the command; its output."""
    command = [sys.executable, "-m", "conformance", "sweep", f"--env={twin.file}"]
    command += [f"--schemas={twin.contract}", f"--evidence={evidence}", *arguments]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=clean_environment(twin.suite.folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return ended.stdout


def operations(twin):
    """What the twin's accounts have asked for."""
    accounts = {twin.account, twin.elsewhere[0]}
    calls = twin.standin.control("requests")["calls"]
    return {it["operation"] for it in calls if it["account"] in accounts}


@pytest.fixture(scope="module")
def killed(aws, tmp_path_factory):
    """One table with items of others in it, whose drills do not end by themselves."""
    return made(aws, Suite(tmp_path_factory.mktemp("killed")), TABLE)


@pytest.mark.parametrize("moment", MOMENTS)
def test_after_a_kill_a_sweep_removes_all_and_only_ours(killed, moment):
    """Whenever a drill is killed, a sweep shows and removes exactly what is left."""
    before = killed.scan(TABLE)
    assert killed.ours() == []
    killed.standin.control("requests/reset", {})
    started = killed.begin("RST-1", "RST-2", "RST-6", "RST-7")
    until(lambda: moment in operations(killed), 90)
    os.killpg(started.process.pid, signal.SIGKILL)
    started.process.wait()
    count = len(killed.scan(TABLE)) - len(before)
    shown = lines(sweep(killed, started.evidence))
    written = [it for it in shown if "test items" in it]
    things = [it for it in shown if it not in written]
    assert all("conformance-suite-" in it or "job" in it for it in things)
    of = f"test items in {killed.table(TABLE)} (eu-west-1)"
    assert written == ([f"left: {count} {of}"] if count else [])
    sweep(killed, started.evidence, "--yes")
    assert killed.ours() == []
    assert killed.scan(TABLE) == before


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupted_drill_cleans_up(killed, name):
    """After Ctrl-C or SIGTERM nothing of the drill is left, and the run says why."""
    before = killed.scan(TABLE)
    killed.standin.control("requests/reset", {})
    started = killed.begin("RST-1", "RST-2")
    until(lambda: "StartRestoreJob" in operations(killed), 90)
    os.kill(started.process.pid, getattr(signal, name))
    result = started.result()
    assert result.status == 2
    assert result.run["complete"] is False
    assert killed.ours() == []
    assert killed.scan(TABLE) == before


def lines(shown):
    """What a sweep has listed."""
    return [it for it in shown.splitlines() if it.startswith("left: ")]


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
    assert [old in it for it in shown] == [True]
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
    own = {it: {"S": "conformance-suite-0003"} for it in ("tenant_id", "user_id")}
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


PLACE = Place(None, "eu-west-1", frozenset({"users-sit"}))
LEFT = Left("table", "eu-west-1", NAME, NAME, "0a1b2c3d", datetime.now(UTC))


@pytest.mark.parametrize(
    ("code", "attempts"), [("ThrottlingException", 2), ("AccessDeniedException", 1)]
)
def test_only_a_missing_right_ends_a_removal(monkeypatch, code, attempts):
    """What AWS refuses for now is tried again; what it forbids is raised at once."""
    there, tried = [LEFT], []

    def removal(_, left):
        tried.append(left)
        if len(tried) == 1:
            raise AwsError(f"delete_table: {code}", code)
        there.clear()

    monkeypatch.setattr(remains, "find", lambda _: list(there))
    monkeypatch.setattr(remains, "_remove", removal)
    forbidden = pytest.raises(AwsError, match=code) if attempts == 1 else nullcontext()
    with forbidden:
        assert remains.remove(PLACE, list, 10) == []
    assert len(tried) == attempts


def test_a_removal_that_goes_on_failing_is_raised(monkeypatch):
    """What is still there when the time is up fails with what AWS said."""

    def removal(*_):
        raise AwsError("delete_table: InternalServerError", "InternalServerError")

    monkeypatch.setattr(remains, "find", lambda _: [LEFT])
    monkeypatch.setattr(remains, "_remove", removal)
    with pytest.raises(AwsError, match="InternalServerError"):
        remains.remove(PLACE, list, 0.1)


def test_all_that_is_left_of_a_table_is_told():
    """A job bears the table's own name, a table a drill's; neither is forgotten."""
    job = replace(LEFT, what="job", name="users-sit")
    other = replace(LEFT, what="job", name="orders-sit")
    drilled = Drilled(remains=[LEFT, job, other])
    assert drilled.remains_of("users", "users-sit") == (str(LEFT), str(job))


def test_of_a_table_that_was_not_drilled_nothing_is_known():
    """Where a table could not be drilled, nobody says that nothing remains of it."""
    drilled = Drilled(errors={"users": NotAssessedError("not ACTIVE")})
    with pytest.raises(NotAssessedError, match="not ACTIVE"):
        drilled.remains_of("users", "users-sit")


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
    asked = {it["operation"] for it in result.observations()}
    assert all(it.startswith(("Get", "Describe", "List")) for it in asked)
    assert killed.ours() == []


def test_a_dry_run_of_a_switch_says_what_would_be_written():
    """It names the writers, both regions, and how many items there would be."""
    environment = load_environment("local-prod")
    declared = load_declared(environment)
    door = Door(environment, declared.tables, Recorder())
    said = list(rehearsed(door, declared, {}, {}, switched=["orders", "users"]))
    here, there = environment.regions
    assert f"  writers of orders, users: from {here} to {there} and back, with " in (
        line.partition(str(items_of(declared.drills)))[0] for line in said
    )


@pytest.mark.parametrize("known", [True, False], ids=["known", "open"])
def test_the_cost_of_a_drill_is_what_the_prices_come_to(known):
    """Known prices are summed up by region; an open one is named and never guessed."""
    costs = load_declared(load_environment("local")).costs
    prices = {"reads": 2.0, "restore": 0.5, "backup": 3.0, "transfer": 0.25}
    if not known:
        del prices["restore"]
    day = date(2026, 1, 13)
    region = {name: Price(usd, day, "here") for name, usd in prices.items()}
    costs = replace(costs, prices={"eu-west-1": region, "eu-central-1": region})
    gigabyte = 2**30
    charged = quantities(
        {"users": gigabyte},
        {"users": frozenset({"pitr", "copy"})},
        "eu-west-1",
        "eu-central-1",
    )
    said = "\n".join(in_words(costs, charged))
    reads, restores = 4 * gigabyte / 4096 / 1e6 * 2.0, 2 * 0.5
    others = 2 / 30 * 3.0 + 0.25
    total = reads + others + (restores if known else 0.0)
    assert said.startswith(f"cost: {'' if known else 'at least '}{total:.6f} USD")
    assert ("the price of restore is open" in said) is not known


def stamp():
    """Now, as names tell it."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


@pytest.fixture(scope="module")
def door(tmp_path_factory):
    """A door that is allowed everything, to an endpoint that nobody listens on."""
    file = tmp_path_factory.mktemp("door") / "sit.toml"
    file.write_text(
        f"""account = "815856636111"
        regions = ["eu-west-1"]
        table_name = "{{name}}-sit"
        allows = {ALLOWS}
        endpoint_url = "http://127.0.0.1:9"
        """
    )
    environment = load_environment(str(file))
    return Door(environment, load_declared(environment).tables, Recorder())


TAGS = [{"Key": "a", "Value": "b"}]
ARN = "arn:aws:dynamodb:eu-west-1:815856636111:table/"
OFF = {"PointInTimeRecoveryEnabled": False}
EXPIRY = {"Enabled": False, "AttributeName": "x"}
POINT = "arn:aws:backup:eu-west-1:815856636111:recovery-point:1"
ROLE = {"IamRoleArn": "arn:aws:iam::815856636111:role/x"}
FOREIGN = {
    "delete": ("dynamodb", "delete_table", {"TableName": "users-sit"}),
    "delete ARN": ("dynamodb", "delete_table", {"TableName": f"{ARN}users-sit"}),
    "update": (
        "dynamodb",
        "update_table",
        {"TableName": "users-sit", "DeletionProtectionEnabled": False},
    ),
    "recovery": (
        "dynamodb",
        "update_continuous_backups",
        {"TableName": "users-sit", "PointInTimeRecoverySpecification": OFF},
    ),
    "expiry": (
        "dynamodb",
        "update_time_to_live",
        {"TableName": "users-sit", "TimeToLiveSpecification": EXPIRY},
    ),
    "tag": (
        "dynamodb",
        "tag_resource",
        {"ResourceArn": f"{ARN}users-sit", "Tags": TAGS},
    ),
    "our prefix": ("dynamodb", "delete_table", {"TableName": "conformance-suite-x"}),
    "other table": (
        "dynamodb",
        "delete_table",
        {"TableName": NAME.replace("users", "payments")},
    ),
    "restore over": (
        "dynamodb",
        "restore_table_to_point_in_time",
        {"SourceTableName": "users-sit", "TargetTableName": "orders-sit"},
    ),
    "restore other": (
        "dynamodb",
        "restore_table_to_point_in_time",
        {"SourceTableName": "payments-sit", "TargetTableName": NAME},
    ),
    "foreign backup": (
        "dynamodb",
        "restore_table_from_backup",
        {"BackupArn": f"{ARN}users-sit/backup/01", "TargetTableName": NAME},
    ),
    "point": (
        "backup",
        "delete_recovery_point",
        {"BackupVaultName": "v1", "RecoveryPointArn": POINT},
    ),
    "restore point": (
        "backup",
        "start_restore_job",
        {"RecoveryPointArn": POINT, "Metadata": {"targetTableName": NAME}},
    ),
    "untagged job": (
        "backup",
        "start_backup_job",
        {"BackupVaultName": "v1", "ResourceArn": f"{ARN}users-sit", **ROLE},
    ),
    "job of another": (
        "backup",
        "start_backup_job",
        {
            "BackupVaultName": "v1",
            "ResourceArn": f"{ARN}payments-sit",
            "RecoveryPointTags": {TAG: NAME},
            **ROLE,
        },
    ),
    "scan": ("dynamodb", "scan", {"TableName": "payments-sit"}),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_nothing_but_a_drills_own_is_touched(door, case):
    """No declared table, foreign backup or foreign recovery point can be changed."""
    service, method, parameters = FOREIGN[case]
    with pytest.raises(RefusedError, match="refused"):
        getattr(door.client(service, "eu-west-1", "write"), method)(**parameters)


def test_the_policy_lets_nobody_change_a_declared_table():
    """The generated IAM policy allows changes of tables of a drill's name alone."""
    environment = load_environment("local")
    statements = policy(environment, load_declared(environment))["Statement"]
    for each in statements:
        if {"dynamodb:DeleteTable", "dynamodb:UpdateTable"} & set(each["Action"]):
            assert all(":table/conformance-suite-*" in it for it in each["Resource"])


def test_names_say_what_they_are_of():
    """A drill's name tells table, kind, time and run, and reads back the same."""
    ours = recognised(NAME)
    assert (ours.table, ours.kind, ours.run) == ("users-sit", "pitr", "0a1b2c3d")
    assert ours.name == NAME
    assert recognised(f"{NAME}0") is None
    assert recognised(NAME.replace("20260113", "20261313")) is None
