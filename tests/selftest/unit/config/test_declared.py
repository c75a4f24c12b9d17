import inspect
import runpy
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import Phase, settings

from conformance.config.criteria import load_catalogue
from conformance.config.declared.security import FineGrained
from conformance.config.declared.services import Lookup
from conformance.config.reader import ROOT
from conformance.model import item_limits as validity
from conformance.model import reserved_words as reserved
from conformance.model.criterion import Criterion
from conformance.model.table import Attribute, Index, Key, Projection
from tests.contract import item_strategies as strategies
from tests.selftest.own_contract import own_declared, own_environment
from tests.selftest.twin_env import clean_environment

TOOLS = {
    "reserved_among": reserved.reserved_among,
    "violations": validity.violations,
    "valid_items": strategies.valid_items,
    "invalid_items": strategies.invalid_items,
}
"""What the checks are given to compare with, beside the nouns."""
LOCAL = own_environment("local")
CONTRACT = own_declared(LOCAL)
PRODUCTS = CONTRACT.tables["products"]
AVAILABILITY = PRODUCTS.indexes["ProductsByAvailability"]


@contextmanager
def unshrunk():
    """Keep hypothesis from spending seconds on the smallest counter-example."""
    before = settings.get_current_profile_name()
    settings.register_profile(
        "unshrunk",
        phases=(Phase.generate,),
        derandomize=True,
        deadline=None,
        database=None,
    )
    settings.load_profile("unshrunk")
    yield
    settings.load_profile(before)


@cache
def checks(file):
    """The checks of one file of tests/contract, by name; failures stay unshrunk."""
    with unshrunk():
        names = runpy.run_path(str(ROOT / "tests" / "contract" / file))
    return {name: it for name, it in names.items() if name.startswith("test_")}


def failing(file, **nouns):
    """The checks of a file that fail with these nouns; others are not called."""
    failed = []
    for name, check in checks(file).items():
        wanted = inspect.signature(check).parameters
        if set(wanted) - set(TOOLS) <= set(nouns):
            try:
                check(**{noun: (TOOLS | nouns)[noun] for noun in wanted})
            except AssertionError:
                failed.append(name)
    return failed


def index(name, key, *attributes):
    """An index that includes these attributes."""
    return Index(name, key, Projection("INCLUDE", frozenset(attributes)))


def sample(**changed):
    """The sample with these attributes changed, or left out where None."""
    return {n: it for n, it in (PRODUCTS.sample | changed).items() if it is not None}


PRICE_AS_TEXT = Key(Attribute("category", "S"), Attribute("price", "S"))
TWICE = Key(Attribute("category", "S"), Attribute("category", "S"))
BROKEN_TABLES = {
    "test_key_attribute_has_one_type": {
        "indexes": PRODUCTS.indexes | {"Other": index("Other", PRICE_AS_TEXT, "name")}
    },
    "test_partition_and_sort_key_are_two_attributes": {
        "indexes": PRODUCTS.indexes | {"Other": index("Other", TWICE, "name")}
    },
    "test_capacity_mode_is_on_demand": {"capacity_mode": "PROVISIONED"},
    "test_point_in_time_recovery_is_enabled": {"recovery_status": "DISABLED"},
    "test_encryption_is_by_kms": {"key_class": "AWS_OWNED"},
    "test_reserved_words_are_named": {"reserved_words": frozenset({"name", "price"})},
    "test_expiry_attribute_holds_a_number": {
        "ttl": "updated_at",
        "sample": sample(updated_at={"S": "tomorrow"}),
    },
}


@pytest.mark.parametrize("check", BROKEN_TABLES)
def test_check_of_a_table_fails_for_its_own_defect(check):
    """A table with one thing wrong fails the check of that thing, and no other."""
    broken = replace(PRODUCTS, **BROKEN_TABLES[check])
    assert failing("test_tables.py", declared=broken) == [check]


def test_expiry_attribute_must_be_in_the_sample():
    """A TTL attribute that the sample lacks fails the check of the expiry time."""
    broken = replace(PRODUCTS, ttl="expires_at")
    failed = failing("test_tables.py", declared=broken)
    assert failed == ["test_expiry_attribute_holds_a_number"]


