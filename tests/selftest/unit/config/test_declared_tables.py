"""Settings that a contract declares for some environments alone."""

import json

import pytest

from conformance.config.declared.tables import declared_tables
from tests.selftest.own_contract import SCHEMAS, own_environment

LOW, AMPLE = {"writes": 50}, {"reads": 9000, "writes": 9000}


def users(stage, **settings):
    """The table users as it is declared for a stage, with these settings."""
    tables = json.loads(SCHEMAS.read_text(encoding="utf-8"))["tables"]
    entry = tables["users"] | settings
    return declared_tables({"users": entry}, own_environment(stage))["users"]


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"dev": LOW}, {"dev": LOW, "sit": {}, "prod": {}}),
        ({"default": AMPLE}, {"dev": AMPLE, "sit": AMPLE, "prod": AMPLE}),
        (
            {"default": LOW, "prod": {}},
            {"dev": LOW, "sit": LOW, "prod": {}},
        ),
    ],
    ids=["dev alone", "everywhere", "not in prod"],
)
def test_a_maximum_is_declared_by_environment(declared, expected):
    """The stage decides, then the default; without either there is no maximum."""
    for stage, maximum in expected.items():
        assert users(stage, maximum_throughput=declared).maxima == maximum


def test_a_maximum_of_an_index_is_named_after_it():
    """The maxima of a table are compared together, by what they limit."""
    indexes = json.loads(SCHEMAS.read_text(encoding="utf-8"))["tables"]["users"][
        "indexes"
    ]
    indexes["UsersByEmail"]["maximum_throughput"] = {"default": LOW}
    assert users("sit", indexes=indexes).maxima == {"UsersByEmail writes": 50}


def test_kinesis_streams_are_declared_by_environment():
    """Names of streams differ between environments; the default is for the others."""
    streams = {"default": [], "prod": ["changes"]}
    assert users("sit", kinesis_streams=streams).kinesis_streams == {}
    assert users("prod", kinesis_streams=streams).kinesis_streams == {
        "changes": "ACTIVE"
    }
