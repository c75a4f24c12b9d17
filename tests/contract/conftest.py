"""The values that the contract's checks compare with; all come from files."""

import pytest

from conformance.config.declared import load_declared
from conformance.config.environment import FOLDER, load_environment
from conformance.config.extras import require_extra
from conformance.model import item_limits as validity
from conformance.model import reserved_words as reserved
from conformance.model.errors import BadInputError


def pytest_pycollect_makemodule(module_path):
    """Name the missing extra before the checks of items import it."""
    if module_path.name == "test_items.py":
        try:
            require_extra("contract", "tests/contract/test_items.py")
        except BadInputError as problem:
            raise pytest.UsageError(str(problem)) from None


@pytest.fixture(scope="session")
def catalogue(inputs):
    """Every criterion, by its id."""
    return inputs.catalogue


@pytest.fixture(scope="session")
def contracts(environment, pytestconfig):
    """Every environment that has a file, with the contract as it applies there."""
    files = sorted({*FOLDER.glob("*.toml"), environment.source})
    schemas = pytestconfig.option.schemas
    environments = [load_environment(str(file)) for file in files]
    return [(each, load_declared(each, schemas)) for each in environments]


@pytest.fixture(scope="session")
def reserved_among():
    """The function that returns which of some names DynamoDB reserves."""
    return reserved.reserved_among


@pytest.fixture(scope="session")
def violations():
    """The function that returns the rules of DynamoDB that an item breaks."""
    return validity.violations


@pytest.fixture(scope="session")
def valid_items():
    """The function that returns a strategy for items that fit a table."""
    from tests.contract import item_strategies  # noqa: PLC0415 -- imports hypothesis

    return item_strategies.valid_items


@pytest.fixture(scope="session")
def invalid_items():
    """The function that returns a strategy for items that break one rule."""
    from tests.contract import item_strategies  # noqa: PLC0415 -- imports hypothesis

    return item_strategies.invalid_items
