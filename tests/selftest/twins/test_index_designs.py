"""Queries on indexes whose keys are keys of the table, too: one table, many designs."""

import pytest

from conformance.probes.queries import WRITTEN
from tests.selftest.faulty_proxy import between
from tests.selftest.twin_env import QUERIES, contract

PAIR = {"partition_key": {"name": "PK", "type": "S"}}
PAIR |= {"sort_key": {"name": "SK", "type": "S"}}
SINGLE = {"partition_key": {"name": "PK", "type": "S"}}
BORN = {"name": "born", "type": "N"}
SAMPLE = {"PK": {"S": "a"}, "SK": {"S": "b"}, "born": {"N": "1"}, "word": {"S": "w"}}
ALL = {"projection": {"type": "ALL"}}


def index(partition, sort=None):
    """Declare an index by these attributes."""
    keys = {"partition_key": partition} | ({"sort_key": sort} if sort else {})
    return keys | ALL


PK, SK = PAIR["partition_key"], PAIR["sort_key"]
DESIGNS = {
    "inverted": (PAIR, index(SK, PK)),
    "by the sort key alone": (PAIR, index(SK)),
    "by the sort key and an own one": (PAIR, index(SK, BORN)),
    "the partition key and an own one": (PAIR, index(PK, BORN)),
    "the partition key alone": (PAIR, index(PK)),
    "an own one and the partition key": (PAIR, index(BORN, PK)),
    "an own one and the sort key": (PAIR, index(BORN, SK)),
    "an own one alone": (PAIR, index({"name": "word", "type": "S"})),
    "the only key and an own one": (SINGLE, index(PK, BORN)),
}


@pytest.fixture
def deployed(twin):
    """Deploy one table with one index; return its contract."""

    def deployed(design, **environment):
        keys, declared = DESIGNS[design]
        document = contract("users")
        table = document["tables"]["users"]
        for name in ("partition_key", "sort_key"):
            table.pop(name, None)
        sample = {k: v for k, v in SAMPLE.items() if k != "SK" or keys is PAIR}
        table |= keys | {"indexes": {"Other": declared}, "sample": sample}
        document["tables"]["users"] = table | {"ttl": "OFF", "reserved_words": []}
        document["plan"] = {"tables": 1, "indexes": 1}
        document["assumptions"] = []
        twin.write(**environment)
        twin.deploy_tables(document)
        return twin

    return deployed


@pytest.mark.parametrize("design", DESIGNS)
def test_each_design_is_decided(deployed, design):
    """Queries on a conforming index pass, and nothing is left in the table."""
    twin = deployed(design)
    result = twin.judge(*QUERIES)
    alone = (
        {("QRY-2", "users/Other")} if design == "the only key and an own one" else {}
    )
    assert result.found("NOT_APPLICABLE") == set(alone), result.output
    every = {(criterion, "users/Other") for criterion in QUERIES}
    assert result.found("PASS") == every - set(alone), result.output
    assert twin.scan("users") == []


def skipped(call):
    """A page lacks its first item."""
    status, answer = call.send()
    if "ExclusiveStartKey" in call.parameters and "Limit" in call.parameters:
        del answer["Items"][:1]
    return status, answer


def kept(call):
    """An item that is deleted, or loses an index key, stays in the index."""
    changed = call.parameters.get("UpdateExpression", "").startswith("REMOVE")
    if changed:
        return 200, {"Attributes": {}}
    if call.operation == "DeleteItem" and call.parameters["Key"]["SK"]["S"][-1] == "1":
        return 200, {}
    return call.send()


FAULTS = {
    ("inverted", skipped): "QRY-2",
    ("the partition key and an own one", skipped): "QRY-2",
    ("by the sort key alone", skipped): "QRY-2",
    ("inverted", kept): "QRY-3",
    ("the partition key and an own one", kept): "QRY-3",
}


@pytest.mark.parametrize(
    ("design", "fault"), FAULTS, ids=[f"{design} {f.__name__}" for design, f in FAULTS]
)
def test_each_design_can_fail(aws, deployed, design, fault):
    """An index that misbehaves fails at its criterion."""
    with between(aws.endpoint, fault) as endpoint:
        twin = deployed(design, endpoint=endpoint)
        result = twin.judge(FAULTS[design, fault])
    assert result.found("FAIL") == {(FAULTS[design, fault], "users/Other")}


@pytest.mark.parametrize("design", ["inverted", "the partition key and an own one"])
def test_items_that_were_left_are_found_by_their_keys(aws, deployed, design):
    """A later run removes the items of a run whose deletions never arrived."""

    def undeleted(call):
        return (200, {}) if call.operation == "DeleteItem" else call.send()

    with between(aws.endpoint, undeleted) as endpoint:
        twin = deployed(design, endpoint=endpoint)
        twin.judge("QRY-1")
    assert len(twin.scan("users")) == WRITTEN
    twin.write()
    twin.judge("QRY-1")
    assert twin.scan("users") == []


def reordered(call):
    """Every second item has its attributes in another order."""
    status, answer = call.send()
    for item in answer.get("Items", ())[::2]:
        turned = dict(reversed(item.items()))
        item.clear()
        item.update(turned)
    return status, answer


def test_the_order_of_attributes_decides_nothing(aws, deployed):
    """Only a sort key orders items, and nothing orders their attributes."""
    with between(aws.endpoint, reordered) as endpoint:
        twin = deployed("an own one alone", endpoint=endpoint)
        result = twin.judge("QRY-1", "QRY-2")
    passed = {("QRY-1", "users/Other"), ("QRY-2", "users/Other")}
    assert result.found("PASS") == passed
