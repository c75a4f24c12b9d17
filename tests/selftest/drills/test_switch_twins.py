"""Writers switch to the other region and back; what gets lost is named.

One drill switches many tables, each of them spoilt in its own way.
"""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest

from conformance.drills import switching
from conformance.drills.switching import LEG, SwitchResult
from conformance.drills.write_conflicts import FEW, NumberedWrite, WriteConflicts
from conformance.model import suite_keys
from conformance.model.errors import NotAssessedError, UnreadableError
from tests.selftest.faulty_proxy import between
from tests.selftest.polling import until
from tests.selftest.twin_env import Suite, Twin, contract

HERE, THERE = "af-south-1", "eu-west-1"
BOTH = ("DRX-1", "DRX-2")
ALLOWS = ["read", "data", "restore"]
SOUND, LAGS, REPLICA_STILL, PRIMARY_STILL, LOSES_ONE = (
    *("campaigns", "orders", "products", "tenants", "users"),
)
LOST = 3
"""The number of the write that is lost on its way back."""
KEYS = ("campaign_id", "order_id", "product_id", "user_id", "tenant_id")


class Switched(Twin):
    """An environment of two regions."""

    def begin(self, *criteria):
        """Start the drill."""
        files = [f"--env={self.file}", f"--schemas={self.contract}"]
        wanted = " or ".join(criteria or BOTH)
        return self.suite.start(*files, "-m", "dr", "-k", wanted)

    def spoil(self, spoilt):
        """Let replication to a region go wrong, by region and table."""
        own = {
            f"{at}/{self.table(name)}": settings
            for (at, name), settings in spoilt.items()
        }
        self.standin.control("settings", {"dynamodb": {"of_table": own}})

    def numbered(self, table, region):
        """The numbered writes that a region holds, by slot."""
        items = self.scan(table, region)
        return {slot_of(item): item for item in items if "conformance_beat" in item}

    def lose(self, table, slot):
        """Delete what the other region wrote, once it has arrived in this one."""
        until(lambda: slot in self.numbered(table, HERE))
        item = self.numbered(table, HERE)[slot]
        names = {"users": ("tenant_id", "user_id")}.get(table, (f"{table[:-1]}_id",))
        self.client("dynamodb", HERE).delete_item(
            TableName=self.table(table), Key={name: item[name] for name in names}
        )


def slot_of(item):
    """The slot that an item of ours is in, as its key says."""
    name = next(key for key in KEYS if key in item)
    return int(item[name]["S"].rpartition("-")[2])


@pytest.fixture(scope="module")
def place(aws, tmp_path_factory):
    """Make environments of two regions; put the stand-in right afterwards."""

    def made(*tables, endpoint=None, more=""):
        twin = Switched(aws, Suite(tmp_path_factory.mktemp("switch")), (HERE, THERE))
        twin.write(allows=ALLOWS, judged_as="prod")
        twin.deploy(contract(*tables))
        twin.write(allows=ALLOWS, judged_as="prod", endpoint=endpoint, more=more)
        return twin

    yield made
    aws.control("settings", {"dynamodb": {"of_table": {}}})
    aws.control("faults/clear", {})


def criteria(result, outcome, table):
    """The criteria with this outcome for a table."""
    return {name for name, subject in result.found(outcome) if subject == table}


def numbers(result, table):
    """The numbers of both switches of a table, by criterion."""
    return {
        finding["criterion"]: finding["numbers"]
        for finding in result.run["findings"]
        if finding["subject"] == table
    }


def reasons(result, table):
    """What the findings of a table say."""
    return [
        finding["reason"]
        for finding in result.run["findings"]
        if finding["subject"] == table
    ]


@pytest.fixture(scope="module")
def switched(place):
    """One drill of five tables: one is sound, and replication of the others is not."""
    twin = place()
    still = {"replication_paused": True}
    twin.spoil(
        {
            (THERE, LAGS): {"replication_lag": 1.5},
            (THERE, REPLICA_STILL): still,
            (HERE, PRIMARY_STILL): still,
        }
    )
    started = twin.begin()
    twin.lose(LOSES_ONE, LEG + LOST)
    result = started.result()
    assert result.run["complete"], result.output
    assert {criterion for criterion, _ in result.found("ERROR")} == set(), result.output
    return twin, result


