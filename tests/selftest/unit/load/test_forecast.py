"""What a load will use and cost, and which partition it is too much for: by hand."""

from dataclasses import replace

import pytest

from conformance.config.declared.load import Phase, TableLoad
from conformance.load.forecast import forecast, units_per_s
from conformance.load.load_schedule import LoadSchedule
from conformance.load.partitions import busiest_values
from conformance.model.cost_estimate import Price
from tests.selftest.own_contract import own_declared, own_environment

DECLARED = own_declared(own_environment("sit"))
TABLES = DECLARED.tables
PUT, GET = {"put": 100}, {"get": 100}


def part(*, writes=PUT, reads=GET, w=0.0, r=0.0, item_bytes=1000, **more):
    """A table's part of a load."""
    rest = {"keys": "uniform", "distinct": {}, "query_items": 10} | more
    return TableLoad(w, r, writes, reads, item_bytes, **rest)


@pytest.mark.parametrize(
    ("table", "operation", "units"),
    [
        # 1500 bytes are 2 units, in the table and in each of two indexes.
        ("users", "put", 100 * 2 * 3),
        ("users", "update", 100 * 2 * 3),
        ("users", "conditional_put", 100 * 2 * 3),
        # Two items at twice the units, and their four index entries once.
        ("users", "transact_write", 100 * (2 * 2 * 2 + 4 * 2)),
        # One of three indexes does not hold what a write changes.
        ("products", "put", 100 * 2 * 3),
        ("orders", "put", 100 * 2 * 4),
    ],
)
def test_a_write_uses_units_of_every_index_that_it_changes(table, operation, units):
    """A write is paid for once in the table, and once in each index."""
    load = part(writes={operation: 100}, w=100, item_bytes=1500)
    assert units_per_s(TABLES[table], load, 1000) == (units, 0)


@pytest.mark.parametrize(
    ("operation", "units"),
    [
        ("get", 100 * 2 / 2),
        ("get_strong", 100 * 2),
        ("batch_get", 100 * 10 * 2 / 2),
        # By e-mail one item, 2 units; by organization ten, 50,000 bytes: 13 units.
        ("query", 50 * 2 / 2 + 50 * 13 / 2),
    ],
)
def test_a_read_uses_units_by_what_it_returns(operation, units):
    """5000 bytes are 2 units, half of that unless strongly consistent."""
    distinct = {"organization_id": 100}
    load = part(reads={operation: 100}, r=100, item_bytes=5000, distinct=distinct)
    assert units_per_s(TABLES["users"], load, 1000) == (0, units)


def _of(table, load, items=1000):
    return {value.index: value for value in busiest_values(TABLES[table], load, items)}


def _warned(table, load, items=1000):
    return [
        line
        for value in busiest_values(TABLES[table], load, items)
        for line in value.warnings
    ]


def test_a_partition_takes_a_thousand_write_units():
    """All items have one status: its partition gets every write, and no other does."""
    values = {"customer_id": 1000, "status": 1, "order_date": 1000}
    assert _warned("orders", part(w=999, distinct=values)) == []
    (warning,) = _warned("orders", part(w=1001, distinct=values))
    assert warning.startswith(
        "orders/OrdersByStatus: its busiest value of 1 gets 1001 "
    )
    assert "one partition takes 1000" in warning


def test_a_partition_takes_three_thousand_read_units():
    """Queries of the one status read ten items of 800 bytes: one unit each."""
    load = {"reads": {"query": 100}, "item_bytes": 800}
    load |= {"distinct": {"customer_id": 10, "status": 1, "order_date": 10}}
    assert _warned("orders", part(r=8997, **load)) == []
    (warning,) = _warned("orders", part(r=9003, **load))
    assert warning.startswith(
        "orders/OrdersByStatus: its busiest value of 1 gets 3001 "
    )
    assert "read units a second, one partition takes 3000" in warning


@pytest.mark.parametrize(
    ("keys", "share"),
    [("uniform", 1 / 100), ("zipf", 1 / 5.187378), ("hot", 1 / 2)],
)
def test_the_busiest_item_gets_its_share_of_the_table(keys, share):
    """Of 100 items: all alike, the first by Zipf's law, or one that takes half."""
    found = _of("tenants", part(keys=keys, w=1000, r=4000), items=100)[""]
    assert found.writes == pytest.approx(1000 * share)
    assert found.reads == pytest.approx(4000 * share / 2)


def test_what_falls_on_one_value_of_an_index_adds_up():
    """Items take turns: of 100 items every 25th has the same of 25 organizations."""
    load = part(w=1000, reads={"query": 100}, r=500, distinct={"organization_id": 25})
    found = _of("tenants", load, items=100)["TenantsByOrganization"]
    assert found.values == 25
    assert found.writes == pytest.approx(1000 / 25)
    assert found.reads == pytest.approx(500 / 25 * 0.5)


def test_pairs_and_batches_reach_more_than_the_chosen_item():
    """A transaction writes the next item too, a batch reads ten of them."""
    load = part(writes={"transact_write": 100}, w=100, reads={"batch_get": 100}, r=100)
    found = _of("tenants", load, items=100)
    assert found[""].writes == pytest.approx(100 * 2 * 2 / 100)
    assert found[""].reads == pytest.approx(100 * 10 / 2 / 100)
    assert found["TenantsByOrganization"].writes == pytest.approx(100 * 2 / 100)


def test_an_index_that_no_write_changes_has_no_hot_partition():
    """What ProductsByAvailability holds of an item stays the same."""
    distinct = {"category": 1000, "price_range": 1000, "availability": 1}
    assert _warned("products", part(w=5000, distinct=distinct)) == []


def _schedule(load):
    whole = replace(DECLARED.load, items=10, tables={"users": load})
    phases = (Phase("ramp", 10, 0.0, 1.0), Phase("steady", 5, 1.0, 1.0))
    return LoadSchedule(whole, phases, ())


def _forecast(**prices):
    """Of 100 puts and gets a second of 1 unit, for 5 whole seconds and 10 by half."""
    known = {name: Price(usd, None, "") for name, usd in prices.items()}
    costs = replace(DECLARED.costs, prices={"eu-west-1": known})
    declared = replace(DECLARED, tables={"users": TABLES["users"]}, costs=costs)
    return forecast(_schedule(part(w=100, r=100)), declared, "eu-west-1")


def test_the_cost_is_that_of_all_phases_of_seeding_and_of_cleaning_up():
    """10 seconds' worth; each of 10 items is written, read back and deleted."""
    told = _forecast(writes=1e6, reads=1e5)
    assert told.write_units == 10 * 100 * 3 + 2 * 10 * 3
    assert told.read_units == 10 * 100 * 0.5 + 10
    assert told.usd == pytest.approx(told.write_units + told.read_units / 10)
    assert f"{told.usd:.2f} USD" in told.lines[0]


def test_what_costs_more_than_the_limit_needs_a_yes():
    """The limit itself does not; an open price does."""
    told = _forecast(writes=1e6, reads=1e5)
    assert told.too_dear(told.usd) == ""
    assert f"estimated at {told.usd:.2f} USD" in told.too_dear(told.usd - 0.01)
    half_known = _forecast(writes=1e-6)
    assert half_known.usd is None
    assert "the cost is not known" in half_known.too_dear(1e9)
    assert "no price is known" in half_known.lines[0]
