"""A DynamoDB that misbehaves in one way fails at one criterion."""

import time
from contextlib import ExitStack

import pytest

from tests.selftest.faulty_proxy import between
from tests.selftest.twin_env import Suite, Twin

INDEX = "UsersByEmail"
OK = 200


def honest(call):
    """Change nothing."""
    return call.send()


def another_value(call):
    """GetItem returns another value of one attribute."""
    status, answer = call.send()
    if call.operation == "GetItem" and "Item" in answer:
        answer["Item"]["created_at"] = {"S": "1970-01-01T00:00:00Z"}
    return status, answer


def condition_ignored(call):
    """An update is made whether or not its condition holds."""
    if call.operation == "UpdateItem":
        return call.send(ConditionExpression="attribute_exists(#own)")
    return call.send()


def condition_never_holds(call):
    """A conditional update is refused, even the first."""
    if "attribute_not_exists" in call.parameters.get("ConditionExpression", ""):
        return 400, {"__type": "com.amazonaws#ConditionalCheckFailedException"}
    return call.send()


def half_transaction(call):
    """A transaction writes its first item alone."""
    if call.operation != "TransactWriteItems":
        return call.send()
    status, _ = call.send(TransactItems=call.parameters["TransactItems"][:1])
    return status, {}


def transaction_without_condition(call):
    """A transaction writes everything although a condition fails."""
    if call.operation != "TransactWriteItems":
        return call.send()
    bare = ("ConditionExpression", "ExpressionAttributeNames")
    actions = [
        {kind: {k: v for k, v in one.items() if k not in bare}}
        for action in call.parameters["TransactItems"]
        for kind, one in action.items()
    ]
    return call.send(TransactItems=actions)


class LostUpdate:
    """One of many increments is acknowledged and forgotten."""

    def __init__(self):
        self.lost = False
        self.last = {}

    def __call__(self, call):
        """Answer as the last time, once."""
        if not call.parameters.get("UpdateExpression", "").startswith("ADD"):
            return call.send()
        attributes = self.last.get("Attributes", {})
        version = attributes.get("conformance_version", {"N": "0"})
        if int(version["N"]) > 3 and not self.lost:
            self.lost = True
            return OK, self.last
        status, self.last = call.send()
        return status, self.last


def wrong_keys_accepted(call):
    """PutItem accepts what AWS calls invalid."""
    status, answer = call.send()
    if call.operation == "PutItem" and status != OK:
        return OK, {}
    return status, answer


def no_old_images(call):
    """The stream carries no old images."""
    status, answer = call.send()
    for record in answer.get("Records", ()):
        record["dynamodb"].pop("OldImage", None)
    return status, answer


def silent_stream(call):
    """The stream tells nothing."""
    status, answer = call.send()
    return status, answer | ({"Records": []} if "Records" in answer else {})


def _pages(call):
    return call.parameters.get("IndexName") == INDEX and "Limit" in call.parameters


def _queries(call):
    return call.parameters.get("IndexName") == INDEX and not _pages(call)


def stranger_in_index(call):
    """A query returns an item that nobody wrote."""
    status, answer = call.send()
    if _queries(call) and answer["Items"]:
        answer["Items"].append(answer["Items"][0] | {"user_id": {"S": "nobody"}})
    return status, answer


def unprojected(call):
    """An item in the index lacks an attribute that is projected."""
    status, answer = call.send()
    if _queries(call):
        for item in answer["Items"]:
            item.pop("created_at", None)
    return status, answer


def missed_in_index(call):
    """A query misses one of several items."""
    status, answer = call.send()
    if _queries(call) and len(answer["Items"]) > 1:
        answer["Items"].pop()
    return status, answer


def repeated_on_next_page(call):
    """A page begins with the item that ended the one before."""
    status, answer = call.send()
    if _pages(call) and "ExclusiveStartKey" in call.parameters and answer["Items"]:
        answer["Items"].insert(0, answer["Items"][0])
    return status, answer