MANY = {f"Index{n}": replace(AVAILABILITY, name=f"Index{n}") for n in range(21)}
BROKEN_INDEXES = {
    "test_table_has_at_most_20_indexes": {"indexes": MANY},
    "test_indexes_project_at_most_100_attributes": {
        "indexes": {
            f"Index{n}": index(f"Index{n}", AVAILABILITY.key, *map(str, range(20)))
            for n in range(6)
        }
    },
    "test_index_key_is_in_the_sample": {"sample": sample(availability=None)},
    "test_projected_attributes_are_in_the_sample": {"sample": sample(price=None)},
    "test_projected_attributes_are_no_keys": {
        "indexes": {"Broken": index("Broken", AVAILABILITY.key, "product_id", "name")}
    },
}


@pytest.mark.parametrize("check", BROKEN_INDEXES)
def test_check_of_an_index_fails_for_its_own_defect(check):
    """An index with one thing wrong fails the check of that thing."""
    broken = replace(PRODUCTS, **BROKEN_INDEXES[check])
    declared_index = broken.indexes.get("Broken", AVAILABILITY)
    nouns = {"declared": broken, "declared_index": declared_index}
    assert failing("test_indexes.py", **nouns) == [check]


def test_index_key_of_another_type_in_the_sample_fails():
    """A sample whose index key has another type fails the check of the sample."""
    broken = replace(PRODUCTS, sample=sample(availability={"N": "1"}))
    nouns = {"declared": broken, "declared_index": AVAILABILITY}
    assert failing("test_indexes.py", **nouns) == ["test_index_key_is_in_the_sample"]


BROKEN_SAMPLES = {
    "key missing": {"product_id": None},
    "key empty": {"product_id": {"S": ""}},
    "index key mistyped": {"availability": {"N": "1"}},
    "item too large": {"filler": {"S": "x" * 400 * 1024}},
}


@pytest.mark.parametrize("defect", BROKEN_SAMPLES)
def test_sample_that_does_not_fit_fails(defect):
    """A sample that DynamoDB would refuse fails the check of the sample."""
    broken = replace(PRODUCTS, sample=sample(**BROKEN_SAMPLES[defect]))
    failed = failing("test_items.py", declared=broken)
    assert failed == ["test_sample_fits_the_table"]


WITHOUT_USERS = {name: it for name, it in CONTRACT.tables.items() if name != "users"}
WITHOUT_INDEX = CONTRACT.tables | {"products": replace(PRODUCTS, indexes={})}
BROKEN_PLANS = {
    "test_as_many_tables_are_declared_as_the_plan_counts": {"plan_tables": 6},
    "test_every_index_of_the_plan_is_declared": {
        "tables": CONTRACT.tables | {"products": replace(PRODUCTS, indexes={})}
    },
    "test_every_table_of_the_plan_is_declared": {
        "tables": {
            ("people" if name == "users" else name): it
            for name, it in CONTRACT.tables.items()
        }
    },
}


@pytest.mark.parametrize("check", BROKEN_PLANS)
def test_contract_that_leaves_out_what_the_plan_names_fails(check):
    """A contract without a table or index of the plan fails."""
    broken = replace(CONTRACT, **BROKEN_PLANS[check])
    assert failing("test_plan.py", contract=broken) == [check]


BOTH = replace(LOCAL, regions=("af-south-1", "eu-west-1"))
HALF = CONTRACT.tables | {"products": replace(PRODUCTS, stream="NEW_IMAGE")}
BROKEN_ENVIRONMENTS = {
    "test_table_names_are_3_to_255_characters": [
        (replace(LOCAL, table_name="{name}-" + "x" * 255), CONTRACT),
        (BOTH, CONTRACT),
    ],
    "test_replicated_tables_stream_both_images": [
        (BOTH, replace(CONTRACT, tables=HALF))
    ],
}


@pytest.mark.parametrize("check", BROKEN_ENVIRONMENTS)
def test_environment_that_the_contract_does_not_fit_fails(check):
    """Too long a table name, or replicas without a full stream, fail."""
    contracts = BROKEN_ENVIRONMENTS[check]
    assert failing("test_environments.py", contracts=contracts) == [check]


