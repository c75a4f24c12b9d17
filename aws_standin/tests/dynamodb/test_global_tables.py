"""Replicas are made, described and deleted."""

import pytest
from tests.dynamodb.replicated_table import (
    HERE,
    IMAGES,
    THERE,
    at,
    contents,
    create,
    described,
    here,
    put,
    refusal_of,
    replicate,
    table,
    there,
)

__all__ = ["at", "here", "table", "there"]


def test_a_replica_is_a_table_in_the_other_region(here, there, name):
    """The replica has the same name, keys and indexes.

    Developer guide, "Global tables: how it works".
    """
    create(here, name)

    replicate(here, name)

    replica = described(there, name)
    assert replica["TableStatus"] == "ACTIVE"
    assert replica["TableArn"].split(":")[3] == THERE
    assert replica["KeySchema"] == described(here, name)["KeySchema"]
    assert [one["IndexName"] for one in replica["GlobalSecondaryIndexes"]] == [
        "by-kind"
    ]
    assert replica["StreamSpecification"] == IMAGES


def test_both_sides_describe_each_other(here, there, table):
    """Replicas and GlobalTableVersion are in DescribeTable (API_TableDescription)."""
    of_here, of_there = described(here, table), described(there, table)

    assert of_here["GlobalTableVersion"] == "2019.11.21"
    assert of_there["GlobalTableVersion"] == "2019.11.21"
    for one, region in ((of_here, THERE), (of_there, HERE)):
        assert [
            (replica["RegionName"], replica["ReplicaStatus"])
            for replica in one["Replicas"]
        ] == [(region, "ACTIVE")]


def test_a_replica_is_creating_for_a_while(here, there, name, at, control):
    """ReplicaStatus goes from CREATING to ACTIVE (API_ReplicaDescription)."""
    control("settings", {"dynamodb": {"replica_creating": 60}})
    create(here, name)
    replicate(here, name)

    (early,) = described(here, name)["Replicas"]
    there_early = described(there, name)["TableStatus"]
    in_use = refusal_of(replicate, here, name, THERE, "Delete")
    not_served = refusal_of(there.scan, TableName=name)
    at(60)
    (late,) = described(here, name)["Replicas"]

    assert (early["ReplicaStatus"], there_early) == ("CREATING", "CREATING")
    assert in_use["Code"] == "ResourceInUseException"
    assert not_served["Code"] == "ResourceNotFoundException"
    assert late["ReplicaStatus"] == "ACTIVE"


def test_a_replica_can_stay_creating(here, table, control):
    """A replica can be held in a status until it is released."""
    held = {f"{HERE}/{table}/replica/{THERE}": "CREATING"}
    control("settings", {"dynamodb": {"held": held}})

    (replica,) = described(here, table)["Replicas"]

    assert replica["ReplicaStatus"] == "CREATING"


def test_a_table_of_the_name_prevents_a_replica(here, there, name):
    """The region must not have a table of that name ("Global tables: tutorial")."""
    create(here, name)
    create(there, name)

    refusal = refusal_of(replicate, here, name)

    assert refusal["Code"] == "ValidationException"
    assert "already existed as tables" in refusal["Message"]


@pytest.mark.parametrize(
    ("region", "action"), [(HERE, "Create"), ("us-east-1", "Delete")]
)
def test_what_makes_no_sense_is_refused(here, table, region, action):
    """Neither the local region nor one that is no member (API_UpdateTable)."""
    refusal = refusal_of(replicate, here, table, region, action)

    assert refusal["Code"] == "ValidationException"


def test_a_deleted_replica_is_gone(here, there, table):
    """Deleting a replica deletes the table in its region (API_UpdateTable)."""
    put(here, table, "a", "stays")

    replicate(here, table, action="Delete")

    gone = refusal_of(there.describe_table, TableName=table)
    alone = described(here, table)
    assert gone["Code"] == "ResourceNotFoundException"
    assert "Replicas" not in alone
    assert "GlobalTableVersion" not in alone
    assert contents(here, table) == {"a": "stays"}


def test_a_protected_replica_is_not_deleted(here, there, table):
    """Deletion protection is each replica's own (API_UpdateTable)."""
    there.update_table(TableName=table, DeletionProtectionEnabled=True)

    refusal = refusal_of(replicate, here, table, THERE, "Delete")

    assert refusal["Code"] == "ValidationException"
    assert described(there, table)["TableStatus"] == "ACTIVE"


def test_a_source_is_not_deleted_within_a_day(here, there, table, at):
    """A table that a replica came from cannot be deleted for 24 hours.

    Developer guide, "Global tables: how it works", deleting a replica.
    """
    refusal = refusal_of(here.delete_table, TableName=table)
    at(86401)
    here.delete_table(TableName=table)

    assert refusal["Code"] == "ValidationException"
    assert "last 24 hours" in refusal["Message"]
    assert "Replicas" not in described(there, table)


def test_a_replica_can_be_made_again(here, there, table):
    """After a replica is gone, the region can have a new one (API_UpdateTable)."""
    replicate(here, table, action="Delete")
    put(here, table, "a", "new")

    replicate(here, table)

    assert contents(there, table) == {"a": "new"}


def test_what_is_held_missing_is_not_described(here, there, table, control):
    """A replica, and an index in one region alone, can be held missing."""
    held = {
        f"{HERE}/{table}/replica/{THERE}": "MISSING",
        f"{THERE}/{table}/index/by-kind": "MISSING",
    }
    control("settings", {"dynamodb": {"held": held}})

    of_here, of_there = described(here, table), described(there, table)

    assert "Replicas" not in of_here
    assert len(of_here["GlobalSecondaryIndexes"]) == 1
    assert len(of_there["Replicas"]) == 1
    assert "GlobalSecondaryIndexes" not in of_there


def test_the_version_of_a_global_table_can_be_another(here, table, control):
    """A global table of the legacy version describes itself as such."""
    legacy = {table: {"global_table_version": "2017.11.29"}}
    control("settings", {"dynamodb": {"of_table": legacy}})

    assert described(here, table)["GlobalTableVersion"] == "2017.11.29"


def test_a_replica_is_described_with_its_arn(here, table):
    """ReplicaArn names the account that the replica is in (API_ReplicaDescription)."""
    own = described(here, table)["TableArn"]
    (replica,) = described(here, table)["Replicas"]
    assert replica["ReplicaArn"] == own.replace(HERE, THERE)


def test_a_replica_may_have_a_maximum_of_its_own(here, there, table):
    """OnDemandThroughputOverride is shown on both sides (API_ReplicaDescription)."""
    limit = {"MaxReadRequestUnits": 7}
    replicate(here, table, action="Update", OnDemandThroughputOverride=limit)
    (replica,) = described(here, table)["Replicas"]
    assert replica["OnDemandThroughputOverride"] == limit
    assert described(there, table)["OnDemandThroughput"] == limit
    assert "OnDemandThroughput" not in described(here, table)
