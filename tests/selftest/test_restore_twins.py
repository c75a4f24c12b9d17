"""Restores that go wrong in one way fail at exactly the criterion that is broken."""

import json
import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.selftest.twins import Twin, contract

TABLE = "users"
KINDS = ("backup", "pitr", "point")
ALLOWS = ["read", "data", "backup", "sandbox", "restore"]
SOON = {"backup_as_of_s": 0.5}
DRILL = ("RST-1", "RST-2", "RST-3", "RST-4", "RST-5", "RST-7")
MOMENT = re.compile(r"writing test items around (\S+)Z")
ELSEWHERE = """
[restore_into]
account = "{account}"
region = "eu-central-1"
vault = "copies"
access_key_id = "{account}"
"""


class Drilled(Twin):
    """An environment whose tables are drilled."""

    def drill(self, *criteria, table=TABLE):
        """Run the drills of these criteria."""
        return self.begin(*criteria, table=table).result()

    def begin(self, *criteria, table=TABLE):
        """Start a drill."""
        files = [f"--env={self.file}", f"--schemas={self.contract}"]
        wanted = f"{table} and ({' or '.join(criteria or DRILL)})"
        return self.suite.start(*files, "-m", "dr", "-k", wanted)

    def fill(self, count=6):
        """Put items of somebody else."""
        table = self.client("dynamodb")
        sample = self.declared["tables"][TABLE]["sample"]
        for number in range(count):
            other = {"S": f"somebody-{number}"}
            table.put_item(
                TableName=self.table(TABLE),
                Item={**sample, "user_id": other, "n": {"N": str(number)}},
            )

    def spoil(self, **settings):
        """Let restores of the table go wrong."""
        own = self.standin.control("settings")["dynamodb"]["of_table"]
        own |= {self.table(TABLE): settings}
        self.standin.control("settings", {"dynamodb": {"of_table": own}})

    def ours(self):
        """Every table, backup and recovery point that is not the environment's own."""
        found = []
        for account, region in ((self.account, "eu-west-1"), self.elsewhere):
            dynamodb = self.standin.client(account, "dynamodb", region)
            names = dynamodb.list_tables()["TableNames"]
            found += [it for it in names if not it.endswith(self.account)]
            backups = dynamodb.list_backups(BackupType="ALL")["BackupSummaries"]
            found += [it["BackupName"] for it in backups]
            backup = self.standin.client(account, "backup", region)
            for vault in backup.list_backup_vaults()["BackupVaultList"]:
                points = backup.list_recovery_points_by_backup_vault(
                    BackupVaultName=vault["BackupVaultName"]
                )["RecoveryPoints"]
                found += [
                    it["RecoveryPointArn"] for it in points if "CreatedBy" not in it
                ]
        return found

    @property
    def elsewhere(self):
        """Another account and region."""
        return f"8{self.account[1:]}", "eu-central-1"


@pytest.fixture(scope="module")
def one_table():
    """A contract of one table."""
    return contract(TABLE)


@pytest.fixture
def twin(aws, suite, one_table):
    """An environment with items of others in it, which may be drilled."""
    twin = Drilled(aws, suite)
    twin.declared = one_table
    more = ELSEWHERE.format(account=twin.elsewhere[0])
    twin.write(allows=ALLOWS, more=f"{targets(**SOON)}\n{more}")
    twin.deploy(one_table)
    twin.fill()
    yield twin
    aws.control("settings", {"dynamodb": {"of_table": {}}, "backup": {"outcomes": []}})
    aws.control("faults/clear", {})


def targets(**values):
    """A section of targets."""
    return "\n".join(["[targets]", *(f"{k} = {v}" for k, v in values.items())])


def failed(result, outcome="FAIL"):
    """The criteria with this outcome, and the kinds of restores they failed for."""
    found = result.found(outcome)
    assert result.run["complete"], result.output
    return {(name, subject.partition("/")[2]) for name, subject in found}


def test_a_sound_restore_passes_everything(twin):
    """Every kind of restore of a sound table passes, with phases and RPO in evidence.

    Neither a number in another spelling nor a set in another order is a difference.
    """
    twin.spoil(restore_flaw="respelt")
    before = twin.scan(TABLE)
    result = twin.drill(*DRILL, "RST-6")
    assert failed(result) == set()
    assert {it for it, _ in result.found("PASS")} == {*DRILL, "RST-6"}
    (rto,) = [
        it["numbers"]
        for it in result.run["findings"]
        if (it["criterion"], it["subject"]) == ("RST-3", f"{TABLE}/pitr")
    ]
    phase, _, end = rto["phases_s"][-1]
    assert phase == "settings repaired"
    assert end == pytest.approx(rto["rto_s"], abs=0.01)
    (rpo,) = [
        it["numbers"]
        for it in result.run["findings"]
        if (it["criterion"], it["subject"]) == ("RST-4", f"{TABLE}/pitr")
    ]
    assert rpo["newest_restored_write"] <= rpo["restored_to"]
    assert rpo["first_lost_write"] > rpo["newest_restored_write"]
    assert twin.ours() == []
    assert twin.scan(TABLE) == before


