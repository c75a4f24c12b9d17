"""The checks of tests/contract/test_indexes.py fail for their own defects."""

from dataclasses import replace

import pytest

from tests.selftest.unit.contract.defects import (
    AVAILABILITY,
    BROKEN_INDEXES,
    PRODUCTS,
    failing,
    sample,
)


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
