"""The checks of tests/contract/test_tables.py fail for their own defects."""

from dataclasses import replace

import pytest

from tests.selftest.unit.contract.defects import (
    BROKEN_TABLES,
    CONTRACT,
    PRODUCTS,
    failing,
)


@pytest.mark.parametrize("check", BROKEN_TABLES)
def test_check_of_a_table_fails_for_its_own_defect(check):
    """A table with one thing wrong fails the check of that thing, and no other."""
    broken = replace(PRODUCTS, **BROKEN_TABLES[check])
    assert failing("test_tables.py", declared=broken, contract=CONTRACT) == [check]


def test_expiry_attribute_must_be_in_the_sample():
    """A TTL attribute that the sample lacks fails the check of the expiry time."""
    broken = replace(PRODUCTS, ttl="expires_at")
    failed = failing("test_tables.py", declared=broken)
    assert failed == ["test_expiry_attribute_holds_a_number"]


@pytest.mark.parametrize(
    "expiry", ["1800000000000", "946684800", "0", "-1", "1800000000000000"]
)
def test_expiry_that_is_not_in_seconds_fails(expiry):
    """Milliseconds, and times that TTL no longer acts on, are no expiry time."""
    sample = PRODUCTS.sample | {"expires_at": {"N": expiry}}
    broken = replace(PRODUCTS, ttl="expires_at", sample=sample)
    failed = failing("test_tables.py", declared=broken)
    assert failed == ["test_expiry_of_the_sample_is_in_seconds"]


def test_expiry_in_seconds_is_right():
    """A time in some years' seconds passes."""
    sample = PRODUCTS.sample | {"expires_at": {"N": "1800000000"}}
    right = replace(PRODUCTS, ttl="expires_at", sample=sample)
    assert failing("test_tables.py", declared=right) == []
