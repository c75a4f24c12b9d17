"""The checks of tests/contract/test_environments.py fail for their own defects."""

import pytest

from tests.selftest.unit.contract.defects import BROKEN_ENVIRONMENTS, failing


@pytest.mark.parametrize("check", BROKEN_ENVIRONMENTS)
def test_environment_that_the_contract_does_not_fit_fails(check):
    """Too long a table name, or replicas without a full stream, fail."""
    contracts = BROKEN_ENVIRONMENTS[check]
    assert failing("test_environments.py", contracts=contracts) == [check]