ONE: Criterion = load_catalogue()["TBL-1"]
BROKEN_CRITERIA = {
    "test_every_criterion_has_a_gate": {"TBL-1": replace(ONE, gates=frozenset())},
    "test_every_gate_is_known_and_sees_its_criteria": {
        "TBL-1": replace(ONE, scope=frozenset("D"), gates=frozenset({"prod"}))
    },
    "test_ids_count_from_one": {"TBL-2": ONE},
}


@pytest.mark.parametrize("check", BROKEN_CRITERIA)
def test_check_of_the_criteria_fails_for_its_own_defect(check):
    """A catalogue with one thing wrong fails the check of that thing, and no other."""
    failed = failing("test_criteria.py", catalogue=BROKEN_CRITERIA[check])
    assert failed == [check]


MISTYPED = Lookup("products", "ProductsByColour")
BROKEN_SERVICES = {
    "test_services_use_declared_tables_and_indexes": replace(
        CONTRACT,
        services=replace(CONTRACT.services, lookups={"by_colour": MISTYPED}),
    ),
    "test_every_service_is_judged": replace(
        CONTRACT,
        services=replace(CONTRACT.services, elsewhere=frozenset({"by_colour"})),
    ),
    "test_fine_grained_tables_are_kept_by_their_key": replace(
        CONTRACT,
        security=replace(
            CONTRACT.security,
            fine_grained={"it": FineGrained("role", "users", "user_id", ("GetItem",))},
        ),
    ),
}


@pytest.mark.parametrize("check", BROKEN_SERVICES)
def test_check_of_the_services_fails_for_its_own_defect(check):
    """A mistyped index, a service of no table, a tag that is no key, fail alone."""
    contracts = [(LOCAL, BROKEN_SERVICES[check])]
    assert failing("test_services.py", contracts=contracts) == [check]


def test_every_check_of_the_contract_is_seen_to_fail():
    """No check of tests/contract is left without a defect that it fails for.

    Those of a Terraform plan have twins of their own.
    """
    files = {it.name for it in (ROOT / "tests" / "contract").glob("test_*.py")}
    every = {name for file in files - {"test_terraform.py"} for name in checks(file)}
    seen = {
        *(BROKEN_TABLES | BROKEN_INDEXES | BROKEN_PLANS),
        *(BROKEN_ENVIRONMENTS | BROKEN_CRITERIA | BROKEN_SERVICES),
        "test_sample_fits_the_table",
        "test_distinct_values_are_of_index_partition_keys",
        # Seen to fail below, for a contract that no item fits.
        *DRAWN,
    }
    assert every == seen


def test_load_of_no_index_fails():
    """A distinct value count that belongs to no index fails its check."""
    parts = CONTRACT.load.tables
    idle = {"products": replace(parts["products"], distinct={"colour": 3})}
    broken = replace(CONTRACT, load=replace(CONTRACT.load, tables=parts | idle))
    (check,) = checks("test_load.py")
    assert failing("test_load.py", contract=broken) == [check]
    assert failing("test_load.py", contract=CONTRACT) == []


DRAWN = ("test_valid_items_fit_the_table", "test_invalid_items_break_one_rule")


@pytest.mark.parametrize("name", DRAWN)
def test_contract_that_no_item_fits_fails(name):
    """An attribute with two types leaves no item that fits, and none half wrong."""
    broken = replace(PRODUCTS, **BROKEN_TABLES["test_key_attribute_has_one_type"])
    check = checks("test_items.py")[name]
    wanted = set(inspect.signature(check).parameters) & set(TOOLS)
    with pytest.raises(AssertionError):
        check(declared=broken, **{tool: TOOLS[tool] for tool in wanted})


ALONE = """
import socket, sys, pytest
def refuse(*_): raise AssertionError("somebody was asked")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
sys.exit(pytest.main(["-q", *sys.argv[1:]]))
"""


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_contract_asks_nobody_and_is_quick(tmp_path, environment):
    """Plain pytest opens no connection, needs no credentials and takes under 10 s."""
    command = [sys.executable, "-c", ALONE, f"--env={environment}"]
    started = time.monotonic()
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=clean_environment(tmp_path),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert time.monotonic() - started < 30
