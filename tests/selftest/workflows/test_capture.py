import json
from dataclasses import replace

import pytest

from conformance.__main__ import main
from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.model.item_limits import violations
from conformance.model.reserved_words import reserved_among
from tests.selftest.twin_env import Suite, Twin, altered, contract


def varied(tables):
    """The shipped tables, each other than the rest in several ways."""
    tables["campaigns"]["encryption"] = "AWS_OWNED"
    tables["campaigns"]["tags"] = {}
    tables["orders"]["capacity_mode"] = "PROVISIONED"
    tables["orders"]["maximum_throughput"] = {"default": {"reads": 7, "writes": 6}}
    tables["orders"]["encryption"] = "AWS_MANAGED"
    tables["products"]["stream"] = {"default": "OFF"}
    tables["products"]["kinesis_streams"] = {"default": ["changes"]}
    tables["products"]["deletion_protection"] = False
    tables["tenants"]["point_in_time_recovery"] = {"status": "DISABLED", "days": 35}
    tables["tenants"]["indexes"] = {}
    tables["users"]["point_in_time_recovery"]["days"] = 7
    tables["users"]["indexes"]["UsersByEmail"]["projection"] = {"type": "KEYS_ONLY"}
    tables["users"]["maximum_throughput"] = {"default": {"writes": 9000}}
    tables["users"]["table_class"] = "STANDARD_INFREQUENT_ACCESS"
    by_email = tables["users"]["indexes"]["UsersByEmail"]
    ample = {"reads": 8000, "writes": 9000}
    by_email["maximum_throughput"] = {"default": ample, "prod": {}}
    tables["users"]["sort_key"]["type"] = "B"
    tables["users"]["sample"]["user_id"] = {"B": "dXNlcg=="}


@pytest.fixture(scope="module")
def deployed(aws, tmp_path_factory):
    """An environment with five tables, no two alike."""
    twin = Twin(aws, Suite(tmp_path_factory.mktemp("deployed")))
    twin.write()
    twin.deploy(altered(contract(), varied))
    return twin


@pytest.fixture(scope="module")
def captured(deployed, tmp_path_factory):
    """The contract that was captured from it."""
    output = tmp_path_factory.mktemp("captured") / "schemas.json"
    assert capture(deployed, output) == 0
    return output


def capture(twin, output, *more):
    """Capture a contract from an environment; the command's exit status."""
    return main(["capture", f"--env={twin.file}", f"--output={output}", *more])


def test_capture_finds_what_was_declared(deployed, captured):
    """Deployed and captured, a contract declares the same tables as before."""
    environment = load_environment(str(deployed.file))
    before = load_declared(environment, deployed.contract).tables
    found = load_declared(environment, captured).tables
    told = ("sample", "reserved_words")
    assert sorted(found) == sorted(before)
    for name, table in found.items():
        kept = {field: getattr(table, field) for field in told}
        assert table == replace(before[name], **kept)


def test_capture_makes_samples_that_fit(deployed, captured):
    """The samples fit keys and indexes, and hold nothing of the items there."""
    tables = load_declared(load_environment(str(deployed.file)), captured).tables
    for table in tables.values():
        keys = {
            attribute.name: attribute.type
            for key in table.keys
            for attribute in key.attributes
        }
        assert violations(table.sample, table) == frozenset()
        assert {name: next(iter(table.sample[name])) for name in keys} == keys
        assert reserved_among(table.attribute_names) == table.reserved_words


def test_capture_reads_no_item(deployed, captured):
    """No request of a capture is about items."""
    assert captured.exists()
    asked = {call["operation"] for call in deployed.calls()}
    assert "DescribeTable" in asked
    assert asked & {"GetItem", "Query", "Scan", "BatchGetItem", "GetRecords"} == set()


def test_every_captured_field_is_an_assumption(captured):
    """Each field of each table is covered by an assumption to confirm."""
    document = json.loads(captured.read_text(encoding="utf-8"))
    covers = {
        field
        for assumption in document["assumptions"]
        for field in assumption["covers"]
    }
    fields = {
        f"tables.*.{field}" for table in document["tables"].values() for field in table
    }
    assert fields - covers == {"tables.*.indexes"}
    assert covers >= {"tables.*.indexes.*", "plan.tables", "plan.indexes"}


