"""Contracts with one thing wrong, by the check of tests/contract that must fail."""

import inspect
import runpy
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

from hypothesis import Phase, settings

from conformance.config.criteria import load_catalogue
from conformance.config.declared.security import FineGrained
from conformance.config.declared.services import Lookup
from conformance.config.file_reader import ROOT
from conformance.model import item_limits as validity
from conformance.model import reserved_words as reserved
from conformance.model.criterion import Criterion
from conformance.model.table import Attribute, Index, Key, Projection
from tests.contract import item_strategies as strategies
from tests.selftest.own_contract import own_declared, own_environment

TOOLS = {
    "expiry_window": validity.expiry_window(),
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
    return {name: check for name, check in names.items() if name.startswith("test_")}


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
    return {
        n: value
        for n, value in (PRODUCTS.sample | changed).items()
        if value is not None
    }


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
BROKEN_SAMPLES = {
    "key missing": {"product_id": None},
    "key empty": {"product_id": {"S": ""}},
    "index key mistyped": {"availability": {"N": "1"}},
    "item too large": {"filler": {"S": "x" * 400 * 1024}},
}
BROKEN_PLANS = {
    "test_as_many_tables_are_declared_as_the_plan_counts": {"plan_tables": 6},
    "test_every_index_of_the_plan_is_declared": {
        "tables": CONTRACT.tables | {"products": replace(PRODUCTS, indexes={})}
    },
    "test_every_table_of_the_plan_is_declared": {
        "tables": {
            ("people" if name == "users" else name): table
            for name, table in CONTRACT.tables.items()
        }
    },
}
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
ONE: Criterion = load_catalogue()["TBL-1"]
BROKEN_CRITERIA = {
    "test_every_criterion_has_a_gate": {"TBL-1": replace(ONE, gates=frozenset())},
    "test_every_gate_is_known_and_sees_its_criteria": {
        "TBL-1": replace(ONE, scope=frozenset("D"), gates=frozenset({"prod"}))
    },
    "test_ids_count_from_one": {"TBL-2": ONE},
}
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
            fine_grained={"it": FineGrained("role", "users", ("GetItem",), "user_id")},
        ),
    ),
}
DRAWN = ("test_valid_items_fit_the_table", "test_invalid_items_break_one_rule")