def test_writers_switch_there_and_back(switched):
    """Nothing is lost, the times are in the evidence, and it says what it was."""
    twin, result = switched
    assert criteria(result, "PASS", SOUND) == set(BOTH)
    assert criteria(result, "FAIL", SOUND) == set()
    for measured in numbers(result, SOUND).values():
        assert (measured["writes_acknowledged"], measured["writes_missing"]) == (15, 0)
        assert (measured["items_contested"], measured["conflicts"]) == (FEW, 0)
        assert "switchover" in measured["how"]
        assert measured["switch_s"] > 0
    assert twin.numbered(SOUND, HERE) | twin.numbered(SOUND, THERE) == {}


def test_conflicts_that_the_newer_write_wins_are_counted(switched):
    """Items that are gone on with before their last write arrived are conflicts."""
    _, result = switched
    assert criteria(result, "PASS", LAGS) == set(BOTH)
    assert criteria(result, "FAIL", LAGS) == set()
    found = numbers(result, LAGS)
    assert sum(measured["writes_undone"] for measured in found.values()) == 0
    assert 0 < found["DRX-1"]["conflicts"] <= FEW
    assert found["DRX-2"]["conflicts"] == 0
    assert sum(measured["conflicts_unsettled"] for measured in found.values()) == 0


def test_a_replica_that_stands_still_at_failover_fails(switched):
    """Acknowledged writes that never arrive fail DRX-1 alone, and are named."""
    _, result = switched
    assert criteria(result, "FAIL", REPLICA_STILL) == {"DRX-1"}
    said = "".join(reasons(result, REPLICA_STILL))
    assert re.search(r"write 0, \d", said)
    found = numbers(result, REPLICA_STILL)["DRX-1"]
    assert (found["conflicts"], found["writes_undone"]) == (FEW, 0)
    assert found["conflicts_unsettled"] == FEW


def test_a_primary_that_stands_still_at_failback_fails(switched):
    """Writes of the DR region that never come back fail DRX-2 alone."""
    _, result = switched
    assert criteria(result, "FAIL", PRIMARY_STILL) == {"DRX-2"}
    found = numbers(result, PRIMARY_STILL)["DRX-2"]
    assert (found["conflicts"], found["writes_undone"]) == (FEW, 0)


def test_one_write_lost_in_failback_fails(switched):
    """One acknowledged write of the DR region that is gone fails DRX-2, by number."""
    _, result = switched
    assert criteria(result, "FAIL", LOSES_ONE) == {"DRX-2"}
    assert numbers(result, LOSES_ONE)["DRX-2"]["writes_missing"] == 1
    assert any(f"write {LOST}," in reason for reason in reasons(result, LOSES_ONE))


def written(slot, region, nonce, acknowledged):
    """A write that replaced nothing."""
    item = {"conformance_nonce": nonce, "conformance_beat": 1}
    return NumberedWrite(slot, region, item, None, acknowledged)


@pytest.mark.parametrize(("until", "unsettled"), [(9.0, ("item 2",)), (10.0, ())])
def test_a_conflict_is_settled_once_the_earlier_write_has_arrived(until, unsettled):
    """Where nothing after an earlier write arrived, it may still undo the later one."""
    conflicts = WriteConflicts(240)
    conflicts.before(written(242, HERE, "a", 10.0))
    conflicts.after(written(242, THERE, "b", 11.0))
    assert conflicts.conflicts == 1
    assert conflicts.unsettled(until) == unsettled


def test_a_conflict_whose_end_was_not_seen_is_not_assessed():
    """It passes nothing, and hides no write that is known to be gone."""
    with pytest.raises(NotAssessedError, match="item 2"):
        _ = SwitchResult(unsettled=("item 2",)).lost
    assert SwitchResult(unsettled=("item 2",), gone=("write 0",)).lost == ("write 0",)
    assert SwitchResult().lost == ()


def test_what_cannot_be_seen_to_be_gone_is_an_error(monkeypatch):
    """Slots that DynamoDB does not get to are not taken for empty."""
    monkeypatch.setattr(switching, "shown", lambda *_: {})
    name = SimpleNamespace(deployed=SimpleNamespace(name="users-sit"))
    markers = SimpleNamespace(patience=timedelta(seconds=0.1))
    declared = SimpleNamespace(replication=SimpleNamespace(markers=markers))
    way = switching.Switching(name, name, declared)
    way.clear()
    with pytest.raises(UnreadableError, match="unread"):
        raise way.error


