"""Environments that may be drilled."""

import pytest

from tests.selftest.drills.drill_env import TABLE, made, mend


@pytest.fixture
def twin(aws, suite):
    """One table with items of others in it, which may be drilled."""
    twin = made(aws, suite, TABLE)
    yield twin
    mend(aws)
