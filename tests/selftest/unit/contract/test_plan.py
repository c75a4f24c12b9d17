"""The checks of tests/contract/test_plan.py fail for their own defects."""

from dataclasses import replace

import pytest

from tests.selftest.unit.contract.defects import BROKEN_PLANS, CONTRACT, failing


@pytest.mark.parametrize("check", BROKEN_PLANS)
def test_contract_that_leaves_out_what_the_plan_names_fails(check):
    """A contract without a table or index of the plan fails."""
    broken = replace(CONTRACT, **BROKEN_PLANS[check])
    assert failing("test_plan.py", contract=broken) == [check]
