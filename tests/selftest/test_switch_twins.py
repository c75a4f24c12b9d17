"""Writers switch to the other region and back; what gets lost is named."""

import json
import re
import time

import pytest

from tests.selftest.twins import Twin, contract

HERE, THERE = "af-south-1", "eu-west-1"
TABLE = "tenants"
BOTH = ("DRX-1", "DRX-2")
ALLOWS = ["read", "data", "restore"]


class Switched(Twin):
    """An environment of two regions."""

    def begin(self, *criteria):
        """Start the drill."""
        files = [f"--env={self.file}", f"--schemas={self.contract}"]
        wanted = " or ".join(criteria or BOTH)
        return self.suite.start(*files, "-m", "dr", "-k", wanted)

    def pause(self, region):
        """Let nothing arrive in a region."""
        own = {f"{region}/{self.table(TABLE)}": {"replication_paused": True}}
        self.standin.control("settings", {"dynamodb": {"of_table": own}})

    def numbers(self, region):
        """The numbered writes that a region holds."""
        return [it for it in self.scan(TABLE, region) if "conformance_beat" in it]


@pytest.fixture
def twin(aws, suite):
    """Two regions, and nothing on its way."""
    twin = Switched(aws, suite, (HERE, THERE))
    twin.write(allows=ALLOWS, judged_as="prod")
    twin.deploy(contract(TABLE))
    yield twin
    aws.control("settings", {"dynamodb": {"of_table": {}}})
    aws.control("faults/clear", {})


def until(ask, seconds=60):
    """Wait for an answer that is true."""
    deadline = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def criteria(result, outcome):
    """The criteria with this outcome."""
    return {name for name, _ in result.found(outcome)}


def test_writers_switch_there_and_back(twin):
    """Nothing is lost, the times are in the evidence, and it says what it was."""
    result = twin.begin().result()
    assert criteria(result, "PASS") == set(BOTH), result.output
    numbers = [it["numbers"] for it in result.run["findings"]]
    assert all(it["writes_acknowledged"] == 15 for it in numbers)
    assert all("switchover" in it["how"] for it in numbers)
    assert all(it["switch_s"] > 0 for it in numbers)
    assert twin.numbers(HERE) + twin.numbers(THERE) == []


def test_a_region_that_goes_down_is_switched_away_from(twin):
    """The primary is taken down from outside: writers go on in the other region."""
    started = twin.begin("DRX-1")
    until(lambda: len(twin.numbers(HERE)) > 5)
    twin.fault(service="dynamodb", region=HERE, reset=True)
    until(lambda: len(twin.numbers(THERE)) > 15)
    twin.standin.control("faults/clear", {})
    result = started.result()
    assert criteria(result, "PASS") == {"DRX-1"}, result.output
    assert all(
        "stopped answering" in it["numbers"]["how"] for it in result.run["findings"]
    )


def test_a_replica_that_stands_still_at_failover_fails(twin):
    """Acknowledged writes that never arrive fail DRX-1, and are named."""
    twin.pause(THERE)
    result = twin.begin().result()
    assert criteria(result, "FAIL") == {"DRX-1"}, result.output
    (reason,) = result.reasons("DRX-1", "FAIL")
    assert re.search(r"write 0, \d", reason)


def test_a_primary_that_stands_still_at_failback_fails(twin):
    """Writes of the DR region that never come back fail DRX-2 alone."""
    twin.pause(HERE)
    result = twin.begin().result()
    assert criteria(result, "FAIL") == {"DRX-2"}, result.output


def test_one_write_lost_in_failback_fails(twin):
    """One acknowledged write of the DR region that is gone fails DRX-2, by number."""
    started = twin.begin()
    until(lambda: len(twin.numbers(THERE)) > 20)
    (key,) = [
        {"tenant_id": it["tenant_id"]}
        for it in twin.numbers(THERE)
        if it["tenant_id"]["S"].endswith("0083")
    ]
    time.sleep(0.2)
    twin.client("dynamodb", HERE).delete_item(TableName=twin.table(TABLE), Key=key)
    result = started.result()
    assert criteria(result, "FAIL") == {"DRX-2"}, result.output
    assert any("write 3," in it for it in result.reasons("DRX-2", "FAIL"))


def test_a_slow_switch_fails_its_target(twin):
    """A first write there that comes too late fails at the time alone."""
    twin.write(allows=ALLOWS, judged_as="prod", more="[targets]\nswitch_s = 0.001")
    result = twin.begin("DRX-1").result()
    assert criteria(result, "FAIL") == {"DRX-1"}
    assert "0.001" in json.dumps(list(result.reasons("DRX-1", "FAIL")))
