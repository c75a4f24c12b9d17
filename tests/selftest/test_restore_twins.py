"""Restores that go wrong in one way fail at exactly the criterion that is broken.

One drill restores many tables, each of them spoilt in its own way.
"""

import json
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.drills.parity import Shape, require_key
from conformance.drills.remains import Place
from conformance.environment import Elsewhere
from conformance.errors import NotAssessedError
from tests.selftest.twins import Suite, Twin, contract

TABLE = "users"
KINDS = ("backup", "pitr", "point")
ALLOWS = ["read", "data", "backup", "sandbox", "restore"]
SOON = {"backup_as_of_s": 0.5}
DRILL = ("RST-1", "RST-2", "RST-3", "RST-4", "RST-5", "RST-7")
EVERY = (*DRILL[:5], "RST-6", "RST-7")
CAMPAIGNS, ORDERS, PRODUCTS, TENANTS, USERS = FIVE = (
    *("campaigns", "orders", "products", "tenants", "users"),
)
MOMENT = re.compile(r"writing test items around (\S+)Z")
ELSEWHERE = """
[restore_into]
account = "{account}"
region = "eu-central-1"
vault = "copies"
kms_key_arn = "arn:aws:kms:eu-central-1:{account}:alias/restored"
access_key_id = "{account}"
"""


class Drilled(Twin):
    """An environment whose tables are drilled."""

    def drill(self, *criteria, table=TABLE):
        """Run the drills of these criteria."""
        return self.begin(*criteria, table=table).result()

    def begin(self, *criteria, table=TABLE):
        """Start a drill; of all tables where none is named."""
        files = [f"--env={self.file}", f"--schemas={self.contract}"]
        wanted = " or ".join(criteria or DRILL)
        wanted = f"{table} and ({wanted})" if table else wanted
        return self.suite.start(*files, "-m", "dr", "-k", wanted)

    def fill(self, count=6):
        """Put items of somebody else into every table."""
        client = self.client("dynamodb")
        for name, table in self.declared["tables"].items():
            key = table.get("sort_key", table["partition_key"])["name"]
            for number in range(count):
                own = {key: {"S": f"somebody-{number}"}, "n": {"N": str(number)}}
                client.put_item(
                    TableName=self.table(name), Item={**table["sample"], **own}
                )

    def spoil(self, spoilt):
        """Let restores of tables go wrong, by name; perhaps in one region alone."""
        own = self.standin.control("settings")["dynamodb"]["of_table"]
        for name, settings in spoilt.items():
            region, _, table = name.rpartition("/")
            own["/".join(filter(None, [region, self.table(table)]))] = settings
        self.standin.control("settings", {"dynamodb": {"of_table": own}})

    def switch_recovery(self, table, *, on):
        """Switch point-in-time recovery of a table on or off."""
        self.client("dynamodb").update_continuous_backups(
            TableName=self.table(table),
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": on},
        )

    def touch(self, table):
        """Change every item of others, as a service does."""
        for item in self.scan(table):
            if "somebody" in json.dumps(item):
                stamp = {"S": str(time.time())}
                self.client("dynamodb").put_item(
                    TableName=self.table(table), Item={**item, "at": stamp}
                )

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


def made(aws, suite, *tables):
    """An environment with items of others in it, which may be drilled."""
    twin = Drilled(aws, suite)
    twin.declared = contract(*tables)
    twin.write(allows=ALLOWS, more=into(twin))
    twin.deploy(twin.declared)
    twin.fill()
    return twin


def into(twin):
    """Sections of targets, and of where copies are restored."""
    return f"{targets(**SOON)}\n{ELSEWHERE.format(account=twin.elsewhere[0])}"


@pytest.fixture
def twin(aws, suite):
    """One table with items of others in it, which may be drilled."""
    twin = made(aws, suite, TABLE)
    yield twin
    _mend(aws)


@pytest.fixture(scope="module")
def five(aws, tmp_path_factory):
    """The five tables with items of others in them, which may be drilled."""
    yield made(aws, Suite(tmp_path_factory.mktemp("five")))
    _mend(aws)