@pytest.mark.parametrize(
    "flaw",
    [
        "item missing",
        "item more",
        "attribute changed",
        "index missing",
        "encryption lost",
    ],
)
def test_a_flawed_restore_fails_where_it_is_flawed(twin, flaw):
    """What comes back wrong fails RST-1 and RST-2, and nothing else."""
    twin.spoil(restore_flaw=flaw)
    result = twin.drill()
    assert failed(result) == {
        ("RST-1", "pitr"),
        ("RST-2", "backup"),
        ("RST-2", "point"),
    }
    assert failed(result, "ERROR") == set()
    assert twin.ours() == []


@pytest.mark.parametrize("offset", [-1.0, 1.0])
def test_a_restore_to_another_second_fails(twin, offset):
    """A restore that misses its second by one fails RST-1."""
    twin.spoil(restore_offset=offset)
    assert failed(twin.drill()) == {("RST-1", "pitr")}


@pytest.mark.parametrize(
    ("target", "criterion", "kinds"),
    [
        ({"restore_rto_s": 0.01}, "RST-3", KINDS),
        ({"restore_rpo_s": 1}, "RST-4", ("pitr",)),
    ],
)
def test_what_takes_too_long_fails(twin, target, criterion, kinds):
    """A restore over its target fails at that target alone."""
    twin.spoil(latest_restorable_delay=2.0)
    twin.write(allows=ALLOWS, more=targets(**SOON, **target))
    result = twin.drill("RST-1", criterion)
    found = failed(result)
    assert {it for it, _ in found} == {criterion}
    assert {kind for _, kind in found} >= set(kinds)


def test_recovery_that_was_switched_on_too_late_fails(twin):
    """A second before recovery was on cannot be restored: RST-1 fails, and says why."""
    started = twin.begin("RST-1", "RST-3", "RST-7")
    said = until(lambda: MOMENT.search(started.log.read_text()))
    moment = datetime.combine(
        datetime.now(UTC),
        datetime.fromisoformat(f"2026-01-01T{said[1]}+00:00").timetz(),
    )
    until(lambda: datetime.now(UTC) > moment + timedelta(seconds=1.2))
    dynamodb = twin.client("dynamodb")
    for enabled in (False, True):
        dynamodb.update_continuous_backups(
            TableName=twin.table(TABLE),
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": enabled},
        )
    result = started.result()
    assert failed(result) >= {("RST-1", "pitr")}
    assert any("InvalidRestoreTime" in it for it in result.reasons("RST-1", "FAIL"))
    assert ("RST-3", f"{TABLE}/pitr") in result.found("NOT_ASSESSED")


def test_a_busy_source_is_not_comparable(twin):
    """A difference that may be a later write of others proves nothing, and says so."""
    started = twin.begin("RST-1")
    until(lambda: written(twin))
    until(lambda: touch(twin) or started.process.poll() is not None, 60)
    result = started.result()
    assert failed(result, "NOT_ASSESSED") == {("RST-1", "pitr")}
    (reason,) = result.reasons("RST-1", "NOT_ASSESSED")
    assert "later writes of others" in reason


def touch(twin):
    """Change every item of others, as a service does."""
    dynamodb = twin.client("dynamodb")
    for item in twin.scan(TABLE):
        if item["user_id"]["S"].startswith("somebody"):
            stamp = {"S": str(time.time())}
            dynamodb.put_item(TableName=twin.table(TABLE), Item={**item, "at": stamp})
    time.sleep(0.3)


def written(twin):
    """Whether the drill writes."""
    return any("conformance" in json.dumps(it) for it in twin.scan(TABLE))


def until(ask, seconds=60):
    """Wait for an answer that is true."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return answer


def test_a_drill_needs_to_be_allowed(twin):
    """Without its class in allows, nothing is made and nothing is proven."""
    twin.write(allows=["read", "data"], more=targets(**SOON))
    result = twin.drill("RST-1", "RST-7")
    assert result.status == 10
    assert failed(result, "NOT_ASSESSED") == {("RST-1", "pitr"), ("RST-7", "")}
    assert {it["operation"] for it in result.observations()}.isdisjoint(
        {"RestoreTableToPointInTime", "CreateBackup", "StartBackupJob", "DeleteTable"}
    )


def test_an_undeclared_destination_is_not_assessed(twin):
    """Where no other account or region is declared, RST-6 says that."""
    twin.write(allows=ALLOWS, more=targets(**SOON))
    result = twin.drill("RST-6")
    assert failed(result, "NOT_ASSESSED") == {("RST-6", "copy")}
    assert twin.ours() == []
