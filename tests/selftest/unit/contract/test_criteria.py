"""The checks of tests/contract/test_criteria.py fail for their own defects."""

import pytest

from tests.selftest.unit.contract.defects import BROKEN_CRITERIA, failing


@pytest.mark.parametrize("check", BROKEN_CRITERIA)
def test_check_of_the_criteria_fails_for_its_own_defect(check):
    """A catalogue with one thing wrong fails the check of that thing, and no other."""
    failed = failing("test_criteria.py", catalogue=BROKEN_CRITERIA[check])
    assert failed == [check]