def test_every_slot_of_a_switch_is_one_that_a_sweep_looks_in():
    """What a killed switch leaves is found, as it is in the suite_keys."""
    assert switching.SLOTS <= suite_keys.SLOTS


OLDER_WINS = {"tenants": ("DRX-1", 3 * LEG), "users": ("DRX-2", 3 * LEG + FEW)}
"""At which switch the older write of an item wins, and the first slot of its items."""


def older_wins():
    """Answer each write, and let an earlier one of the other region come after it."""
    written = {}

    def misbehave(call):
        answer = call.send()
        item = call.parameters.get("Item", {})
        table = call.parameters.get("TableName", "").partition("-")[0]
        if call.operation == "PutItem" and "conformance_beat" in item:
            _, first = OLDER_WINS[table]
            nonce = item["conformance_nonce"]
            earlier = written.setdefault((table, slot_of(item)), item)
            if earlier["conformance_nonce"] == nonce:
                written[table, slot_of(item)] = item
            elif first <= slot_of(item) < first + FEW:
                call.send(Item=earlier, ReturnValues=None)
        return answer

    return misbehave


@pytest.fixture(scope="module")
def undone(place, aws):
    """A drill of two tables whose older writes win, each at another switch."""
    with between(aws.endpoint, older_wins()) as endpoint:
        return place(*OLDER_WINS, endpoint=endpoint).begin().result()


@pytest.mark.parametrize("table", OLDER_WINS)
def test_a_newer_write_that_an_older_one_undoes_is_lost(undone, table):
    """An acknowledged write that the one before the switch undoes fails there alone."""
    criterion, _ = OLDER_WINS[table]
    assert criteria(undone, "FAIL", table) == {criterion}, undone.output
    assert criteria(undone, "ERROR", table) == set()
    here, there = (HERE, THERE) if criterion == "DRX-1" else (THERE, HERE)
    said = "".join(reasons(undone, table))
    assert f"in {there} holds the earlier write of {here}, " in said
    assert f"not the acknowledged later one of {there}, " in said
    both = numbers(undone, table)
    assert both[criterion]["writes_undone"] == 2 * FEW
    assert sum(
        measured["writes_undone"] + measured["writes_missing"]
        for measured in both.values()
    ) == (2 * FEW)


def test_a_region_that_goes_down_is_switched_away_from(place):
    """The primary is taken down from outside: writers go on in the other region."""
    twin = place("tenants")
    started = twin.begin("DRX-1")
    until(lambda: len(twin.numbered("tenants", HERE)) > 10)
    twin.fault(service="dynamodb", region=HERE, reset=True)
    until(lambda: LEG in twin.numbered("tenants", THERE))
    twin.standin.control("faults/clear", {})
    result = started.result()
    assert criteria(result, "PASS", "tenants") == {"DRX-1"}, result.output
    assert all(
        "stopped answering" in finding["numbers"]["how"]
        for finding in result.run["findings"]
    )


def test_a_right_that_is_taken_away_is_no_region_that_goes_down(place):
    """Writes that are denied in the middle are an ERROR: nothing was switched."""
    twin = place("tenants")
    started = twin.begin("DRX-1")
    until(lambda: len(twin.numbered("tenants", HERE)) > 10)
    twin.fault(operation="PutItem", region=HERE, code="AccessDeniedException")
    result = started.result()
    twin.standin.control("faults/clear", {})
    assert criteria(result, "ERROR", "tenants") == {"DRX-1"}, result.output
    assert criteria(result, "PASS", "tenants") == set()


def test_a_slow_switch_fails_its_target(place):
    """A first write there that comes too late fails at the time alone."""
    result = place("tenants", more="[targets]\nswitch_s = 0.001").begin().result()
    assert criteria(result, "FAIL", "tenants") == set(BOTH)
    failed = {
        finding["test"].partition("::")[2].partition("[")[0]
        for finding in result.run["findings"]
        if finding["outcome"] == "FAIL"
    }
    assert failed == {
        "test_writers_reach_the_dr_region_in_time",
        "test_writers_return_to_the_primary_region_in_time",
    }