def test_capture_shows_what_it_read(deployed, captured, capsys):
    """The tables, and where the contract was written, are told."""
    capsys.readouterr()
    assert capture(deployed, captured, "--force") == 0
    told = capsys.readouterr().out
    assert f"account {deployed.account}, eu-west-1" in told
    assert "UsersByEmail, email (S), KEYS_ONLY" in told
    assert f"written: {captured}, with 14 assumptions" in told
    assert "PAY_PER_REQUEST, at most 9000 writes, STANDARD_INFREQUENT_ACCESS" in told


def test_capture_names_what_a_contract_is_too_weak_for(deployed, captured, capsys):
    """What the promotion plan forbids is captured, and told."""
    capsys.readouterr()
    assert capture(deployed, captured, "--force") == 0
    told = capsys.readouterr().out
    names = {name: deployed.table(name) for name in ("campaigns", "orders", "tenants")}
    assert f"{names['campaigns']}: encryption is AWS_OWNED; expected: AWS_MAN" in told
    assert f"{names['orders']}: capacity_mode is PROVISIONED; expected: PAY_" in told
    assert f"{names['tenants']}: point_in_time_recovery.status is DISABLED" in told


def test_capture_names_what_a_contract_has_no_word_for(twin, tmp_path, capsys):
    """Local and vector indexes, warmed throughput, and what is not read at all."""
    keys = {"id": "HASH", "made_at": "RANGE"}
    local = {"id": "HASH", "due_at": "RANGE"}
    twin.client("dynamodb").create_table(
        TableName=twin.table("things"),
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in {**keys, **local}
        ],
        KeySchema=schema(keys),
        LocalSecondaryIndexes=[
            {
                "IndexName": "ThingsByDue",
                "KeySchema": schema(local),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        VectorIndexes=[
            {
                "IndexName": "ThingsByMeaning",
                "VectorAttribute": {"AttributeName": "embedding"},
                "Dimensions": 3,
                "DistanceFunction": "COSINE",
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        WarmThroughput={"ReadUnitsPerSecond": 15000, "WriteUnitsPerSecond": 5000},
    )
    output = tmp_path / "schemas.json"
    assert capture(twin, output) == 0
    told = capsys.readouterr().out
    assert "not captured: ThingsByDue (local), ThingsByMeaning (vector)" in told
    assert "its warm throughput is not captured: WriteUnitsPerSecond 5000" in told
    assert "not read: resource policies" in told
    assert json.loads(output.read_text(encoding="utf-8"))["plan"]["indexes"] == 0


def schema(keys):
    """A key schema of these attributes."""
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys.items()]


def test_capture_overwrites_only_by_force(deployed, tmp_path, capsys):
    """A file that is there stays as it is, without --force."""
    output = tmp_path / "schemas.json"
    output.write_text("mine", encoding="utf-8")
    assert capture(deployed, output) == 4
    assert output.read_text(encoding="utf-8") == "mine"
    assert "--force" in capsys.readouterr().err


def test_capture_of_nothing_writes_nothing(twin, tmp_path, capsys):
    """Where no table bears the environment's name, the message says so."""
    output = tmp_path / "captured.json"
    assert capture(twin, output) == 4
    assert "no table in account" in capsys.readouterr().err
    assert not output.exists()


def test_capture_that_cannot_read_writes_nothing(twin, two_tables, tmp_path, capsys):
    """A denied read is told by name; half a contract is never written."""
    twin.deploy(two_tables)
    twin.fault(operation="DescribeTimeToLive", code="AccessDeniedException", status=400)
    output = tmp_path / "captured.json"
    assert capture(twin, output) == 4
    said = capsys.readouterr().err
    assert "nothing was written" in said
    assert "AccessDeniedException" in said
    assert not output.exists()


def test_capture_of_the_local_environment_says_how(tmp_path, capsys):
    """An environment that is deployed nowhere is refused with the way to go."""
    output = tmp_path / "captured.json"
    assert main(["capture", "--env=local", f"--output={output}"]) == 4
    assert "--provision local" in capsys.readouterr().err
