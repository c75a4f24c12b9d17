import json
from copy import deepcopy
from functools import cache

import pytest

from conformance.config.declared import load_declared
from conformance.config.environment import load_environment
from conformance.config.file_reader import load
from conformance.model.errors import BadInputError
from conformance.model.item import canonical
from tests.selftest.own_contract import SCHEMAS, own_environment

LOCAL = own_environment("local")


@cache
def shipped():
    """The contract as it is shipped."""
    return json.loads(SCHEMAS.read_text(encoding="utf-8"))


@pytest.fixture
def contract():
    """A copy of the shipped contract, to be spoilt."""
    return deepcopy(shipped())


@pytest.fixture
def contract_problems(problems, contract):
    """What is said of the spoilt contract."""
    return lambda: problems(
        lambda file: load_declared(LOCAL, file), "schemas.json", contract
    )


def test_every_problem_is_reported_at_once(contract, contract_problems):
    """All problems of a file stand in one message, each with path and cure."""
    orders = contract["tables"]["orders"]
    orders["capacity_mode"] = "PAY_PER_REQEST"
    orders["sort_kye"] = orders.pop("partition_key")
    del orders["ttl"]
    contract["plan"] = {"tables": 0, "indexes": 8}
    assert contract_problems() == [
        "plan.tables is 0; expected: at least 1",
        (
            "tables.orders.sort_kye is not a known field; allowed: capacity_mode, "
            "consistency, deletion_protection, encryption, indexes, kinesis_streams, "
            "maximum_throughput, partition_key, point_in_time_recovery, "
            "reserved_words, sample, sort_key, stream, table_class, tags, ttl. "
            "Did you mean 'sort_key'?"
        ),
        "tables.orders.partition_key is missing; expected: a key attribute",
        (
            "tables.orders.ttl is missing; expected: the attribute that holds the "
            "expiry time, or OFF"
        ),
        (
            'tables.orders.capacity_mode is "PAY_PER_REQEST"; allowed: '
            "PAY_PER_REQUEST, PROVISIONED. Did you mean 'PAY_PER_REQUEST'?"
        ),
    ]


WRONG = {
    "type of a key": (
        ("orders", "partition_key", "type"),
        "String",
        'tables.orders.partition_key.type is "String"; allowed: S, N, B',
    ),
    "text for a truth": (
        ("orders", "deletion_protection"),
        "true",
        (
            'tables.orders.deletion_protection is "true"; expected: true or false, '
            "without quotes"
        ),
    ),
    "number for a text": (
        ("orders", "tags", "Project"),
        1,
        "tables.orders.tags.Project is 1; expected: a text in quotes",
    ),
    "more than the limit": (
        ("orders", "point_in_time_recovery", "days"),
        36,
        "tables.orders.point_in_time_recovery.days is 36; expected: at most 35",
    ),
    "list for a group": (
        ("orders", "indexes"),
        [],
        "tables.orders.indexes is []; expected: a group of named fields",
    ),
    "position in a list": (
        ("orders", "reserved_words"),
        ["name", 7],
        "tables.orders.reserved_words[1] is 7; expected: a text in quotes",
    ),
    "entry twice": (
        ("orders", "reserved_words"),
        ["status", "status"],
        (
            'tables.orders.reserved_words is ["status", "status"]; expected: each '
            "entry once (attributes whose names DynamoDB reserves: expressions need a "
            "placeholder)"
        ),
    ),
    "attributes of an ALL projection": (
        ("orders", "indexes", "OrdersByDate", "projection", "attributes"),
        ["lines"],
        (
            "tables.orders.indexes.OrdersByDate.projection.attributes is not allowed "
            "here: only an INCLUDE projection names attributes"
        ),
    ),
    "INCLUDE without attributes": (
        ("orders", "indexes", "OrdersByDate", "projection", "type"),
        "INCLUDE",
        "tables.orders.indexes.OrdersByDate.projection.attributes is missing",
    ),
    "index name": (
        ("orders", "indexes", "X"),
        {"partition_key": {"name": "x", "type": "S"}, "projection": {"type": "ALL"}},
        (
            '"X" in tables.orders.indexes is no usable name; expected: an index name: '
            "3 to 255 of a-z A-Z 0-9 _ . -"
        ),
    ),
    "number without quotes in the sample": (
        ("orders", "sample", "version", "N"),
        1,
        (
            "tables.orders.sample.version.N is 1; expected: a text in quotes (a number "
            'in quotes, such as "249.95")'
        ),
    ),
    "unknown type in the sample": (
        ("orders", "sample", "version"),
        {"X": "1"},
        (
            "tables.orders.sample.version.X is not a known field; allowed: B, BOOL, "
            "BS, L, M, N, NS, NULL, S, SS"
        ),
    ),
    "binary that is no base64": (
        ("orders", "sample", "digest"),
        {"B": "***"},
        (
            'tables.orders.sample.digest.B is "***"; expected: binary as base64, such '
            'as "3q2+7w=="'
        ),
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_named_with_what_is_allowed(contract, contract_problems, case):
    """One wrong value gives one line: where, what, and what is allowed."""
    path, value, said = WRONG[case]
    place = contract["tables"]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert contract_problems() == [said]


def test_a_name_that_stands_twice_is_refused(problems):
    """JSON takes the last of two equal names silently; here both are named."""
    text = SCHEMAS.read_text(encoding="utf-8").replace(
        '"ttl": "OFF",', '"ttl": "OFF", "ttl": "x",', 1
    )
    (said,) = problems(lambda file: load(file, "schemas"), "schemas.json", text)
    assert said == (
        "is not valid JSON: 'ttl' more than once in one object, where the last would "
        "silently win; keep one"
    )


def test_a_broken_file_is_named_with_the_place(problems):
    """Broken TOML and JSON say line and column."""
    (toml,) = problems(lambda file: load_environment(str(file)), "sit.toml", "a = ")
    (text,) = problems(lambda file: load(file, "schemas"), "schemas.json", '{"a": }')
    assert toml.startswith("is not valid TOML: ")
    assert text.startswith("is not valid JSON: ")
    assert "line 1" in text


def test_a_file_that_is_not_there_is_named(tmp_path):
    """A missing file is one line, not a traceback."""
    with pytest.raises(BadInputError, match=r"none\.json: there is no such file"):
        load(tmp_path / "none.json", "schemas")


def test_assumptions_cover_something_and_have_their_own_ids(
    contract, contract_problems
):
    """Every assumption that covers nothing is named, and every id used twice."""
    contract["assumptions"][0]["covers"] = ["tables.*.sort_kye", "tables.*.ttl"]
    contract["assumptions"][2]["covers"] = ["plan.views"]
    contract["assumptions"][3]["id"] = "ASM-2"
    assert contract_problems() == [
        (
            "ASM-1 of assumptions covers 'tables.*.sort_kye', which matches no field "
            "of the file; correct or remove it"
        ),
        (
            "ASM-3 of assumptions covers 'plan.views', which matches no field of the "
            "file; correct or remove it"
        ),
        "ASM-2 of assumptions stands 2 times; give each its own id",
    ]


def test_binary_values_of_the_sample_are_octets(contract, tmp_path):
    """A binary value is base64 in the file, and its octets for boto3."""
    contract["tables"]["orders"]["sample"]["digest"] = {"B": "3q2+7w=="}
    file = tmp_path / "schemas.json"
    file.write_text(json.dumps(contract), encoding="utf-8")
    sample = load_declared(LOCAL, file).tables["orders"].sample
    assert canonical(sample)["digest"] == ("B", b"\xde\xad\xbe\xef")