def _mend(aws):
    aws.control("settings", {"dynamodb": {"of_table": {}}, "backup": {"outcomes": []}})
    aws.control("faults/clear", {})


def targets(**values):
    """A section of targets."""
    return "\n".join(["[targets]", *(f"{k} = {v}" for k, v in values.items())])


def failed(result, outcome="FAIL", table=TABLE):
    """The criteria with this outcome of a table, and the kinds of its restores."""
    assert result.run["complete"], result.output
    found = [(name, it.partition("/")) for name, it in result.found(outcome)]
    return {(name, kind) for name, (of, _, kind) in found if of == table}


def numbers(result, criterion, subject):
    """The numbers of the one finding of a criterion about a subject."""
    (found,) = [
        it["numbers"]
        for it in result.run["findings"]
        if (it["criterion"], it["subject"]) == (criterion, subject)
    ]
    return found


SHAPE = Shape("id", {}, "KMS ENABLED, CUSTOMER_MANAGED", "PAY_PER_REQUEST")
DOWNGRADED = replace(SHAPE, encryption="KMS ENABLED, AWS_MANAGED")
INTO = Elsewhere("1", "eu-west-1", "copies")


def place_of(into):
    """A place of an environment whose copies are restored into this."""
    environment = SimpleNamespace(restore_into=into, source=Path("prod.toml"))
    return Place(SimpleNamespace(environment=environment), "eu-west-1", frozenset())


def test_a_key_that_nobody_declared_decides_nothing():
    """A customer's key that came back as AWS's is not assessed, and says the cure."""
    with pytest.raises(NotAssessedError, match=r"kms_key_arn .* prod\.toml"):
        require_key(SHAPE, DOWNGRADED, place_of(INTO))


@pytest.mark.parametrize(
    ("source", "restored", "key"),
    [
        (SHAPE, DOWNGRADED, "arn:aws:kms:eu-west-1:1:key/1"),
        (SHAPE, replace(SHAPE, encryption="AWS_OWNED"), None),
        (SHAPE, replace(DOWNGRADED, indexes={"by_x": "x"}), None),
        (DOWNGRADED, DOWNGRADED, None),
    ],
    ids=["declared", "lost", "more differs", "AWS's own"],
)
def test_any_other_shape_is_compared(source, restored, key):
    """What differs in more than an undeclared key is decided by comparing."""
    require_key(source, restored, place_of(replace(INTO, kms_key_arn=key)))