def skipped_on_next_page(call):
    """A page lacks its first item."""
    status, answer = call.send()
    if _pages(call) and "ExclusiveStartKey" in call.parameters:
        del answer["Items"][:1]
    return status, answer


def kept_in_index(call):
    """An item that loses the index key stays in the index."""
    names = call.parameters.get("ExpressionAttributeNames", {})
    removes = call.parameters.get("UpdateExpression", "").startswith("REMOVE")
    if removes and "email" in names.values():
        return OK, {"Attributes": {}}
    return call.send()


def late_index(call):
    """The index shows every write late."""
    if _queries(call):
        time.sleep(0.6)
    return call.send()


OF_TABLE, OF_INDEX = "users", f"users/{INDEX}"
PROBES = "(CRU or QRY) and users"
QUICK = {
    another_value: ("CRU-1", OF_TABLE),
    condition_ignored: ("CRU-2", OF_TABLE),
    condition_never_holds: ("CRU-2", OF_TABLE),
    half_transaction: ("CRU-3", OF_TABLE),
    transaction_without_condition: ("CRU-3", OF_TABLE),
    LostUpdate: ("CRU-4", OF_TABLE),
    wrong_keys_accepted: ("CRU-5", OF_TABLE),
    no_old_images: ("CRU-6", OF_TABLE),
    stranger_in_index: ("QRY-1", OF_INDEX),
    unprojected: ("QRY-1", OF_INDEX),
    repeated_on_next_page: ("QRY-2", OF_INDEX),
    skipped_on_next_page: ("QRY-2", OF_INDEX),
}
# The suite waits for these, in vain and for long: they run while the others do.
SLOW = {
    silent_stream: ("CRU-6", OF_TABLE),
    missed_in_index: ("QRY-1", OF_INDEX),
    kept_in_index: ("QRY-3", OF_INDEX),
    late_index: ("QRY-4", OF_INDEX),
}


def _names(misbehaviours):
    return {"ids": [misbehaviour.__name__ for misbehaviour in misbehaviours]}


@pytest.fixture(scope="module")
def misbehaving(aws, two_tables, tmp_path_factory):
    """Start a run against a twin that misbehaves."""
    with ExitStack() as proxies:

        def start(misbehave):
            twin = Twin(aws, Suite(tmp_path_factory.mktemp("misbehaving")))
            act = misbehave() if isinstance(misbehave, type) else misbehave
            endpoint = proxies.enter_context(between(aws.endpoint, act))
            twin.write(endpoint=endpoint, more="[targets]\nindex_delay_ms = 500")
            twin.deploy_tables(two_tables)
            started = twin.start("-k", PROBES)
            proxies.callback(started.stop)
            return started

        yield start


@pytest.fixture(scope="module", autouse=True)
def slow(misbehaving):
    """The runs that take long, under way."""
    return {misbehave: misbehaving(misbehave) for misbehave in SLOW}


def test_the_proxy_itself_changes_nothing(misbehaving):
    """What is passed on unchanged passes."""
    result = misbehaving(honest).result()
    assert {finding["outcome"] for finding in result.run["findings"]} == {"PASS"}


@pytest.mark.parametrize("misbehave", QUICK, **_names(QUICK))
def test_misbehaviour_fails_its_criterion_alone(misbehaving, misbehave):
    """One kind of misbehaviour of one table or index is one FAIL, there."""
    result = misbehaving(misbehave).result()
    assert result.found("FAIL") == {QUICK[misbehave]}
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()
    assert result.status == 1


@pytest.mark.parametrize("misbehave", SLOW, **_names(SLOW))
def test_what_never_comes_fails_its_criterion_alone(slow, misbehave):
    """What is waited for in vain is one FAIL once patience is over."""
    result = slow[misbehave].result()
    assert result.found("FAIL") == {SLOW[misbehave]}
    assert result.found("ERROR") | result.found("NOT_ASSESSED") == set()
    assert result.status == 1
