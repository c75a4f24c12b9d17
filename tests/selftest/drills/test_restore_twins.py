"""Restores that go wrong in one way fail at exactly the criterion that is broken.

One drill restores many tables, each of them spoilt in its own way.
"""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.selftest.drills.drill_env import (
    ALLOWS,
    DRILL,
    SOON,
    TABLE,
    into,
    made,
    mend,
    targets,
)
from tests.selftest.polling import until
from tests.selftest.twin_env import Suite

KINDS = ("backup", "pitr", "point")
EVERY = (*DRILL[:5], "RST-6", "RST-7")
CAMPAIGNS, ORDERS, PRODUCTS, TENANTS, USERS = FIVE = (
    *("campaigns", "orders", "products", "tenants", "users"),
)
MOMENT = re.compile(r"writing test items around (\S+)Z")


@pytest.fixture(scope="module")
def five(aws, tmp_path_factory):
    """The five tables with items of others in them, which may be drilled."""
    yield made(aws, Suite(tmp_path_factory.mktemp("five")))
    mend(aws)


def failed(result, outcome="FAIL", table=TABLE):
    """The criteria with this outcome of a table, and the kinds of its restores."""
    assert result.run["complete"], result.output
    found = [(name, subject.partition("/")) for name, subject in result.found(outcome)]
    return {(name, kind) for name, (of, _, kind) in found if of == table}


def numbers(result, criterion, subject):
    """The numbers of the one finding of a criterion about a subject."""
    (found,) = [
        finding["numbers"]
        for finding in result.run["findings"]
        if (finding["criterion"], finding["subject"]) == (criterion, subject)
    ]
    return found


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
    assert {criterion for criterion, _ in failed(mixed, "PASS", USERS)} == set(EVERY)
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
        finding
        for finding in mixed.run["findings"]
        if (finding["outcome"], finding["subject"]) == ("FAIL", f"{TENANTS}/copy")
    ]
    assert "has_the_shape_of_its_source" in wrong["test"]


def assert_alone_in_error(result, table, kinds):
    """Nothing is known of one table's restores; of the others nothing is in doubt."""
    wrong = failed(result, "ERROR", table)
    assert wrong >= {("RST-1", "pitr"), ("RST-3", "pitr")}, result.output
    assert {kind for _, kind in wrong} == {"", *kinds}
    assert {criterion for criterion, _ in wrong} >= {"RST-1", "RST-2", "RST-7"}
    assert failed(result, "FAIL", table) == set()


def test_a_table_that_takes_no_write_is_an_error_of_its_own(mixed):
    """A refused write of the drill is the ERROR of that table; all others go on."""
    assert_alone_in_error(mixed, PRODUCTS, (*KINDS, "copy"))
    assert {subject.partition("/")[0] for _, subject in mixed.found("ERROR")} == {
        PRODUCTS
    }
    assert any("AccessDenied" in reason for reason in mixed.reasons("RST-1", "ERROR"))


@pytest.fixture(scope="module")
def disturbed(five):
    """A drill of five tables, in which somebody else meddles.

    The latest restorable time of one is 6 s behind, of the others it is now.
    """
    five.write(allows=ALLOWS, more=targets(**SOON, restore_rpo_s=4))
    behind = dict.fromkeys(FIVE, 0.0) | {USERS: 6.0}
    five.spoil({table: {"latest_restorable_delay": s} for table, s in behind.items()})
    refused = {"code": "AccessDeniedException"}
    five.fault(operation="Scan", table=five.table(PRODUCTS), **refused)
    five.fault(operation="DescribeTimeToLive", table=five.table(TENANTS), **refused)
    started = five.begin(table="")
    said = until(lambda: MOMENT.search(started.log.read_text(encoding="utf-8")))
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
    assert any(
        "InvalidRestoreTime" in reason for reason in disturbed.reasons("RST-1", "FAIL")
    )
    assert failed(disturbed, "NOT_ASSESSED", ORDERS) >= {("RST-3", "pitr")}


def test_a_busy_source_is_not_comparable(disturbed):
    """A difference that may be a later write of others proves nothing, and says so."""
    assert failed(disturbed, "FAIL", CAMPAIGNS) == set()
    unknown = failed(disturbed, "NOT_ASSESSED", CAMPAIGNS)
    assert unknown == {("RST-1", "pitr"), ("RST-2", "backup"), ("RST-2", "point")}
    said = disturbed.reasons("RST-1", "NOT_ASSESSED")
    assert any("later writes of others" in reason for reason in said)


def test_a_restore_that_loses_too_much_fails(disturbed):
    """An RPO over its target fails RST-4 alone, where the loss is."""
    assert failed(disturbed, "FAIL", USERS) == {("RST-4", "pitr")}, disturbed.output
    assert numbers(disturbed, "RST-4", f"{USERS}/pitr")["rpo_s"] > 6
    assert {criterion for criterion, _ in failed(disturbed, "PASS", USERS)} == set(
        DRILL
    )


@pytest.mark.parametrize("table", [PRODUCTS, TENANTS])
def test_a_table_that_cannot_be_read_is_an_error_of_its_own(disturbed, table):
    """Unreadable items or settings are the ERROR of that table; all others go on."""
    assert_alone_in_error(disturbed, table, KINDS)
    errors = {subject.partition("/")[0] for _, subject in disturbed.found("ERROR")}
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
    assert {criterion for criterion, _ in failed(result, "PASS")} >= {*DRILL[:5]}
    (left,) = twin.ours()
    assert "-backup-" in left


def test_a_drill_needs_to_be_allowed(twin):
    """Without its class in allows, nothing is made and nothing is proven."""
    twin.write(allows=["read", "data"], more=targets(**SOON))
    result = twin.drill("RST-1", "RST-7")
    assert result.status == 10
    assert failed(result, "NOT_ASSESSED") == {("RST-1", "pitr"), ("RST-7", "")}
    assert {
        observation["operation"] for observation in result.observations()
    }.isdisjoint(
        {"RestoreTableToPointInTime", "CreateBackup", "StartBackupJob", "DeleteTable"}
    )