def until(ask, seconds=60):
    """Wait for an answer that is true."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return answer


FLAWS = {
    CAMPAIGNS: "item missing",
    ORDERS: "item more",
    PRODUCTS: "attribute changed",
    TENANTS: "index missing",
    USERS: "encryption lost",
}


@pytest.fixture(scope="module")
def flawed(five):
    """A drill of five tables, whose restores have a flaw each."""
    five.spoil({name: {"restore_flaw": flaw} for name, flaw in FLAWS.items()})
    result = five.drill(*EVERY, table="")
    return result, five.ours()


@pytest.mark.parametrize("table", FLAWS, ids=FLAWS.get)
def test_a_flawed_restore_fails_where_it_is_flawed(flawed, table):
    """What comes back wrong fails RST-1, RST-2 and RST-6, and nothing else."""
    result, left = flawed
    wrong = {("RST-1", "pitr"), ("RST-6", "copy")}
    wrong |= {("RST-2", kind) for kind in ("backup", "point")}
    assert failed(result, "FAIL", table) == wrong, result.output
    assert failed(result, "ERROR", table) == set()
    assert left == []


@pytest.fixture(scope="module")
def mixed(five):
    """A drill of five tables: sound, at other seconds, and with one in the way."""
    five.write(allows=ALLOWS, more=into(five))
    five.spoil(
        {
            CAMPAIGNS: {"restore_offset": -1.0},
            ORDERS: {"restore_offset": 1.0},
            PRODUCTS: {},
            f"eu-central-1/{TENANTS}": {"restore_flaw": "index missing"},
            TENANTS: {},
            USERS: {"restore_flaw": "respelt"},
        }
    )
    before = {name: five.scan(name) for name in FIVE}
    refused = {"operation": "PutItem", "code": "AccessDeniedException"}
    five.fault(table=five.table(PRODUCTS), **refused)
    result = five.drill(*EVERY, table="")
    five.standin.control("faults/clear", {})
    assert five.ours() == []
    assert {name: five.scan(name) for name in FIVE} == before
    return result


def test_a_sound_restore_passes_everything(mixed):
    """Every kind of restore of a sound table passes, with phases and RPO in evidence.

    Neither a number in another spelling nor a set in another order is a difference.
    """
    assert failed(mixed, "FAIL", USERS) == set(), mixed.output
    assert {it for it, _ in failed(mixed, "PASS", USERS)} == set(EVERY)
    rto = numbers(mixed, "RST-3", f"{USERS}/pitr")
    phase, _, end = rto["phases_s"][-1]
    assert phase == "settings repaired"
    assert end == pytest.approx(rto["rto_s"], abs=0.01)
    rpo = numbers(mixed, "RST-4", f"{USERS}/pitr")
    assert rpo["newest_restored_write"] <= rpo["restored_to"]
    assert rpo["first_lost_write"] > rpo["newest_restored_write"]


@pytest.mark.parametrize("table", [CAMPAIGNS, ORDERS])
def test_a_restore_to_another_second_fails(mixed, table):
    """A restore that misses its second by one fails RST-1."""
    assert failed(mixed, "FAIL", table) == {("RST-1", "pitr")}
    assert failed(mixed, "ERROR", table) == set()


def test_a_copy_without_an_index_fails_elsewhere(mixed):
    """A table that is restored elsewhere without an index fails RST-6 alone."""
    assert failed(mixed, "FAIL", TENANTS) == {("RST-6", "copy")}
    assert failed(mixed, "ERROR", TENANTS) == set()
    (wrong,) = [
        it
        for it in mixed.run["findings"]
        if (it["outcome"], it["subject"]) == ("FAIL", f"{TENANTS}/copy")
    ]
    assert "has_the_shape_of_its_source" in wrong["test"]


def assert_alone_in_error(result, table, kinds):
    """Nothing is known of one table's restores; of the others nothing is in doubt."""
    wrong = failed(result, "ERROR", table)
    assert wrong >= {("RST-1", "pitr"), ("RST-3", "pitr")}, result.output
    assert {kind for _, kind in wrong} == {"", *kinds}
    assert {it for it, _ in wrong} >= {"RST-1", "RST-2", "RST-7"}
    assert failed(result, "FAIL", table) == set()


def test_a_table_that_takes_no_write_is_an_error_of_its_own(mixed):
    """A refused write of the drill is the ERROR of that table; all others go on."""
    assert_alone_in_error(mixed, PRODUCTS, (*KINDS, "copy"))
    assert {it.partition("/")[0] for _, it in mixed.found("ERROR")} == {PRODUCTS}
    assert any("AccessDenied" in it for it in mixed.reasons("RST-1", "ERROR"))


@pytest.fixture(scope="module")
def disturbed(five):
    """A drill of five tables, in which somebody else meddles.

    The latest restorable time of one is 6 s behind, of the others it is now.
    """
    five.write(allows=ALLOWS, more=targets(**SOON, restore_rpo_s=4))
    behind = dict.fromkeys(FIVE, 0.0) | {USERS: 6.0}
    five.spoil({it: {"latest_restorable_delay": s} for it, s in behind.items()})
    refused = {"code": "AccessDeniedException"}
    five.fault(operation="Scan", table=five.table(PRODUCTS), **refused)
    five.fault(operation="DescribeTimeToLive", table=five.table(TENANTS), **refused)
    started = five.begin(table="")
    said = until(lambda: MOMENT.search(started.log.read_text()))
    moment = datetime.combine(
        datetime.now(UTC),
        datetime.fromisoformat(f"2026-01-01T{said[1]}+00:00").timetz(),
    )
    until(lambda: datetime.now(UTC) > moment - timedelta(seconds=1))
    five.touch(CAMPAIGNS)
    until(lambda: datetime.now(UTC) > moment + timedelta(seconds=1.2))
    five.touch(CAMPAIGNS)
    for on in (False, True):
        five.switch_recovery(ORDERS, on=on)
    result = started.result()
    five.standin.control("faults/clear", {})
    assert five.ours() == []
    return result


