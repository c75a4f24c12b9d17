"""Items of global tables on their way."""

import pytest
from tests.dynamodb.replicated_table import (
    THERE,
    at,
    contents,
    create,
    described,
    here,
    put,
    replicate,
    table,
    there,
)

__all__ = ["at", "here", "table", "there"]


@pytest.fixture
def lag(control):
    def set_lag(seconds):
        control("settings", {"dynamodb": {"replication_lag": seconds}})

    return set_lag


def test_existing_items_are_copied(here, there, name):
    """The items of the table are in the new replica ("Global tables: how it works")."""
    create(here, name)
    put(here, name, "a", "old")

    replicate(here, name)

    assert contents(there, name) == {"a": "old"}


def test_a_write_arrives_after_the_lag_and_not_before(here, there, table, at, lag):
    """Changes reach other replicas after a while ("Global tables: how it works")."""
    lag(2)
    put(here, table, "a", "new")

    at(1.9)
    early = contents(there, table)
    at(2)

    assert early == {}
    assert contents(there, table) == {"a": "new"}


def test_writes_flow_both_ways(here, there, table):
    """Every replica takes writes ("Global tables: how it works")."""
    put(here, table, "a", "from here")
    put(there, table, "b", "from there")

    assert contents(here, table) == {"a": "from here", "b": "from there"}
    assert contents(there, table) == contents(here, table)


def test_deletes_and_updates_flow_too(here, there, table):
    """Deleting and updating are replicated like any write."""
    put(here, table, "a", "old")
    put(here, table, "b", "old")
    there.delete_item(TableName=table, Key={"id": {"S": "a"}})
    there.update_item(
        TableName=table,
        Key={"id": {"S": "b"}},
        UpdateExpression="SET #t = :t",
        ExpressionAttributeNames={"#t": "text"},
        ExpressionAttributeValues={":t": {"S": "new"}},
    )

    assert contents(here, table) == {"b": "new"}


def test_the_newer_write_wins(here, there, table, at, lag):
    """Both regions converge on the last write.

    Developer guide, "Global tables: how it works": last writer wins.  The older
    write arrives later and must change nothing.
    """
    lag(5)
    put(here, table, "a", "older")
    at(1)
    put(there, table, "a", "newer")

    at(5)
    before = contents(here, table), contents(there, table)
    at(6)

    assert before == ({"a": "older"}, {"a": "newer"})
    assert contents(here, table) == contents(there, table) == {"a": "newer"}


def test_a_newer_delete_wins(here, there, table, at, lag):
    """A late write does not bring back what was deleted after it."""
    put(here, table, "a", "first")
    contents(there, table)
    lag(5)
    at(1)
    put(here, table, "a", "older")
    at(2)
    there.delete_item(TableName=table, Key={"id": {"S": "a"}})

    at(10)

    assert contents(here, table) == contents(there, table) == {}


def test_replication_can_be_paused(here, there, table, at, control):
    """While replication stands still nothing arrives; then everything does."""
    control("settings", {"dynamodb": {"replication_paused": True}})
    put(here, table, "a", "new")
    at(3600)

    paused = contents(there, table)
    control("settings", {"dynamodb": {"replication_paused": False}})

    assert paused == {}
    assert contents(there, table) == {"a": "new"}


def test_a_lag_can_be_one_tables_own(here, there, table, control):
    """One table may lag behind while the others do not."""
    other = table + "-other"
    create(here, other)
    replicate(here, other)
    control("settings", {"dynamodb": {"of_table": {table: {"replication_lag": 60}}}})

    put(here, table, "a", "new")
    put(here, other, "a", "new")

    assert (contents(there, table), contents(there, other)) == ({}, {"a": "new"})


def test_a_third_region_joins_from_a_replica(client, account, here, there, table):
    """Any replica can add another one ("Global tables: how it works")."""
    third = client("dynamodb", "us-east-1", account)
    put(here, table, "a", "new")
    contents(there, table)

    replicate(there, table, "us-east-1")
    put(third, table, "b", "third")

    regions = {one["RegionName"] for one in described(here, table)["Replicas"]}
    assert regions == {THERE, "us-east-1"}
    assert contents(here, table) == contents(third, table)
    assert contents(here, table) == {"a": "new", "b": "third"}


def test_a_lag_can_be_one_directions_own(here, there, table, control):
    """A lag in one direction holds up nothing in the other."""
    slow = {f"{THERE}/{table}": {"replication_lag": 60}}
    control("settings", {"dynamodb": {"of_table": slow}})

    put(here, table, "a", "from here")
    put(there, table, "b", "from there")

    assert contents(here, table) == {"a": "from here", "b": "from there"}
    assert contents(there, table) == {"b": "from there"}


def test_deletes_can_get_lost(here, there, table, control):
    """While deletes get lost, everything else arrives."""
    put(here, table, "a", "stays there")
    control("settings", {"dynamodb": {"replication_loses_deletes": True}})

    here.delete_item(TableName=table, Key={"id": {"S": "a"}})
    put(here, table, "b", "new")

    assert contents(here, table) == {"b": "new"}
    assert contents(there, table) == {"a": "stays there", "b": "new"}
