"""The checks of tests/contract/test_services.py fail for their own defects."""

import pytest

from tests.selftest.unit.contract.defects import BROKEN_SERVICES, LOCAL, failing


@pytest.mark.parametrize("check", BROKEN_SERVICES)
def test_check_of_the_services_fails_for_its_own_defect(check):
    """A mistyped index, a service of no table, a tag that is no key, fail alone."""
    contracts = [(LOCAL, BROKEN_SERVICES[check])]
    assert failing("test_services.py", contracts=contracts) == [check]
