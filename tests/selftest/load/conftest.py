"""Loads of two tables."""

from functools import partial

import pytest

from tests.selftest.load.process import begin


@pytest.fixture
def load(twin, two_tables, tmp_path):
    """Begin a load of two tables."""
    return partial(begin, twin, two_tables, tmp_path)
