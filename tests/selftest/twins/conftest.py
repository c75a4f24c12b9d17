"""Recordings of conforming environments, made once for all processes."""

import pytest

from tests.selftest.twins.recorded_env import recorded


@pytest.fixture(scope="session")
def recordings(tmp_path_factory, request):
    """Record an environment in a folder that all processes share."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base

    def record(name, *tables, **keys):
        folder = shared / f"recorded-{name}"
        return recorded(folder, lambda: request.getfixturevalue("aws"), *tables, **keys)

    return record


@pytest.fixture(scope="session")
def sit(recordings):
    """Two tables in one region."""
    return recordings("sit", "campaigns", "users", regions=("eu-west-1",))


@pytest.fixture(scope="session")
def prod(recordings):
    """Two tables in two regions, with copies and failover."""
    regions = ("af-south-1", "eu-west-1")
    return recordings("prod", "campaigns", "users", regions=regions, judged_as="prod")
