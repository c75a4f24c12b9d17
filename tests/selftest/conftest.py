"""A running stand-in, and environments of their own on it."""

import json
import os
import signal

import pytest
from hypothesis import settings

import tests.selftest.shared_models  # noqa: F401 -- sessions share parsed models
from conformance.model.errors import BadInputError
from tests.selftest.twin_env import Suite, Twin, contract, running_standin

# A shell starts what runs in its background with Ctrl-C ignored, and children inherit
# it: what is started here shall be stopped by it all the same.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run, however slow the machine is.
settings.register_profile(
    "sample", derandomize=True, deadline=None, database=None, max_examples=50
)
settings.register_profile("fuzz", deadline=None, database=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "sample"))


def pytest_collection_modifyitems(config, items):
    """Run the sample of each family, or with LONG=1 in the shell all that it omits."""
    wanted = bool(os.environ.get("LONG"))
    left_out = [
        item for item in items if bool(item.get_closest_marker("long")) is not wanted
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(scope="session")
def aws():
    """One stand-in for the session, as its own process."""
    with running_standin() as standin:
        yield standin


@pytest.fixture(scope="session")
def two_tables():
    """A contract of two tables with four indexes, quick to judge."""
    return contract("campaigns", "users")


@pytest.fixture
def suite(tmp_path):
    """Runs of the suite in the test's own folder."""
    return Suite(tmp_path)


@pytest.fixture
def twin(aws, suite):
    """An environment of its own, not yet deployed."""
    twin = Twin(aws, suite)
    twin.write()
    return twin


@pytest.fixture
def problems(tmp_path):
    """Read a spoilt file and return what is said of it, a line a problem."""

    def read(reader, name, content):
        file = tmp_path / name
        file.write_text(
            content if isinstance(content, str) else json.dumps(content),
            encoding="utf-8",
        )
        with pytest.raises(BadInputError) as refusal:
            reader(file)
        lines = str(refusal.value).splitlines()
        assert [line for line in lines if not line.startswith(f"{file}: ")] == []
        return [line.removeprefix(f"{file}: ") for line in lines]

    return read
