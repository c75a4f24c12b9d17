"""What a load must never send, and where it must not begin: refused beforehand."""

import json
from dataclasses import replace

import pytest

from conformance.aws.client import AwsClients
from conformance.aws.iam_policy import policy
from conformance.aws.recorder import Recorder
from conformance.config.environment import load_environment
from conformance.load.engine import Work, prepare
from conformance.load.forecast import forecast
from conformance.load.load_schedule import Choices, declared_under_load, make_schedule
from conformance.load.request_bodies import Bodies
from conformance.locust_plugin.options import refuse_proxy
from conformance.locust_plugin.preflight import too_dear
from conformance.model.errors import BadInputError, NotAssessedError, RefusedError
from conformance.model.operations import CLASSES, LOAD
from tests.selftest.own_contract import own_declared, own_environment

REGION = "eu-west-1"
OURS = {"S": "conformance-suite-load-000001"}
PROBES = {"S": "conformance-suite-0001"}
THEIRS = {"S": "tenant-4711"}
USERS, ORDERS = "users-sit", "orders-sit"
KEYS = {
    what: {"tenant_id": partition, "user_id": OURS}
    for what, partition in (("ours", OURS), ("probe", PROBES), ("foreign", THEIRS))
}


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """SIT, if its owner allowed a load; nobody listens at its endpoint."""
    file = tmp_path_factory.mktemp("load") / "sit.toml"
    file.write_text(
        f"""account = "815856636111"
        regions = ["{REGION}"]
        table_name = "{{name}}-sit"
        allows = ["read", "load"]
        endpoint_url = "http://127.0.0.1:9"
        """,
        encoding="utf-8",
    )
    return load_environment(str(file))


@pytest.fixture(scope="module")
def declared(environment):
    """The shipped contract."""
    return own_declared(environment)


@pytest.fixture(scope="module")
def clients(environment, declared):
    """A door that is allowed a load."""
    return AwsClients(environment, declared.tables, Recorder())


def _query(partition, condition="#partition = :partition"):
    return {
        "TableName": USERS,
        "IndexName": "UsersByEmail",
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {"#partition": "email"},
        "ExpressionAttributeValues": {":partition": partition},
    }


def _put(table, key):
    return {"Put": {"TableName": table, "Item": key}}


BAD = {
    "a foreign item": ("PutItem", {"TableName": USERS, "Item": KEYS["foreign"]}),
    "an item of a probe": ("PutItem", {"TableName": USERS, "Item": KEYS["probe"]}),
    "a foreign update": ("UpdateItem", {"TableName": USERS, "Key": KEYS["foreign"]}),
    "a foreign delete": ("DeleteItem", {"TableName": USERS, "Key": KEYS["foreign"]}),
    "a foreign get": ("GetItem", {"TableName": USERS, "Key": KEYS["foreign"]}),
    "no key": ("GetItem", {"TableName": USERS, "Key": {}}),
    "a foreign table": ("PutItem", {"TableName": "users-prod", "Item": KEYS["ours"]}),
    "a foreign query": ("Query", _query(THEIRS)),
    "a probe's query": ("Query", _query(PROBES)),
    "another condition": ("Query", _query(OURS, "#partition = :other")),
    "one of a batch": (
        "BatchGetItem",
        {"RequestItems": {USERS: {"Keys": [KEYS["ours"], KEYS["foreign"]]}}},
    ),
    "one of a transaction": (
        "TransactWriteItems",
        {"TransactItems": [_put(USERS, KEYS["ours"]), _put(USERS, KEYS["foreign"])]},
    ),
    "a scan of items": ("Scan", {"TableName": USERS}),
    "a scan of attributes": ("Scan", {"TableName": USERS, "Select": "ALL_ATTRIBUTES"}),
    "a foreign scan": ("Scan", {"TableName": "users-prod", "Select": "COUNT"}),
    "a deletion": ("DeleteTable", {"TableName": USERS}),
    "a batch of writes": ("BatchWriteItem", {"RequestItems": {}}),
}


@pytest.mark.parametrize("what", BAD)
def test_a_load_touches_only_its_own_part_of_the_pool(clients, what):
    """Not a customer's item, not a probe's, and no operation that it does not need."""
    operation, parameters = BAD[what]
    with pytest.raises(RefusedError, match=f"dynamodb:{operation} .*refused"):
        clients.check_load(operation, parameters)


def test_every_request_of_a_load_passes_the_interlock(clients, declared):
    """The positive control: all there is of each table, and of each kind."""
    schedule = make_schedule(replace(declared.load, items=20), Choices())
    work = prepare(clients, declared, schedule)
    sent = {
        request.kind.api
        for bodies in work.bodies.values()
        for request in bodies.everything()
    }
    assert sent == LOAD["dynamodb"] - {"Scan"}
    for bodies in work.bodies.values():
        for request in (bodies.scan(None), bodies.keys_of(range(20))):
            clients.check_load(request.kind.api, json.loads(request.body(0)))