def test_recovery_that_was_switched_on_too_late_fails(disturbed):
    """A second before recovery was on cannot be restored: RST-1 fails, and says why."""
    assert failed(disturbed, "FAIL", ORDERS) == {("RST-1", "pitr")}, disturbed.output
    assert any("InvalidRestoreTime" in it for it in disturbed.reasons("RST-1", "FAIL"))
    assert failed(disturbed, "NOT_ASSESSED", ORDERS) >= {("RST-3", "pitr")}


def test_a_busy_source_is_not_comparable(disturbed):
    """A difference that may be a later write of others proves nothing, and says so."""
    assert failed(disturbed, "FAIL", CAMPAIGNS) == set()
    unknown = failed(disturbed, "NOT_ASSESSED", CAMPAIGNS)
    assert unknown == {("RST-1", "pitr"), ("RST-2", "backup"), ("RST-2", "point")}
    said = disturbed.reasons("RST-1", "NOT_ASSESSED")
    assert any("later writes of others" in it for it in said)


def test_a_restore_that_loses_too_much_fails(disturbed):
    """An RPO over its target fails RST-4 alone, where the loss is."""
    assert failed(disturbed, "FAIL", USERS) == {("RST-4", "pitr")}, disturbed.output
    assert numbers(disturbed, "RST-4", f"{USERS}/pitr")["rpo_s"] > 6
    assert {it for it, _ in failed(disturbed, "PASS", USERS)} == set(DRILL)


@pytest.mark.parametrize("table", [PRODUCTS, TENANTS])
def test_a_table_that_cannot_be_read_is_an_error_of_its_own(disturbed, table):
    """Unreadable items or settings are the ERROR of that table; all others go on."""
    assert_alone_in_error(disturbed, table, KINDS)
    errors = {it.partition("/")[0] for _, it in disturbed.found("ERROR")}
    assert errors == {PRODUCTS, TENANTS}


def test_a_restore_that_takes_too_long_fails(twin):
    """An RTO over its target fails RST-3 alone, in every way that is restored.

    Where no other account or region is declared, RST-6 is not assessed.
    """
    twin.write(allows=ALLOWS, more=targets(**SOON, restore_rto_s=0.01))
    result = twin.drill(*EVERY)
    assert failed(result) == {("RST-3", kind) for kind in KINDS}, result.output
    assert failed(result, "NOT_ASSESSED") == {("RST-6", "copy")}
    assert twin.ours() == []


def test_what_cannot_be_removed_is_an_error_of_its_own(twin):
    """A refused removal is the ERROR of RST-7 alone; all else is removed."""
    twin.fault(operation="DeleteBackup", code="AccessDeniedException")
    result = twin.drill()
    assert failed(result, "ERROR") == {("RST-7", "")}, result.output
    assert failed(result) == set()
    assert {it for it, _ in failed(result, "PASS")} >= {*DRILL[:5]}
    (left,) = twin.ours()
    assert "-backup-" in left


def test_a_drill_needs_to_be_allowed(twin):
    """Without its class in allows, nothing is made and nothing is proven."""
    twin.write(allows=["read", "data"], more=targets(**SOON))
    result = twin.drill("RST-1", "RST-7")
    assert result.status == 10
    assert failed(result, "NOT_ASSESSED") == {("RST-1", "pitr"), ("RST-7", "")}
    assert {it["operation"] for it in result.observations()}.isdisjoint(
        {"RestoreTableToPointInTime", "CreateBackup", "StartBackupJob", "DeleteTable"}
    )
