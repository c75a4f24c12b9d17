"""The values that the contract's checks compare with; all come from files."""

import pytest

from conformance.config.declared import load_declared
from conformance.config.environment import FOLDER, load_environment
from conformance.config.optional_dependencies import require_extra
from conformance.model import item_limits as validity
from conformance.model import reserved_words as reserved
from conformance.model.errors import BadInputError


@pytest.hookimpl(tryfirst=True)
def pytest_make_collect_report(collector):
    """Name the missing extra before the checks of items import it."""
    if collector.path.name != "test_items.py" or not isinstance(collector, pytest.File):
        return None
    try:
        require_extra("contract", "tests/contract/test_items.py")
    except BadInputError as problem:
        if hasattr(collector.config, "workerinput"):  # its own end would be silent
            return pytest.CollectReport(collector.nodeid, "failed", str(problem), [])
        raise pytest.UsageError(str(problem)) from None


@pytest.fixture(scope="session")
def catalogue(inputs):
    """Return every criterion, by its id."""
    return inputs.catalogue


@pytest.fixture(scope="session")
def contracts(environment, pytestconfig):
    """Return every environment that has a file, with its contract."""
    files = sorted({*FOLDER.glob("*.toml"), environment.source})
    schemas = pytestconfig.option.schemas
    environments = [load_environment(str(file)) for file in files]
    return [
        (environment, load_declared(environment, schemas))
        for environment in environments
    ]


@pytest.fixture(scope="session")
def reserved_among():
    """Return the function that finds names which DynamoDB reserves."""
    return reserved.reserved_among


@pytest.fixture(scope="session")
def expiry_window():
    """Return the expiry times, in seconds since 1970, that TTL acts on."""
    return validity.expiry_window()


@pytest.fixture(scope="session")
def violations():
    """Return the function that finds the rules of DynamoDB that an item breaks."""
    return validity.violations


@pytest.fixture(scope="session")
def valid_items():
    """Return the function that makes a strategy for items that fit a table."""
    from tests.contract import item_strategies  # noqa: PLC0415 -- imports hypothesis

    return item_strategies.valid_items


@pytest.fixture(scope="session")
def invalid_items():
    """Return the function that makes a strategy for items that break one rule."""
    from tests.contract import item_strategies  # noqa: PLC0415 -- imports hypothesis

    return item_strategies.invalid_items