def test_a_body_of_another_pool_stops_the_load(clients, declared, monkeypatch):
    """One wrong key among thousands is refused before anything is sent."""
    right = Bodies.key

    def wrong(self, slot):
        return KEYS["probe"] if slot == 19 else right(self, slot)

    monkeypatch.setattr(Bodies, "key", wrong)
    only = replace(declared, tables={"users": declared.tables["users"]})
    with pytest.raises(RefusedError, match="a foreign key for users-sit"):
        prepare(
            clients, only, make_schedule(replace(declared.load, items=20), Choices())
        )


@pytest.mark.parametrize("name", ["dev", "sit", "prod", "dr"])
def test_no_shipped_environment_allows_a_load(name):
    """Its owner adds it: nobody loads PROD by a slip."""
    environment = load_environment(name)
    clients = AwsClients(environment, own_declared(environment).tables, Recorder())
    with pytest.raises(NotAssessedError, match=f'adds "load" to allows in {name}.toml'):
        clients.check_load("PutItem", {"TableName": "any", "Item": KEYS["ours"]})


def test_the_rights_of_a_load_are_those_of_its_own_items(environment, declared):
    """The statement names each operation, each table with its indexes, and our keys."""
    alone = replace(environment, allows=frozenset({"read", "load"}))
    statements = policy(alone, declared)["Statement"]
    by_name = {statement["Sid"]: statement for statement in statements}
    load, counts = by_name["LoadItems"], by_name["LoadCounts"]
    needed = {f"dynamodb:{operation}" for operation in LOAD["dynamodb"]}
    assert {*load["Action"], *counts["Action"]} == needed - {
        "dynamodb:TransactWriteItems"
    }
    own = {"dynamodb:LeadingKeys": ["conformance-suite-load-*"]}
    assert load["Condition"] == {"ForAllValues:StringLike": own}
    tables = f"arn:aws:dynamodb:{REGION}:815856636111:table"
    assert {f"{tables}/{USERS}", f"{tables}/{USERS}/index/*"} <= set(load["Resource"])
    assert all(resource.startswith(f"{tables}/") for resource in load["Resource"])
    without = policy(replace(environment, allows=frozenset({"read"})), declared)
    assert "LoadItems" not in {statement["Sid"] for statement in without["Statement"]}
    assert "load" in CLASSES


def test_a_load_above_the_limit_needs_a_yes(environment, declared):
    """On AWS twice the declared load does; that itself does not, nor a local target."""
    sit = own_environment("sit")
    schedules = [
        make_schedule(declared.load, Choices(scale=scale)) for scale in (2.0, 1.0)
    ]
    works = [Work(declared, schedule, {}) for schedule in schedules]
    told = [forecast(schedule, declared, REGION) for schedule in schedules]
    assert "--yes goes on" in too_dear(sit, works[0], told[0])
    assert too_dear(sit, works[1], told[1]) == ""
    assert too_dear(environment, works[0], told[0]) == ""
    unknown = forecast(schedules[1], declared, "mars-north-1")
    assert "the cost is not known" in too_dear(sit, works[1], unknown)


AWS = "https://dynamodb.eu-west-1.amazonaws.com"
PROXY = "http://proxy.example:3128"


@pytest.fixture
def shell(monkeypatch):
    """A shell in which only this is said of proxies."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def say(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return say


@pytest.mark.parametrize("name", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
def test_a_proxy_in_between_is_refused(shell, name):
    """Its latency would be measured, too; the message names it and the way out."""
    shell(**{name: PROXY})
    with pytest.raises(BadInputError, match="NO_PROXY") as refusal:
        refuse_proxy(AWS)
    assert f"({name.lower()})" in str(refusal.value)
    assert PROXY not in str(refusal.value)  # it may hold a password


@pytest.mark.parametrize(
    ("url", "variables"),
    [
        (AWS, {}),
        (AWS, {"http_proxy": PROXY}),
        (AWS, {"https_proxy": PROXY, "no_proxy": ".amazonaws.com"}),
        ("http://127.0.0.1:8000", {"http_proxy": PROXY, "all_proxy": PROXY}),
        ("http://localhost:8000", {"http_proxy": PROXY}),
    ],
)
def test_a_proxy_that_is_not_in_between_is_none(shell, url, variables):
    """One for something else, or one that this host is exempt from."""
    shell(**variables)
    refuse_proxy(url)


def test_what_leaves_nothing_to_send_is_refused(declared):
    """A load without requests would prove nothing, and say so late."""
    everything = frozenset(
        kind
        for table in declared.load.tables.values()
        for kind in (*table.writes, *table.reads)
    )
    with pytest.raises(BadInputError, match="leaves nothing to send"):
        make_schedule(declared.load, Choices(without=everything))
    left = make_schedule(declared.load, Choices(without=everything - {"get"}))
    assert set(left.load.tables["users"].reads) == {"get"}


def test_tables_of_which_no_load_is_declared_are_left_out(declared):
    """Those that are left are loaded; if none is, that is said."""
    users = declared.load.tables["users"]
    only = replace(declared, load=replace(declared.load, tables={"users": users}))
    assert set(declared_under_load(only).tables) == {"users"}
    none = replace(declared, load=replace(declared.load, tables={}))
    with pytest.raises(BadInputError, match=r"no load of any .* load\.tables\.NAME"):
        declared_under_load(none)
