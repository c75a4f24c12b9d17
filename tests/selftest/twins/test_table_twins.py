"""What is deployed otherwise than declared fails at its criterion, and there alone."""

import pytest

from tests.selftest.twin_env import (
    CRITERIA,
    NO_PROBES,
    NO_QUERIES,
    QUERIES,
    READINGS,
    WRITES,
)

INDEX = "indexes.UsersByEmail"
OTHER = {"name": "user_name", "type": "S"}


def _set(table, path, value):
    """Deploy one field of a table with another value."""

    def alter(tables):
        *steps, last = path.split(".")
        inner = tables[table]
        for step in steps:
            inner = inner[step]
        inner[last] = value

    return alter


def _without_index(tables):
    del tables["users"]["indexes"]["UsersByEmail"]


def _with_another_index(tables):
    indexes = tables["users"]["indexes"]
    indexes["UsersByNobody"] = indexes["UsersByEmail"]


# What is broken: how it is deployed, what FAILs, what is NOT_ASSESSED, what is run.
BROKEN = {
    "another sort key": (
        _set("users", "sort_key.name", "user_name"),
        ("TBL-2", "users"),
        NO_PROBES,
        CRITERIA,
    ),
    "another key type": (
        _set("users", "partition_key.type", "N"),
        ("TBL-2", "users"),
        set(),
        READINGS,
    ),
    "provisioned capacity": (
        _set("users", "capacity_mode", "PROVISIONED"),
        ("TBL-3", "users"),
        set(),
        READINGS,
    ),
    "stream off": (
        _set("users", "stream.default", "OFF"),
        ("TBL-5", "users"),
        {("CRU-6", "users")},
        CRITERIA,
    ),
    "another stream view": (
        _set("users", "stream.default", "NEW_IMAGE"),
        ("TBL-5", "users"),
        set(),
        READINGS,
    ),
    "another TTL attribute": (
        _set("campaigns", "ttl", "gone_at"),
        ("TBL-6", "campaigns"),
        set(),
        READINGS,
    ),
    "TTL off": (
        _set("campaigns", "ttl", "OFF"),
        ("TBL-6", "campaigns"),
        set(),
        READINGS,
    ),
    "TTL on": (_set("users", "ttl", "gone_at"), ("TBL-6", "users"), set(), READINGS),
    "index missing": (
        _without_index,
        ("GSI-1", "users/UsersByEmail"),
        {("GSI-2", "users/UsersByEmail"), *NO_QUERIES},
        CRITERIA,
    ),
    "another index key": (
        _set("users", f"{INDEX}.partition_key.name", "mail"),
        ("GSI-2", "users/UsersByEmail"),
        NO_QUERIES,
        CRITERIA,
    ),
    "another index sort key": (
        _set("users", f"{INDEX}.sort_key", OTHER),
        ("GSI-2", "users/UsersByEmail"),
        set(),
        READINGS,
    ),
    "another index key type": (
        _set("users", f"{INDEX}.partition_key.type", "N"),
        ("GSI-2", "users/UsersByEmail"),
        NO_PROBES,
        CRITERIA,
    ),
    "index of keys alone": (
        _set("users", f"{INDEX}.projection", {"type": "KEYS_ONLY"}),
        ("GSI-2", "users/UsersByEmail"),
        NO_QUERIES,
        CRITERIA,
    ),
    "undeclared index": (_with_another_index, ("GSI-3", "users"), set(), READINGS),
    "AWS-owned key": (
        _set("users", "encryption", "AWS_OWNED"),
        ("ENC-1", "users"),
        {("ENC-2", "users"), ("ENC-3", "users")},
        READINGS,
    ),
    "AWS-managed key": (
        _set("users", "encryption", "AWS_MANAGED"),
        ("ENC-2", "users"),
        set(),
        READINGS,
    ),
    "recovery off": (
        _set("users", "point_in_time_recovery.status", "DISABLED"),
        ("PIT-1", "users"),
        {("PIT-2", "users")},
        READINGS,
    ),
    "recovery period short": (
        _set("users", "point_in_time_recovery.days", 7),
        ("PIT-2", "users"),
        set(),
        READINGS,
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_required_fails_alone(twin, two_tables, what):
    """One deviation fails one criterion; what rests on it is not assessed."""
    alter, fails, not_assessed, run = BROKEN[what]
    twin.deploy(two_tables, alter)
    result = twin.judge(*run)
    assert result.found("FAIL") == {fails}
    assert result.found("ERROR") == set()
    assert result.found("NOT_ASSESSED") == not_assessed
    assert result.status == 1


ADVISORY = {
    "tag": (_set("users", "tags.Project", "another"), ("TBL-7", "users")),
    "protection": (_set("users", "deletion_protection", False), ("TBL-8", "users")),
}


@pytest.mark.parametrize("what", ADVISORY)
def test_what_is_advisory_fails_without_changing_the_exit_status(
    twin, two_tables, what
):
    """A FAIL of an advisory criterion is shown, and the exit status stays 0."""
    alter, fails = ADVISORY[what]
    twin.deploy(two_tables, alter)
    result = twin.judge(*READINGS)
    assert result.found("FAIL") == {fails}
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()
    assert result.status == 0


def test_a_conforming_environment_passes(twin, two_tables):
    """What is deployed as declared passes every criterion, probes included."""
    twin.deploy(two_tables)
    result = twin.judge(*CRITERIA)
    assert {it["outcome"] for it in result.run["findings"]} == {"PASS"}
    assert result.status == 0


def test_a_missing_table_fails_once(twin, two_tables):
    """All that rests on a missing table is not assessed; TBL-1 alone fails."""
    twin.deploy(two_tables, lambda tables: tables.pop("users"))
    result = twin.judge(*CRITERIA)
    of_users = {
        (it["criterion"], it["subject"])
        for it in result.run["findings"]
        if it["subject"].partition("/")[0] == "users"
    }
    fails = {("TBL-1", "users")}
    assert result.found("FAIL") == fails
    assert result.found("ERROR") == set()
    assert result.found("NOT_ASSESSED") == of_users - fails | {("CRU-3", "campaigns")}
    assert {criterion for criterion, _ in of_users} >= {*QUERIES, *WRITES, "ENC-3"}
    assert result.status == 1


def test_an_undeclared_table_is_advised_against(twin, two_tables):
    """A table with the environment's name and no declaration fails TBL-4 alone."""
    twin.deploy(two_tables)
    twin.client("dynamodb").create_table(
        TableName=twin.table("nobodys"),
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    result = twin.judge(*READINGS)
    assert {criterion for criterion, _ in result.found("FAIL")} == {"TBL-4"}
    assert twin.table("nobodys") in result.output
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()
    assert result.status == 0
