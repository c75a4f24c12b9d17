"""The checks of tests/contract/test_items.py fail for their own defects."""

import inspect
from dataclasses import replace

import pytest

from tests.selftest.unit.contract.defects import (
    BROKEN_SAMPLES,
    BROKEN_TABLES,
    DRAWN,
    PRODUCTS,
    TOOLS,
    checks,
    failing,
    sample,
)


@pytest.mark.parametrize("defect", BROKEN_SAMPLES)
def test_sample_that_does_not_fit_fails(defect):
    """A sample that DynamoDB would refuse fails the check of the sample."""
    broken = replace(PRODUCTS, sample=sample(**BROKEN_SAMPLES[defect]))
    failed = failing("test_items.py", declared=broken)
    assert failed == ["test_sample_fits_the_table"]


@pytest.mark.parametrize("name", DRAWN)
def test_contract_that_no_item_fits_fails(name):
    """An attribute with two types leaves no item that fits, and none half wrong."""
    broken = replace(PRODUCTS, **BROKEN_TABLES["test_key_attribute_has_one_type"])
    check = checks("test_items.py")[name]
    wanted = set(inspect.signature(check).parameters) & set(TOOLS)
    with pytest.raises(AssertionError):
        check(declared=broken, **{tool: TOOLS[tool] for tool in wanted})
