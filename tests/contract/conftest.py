"""What the contract is compared with, beside itself; read from files alone."""

import pytest
from hypothesis import settings

from conformance.declared import load_declared
from conformance.environment import FOLDER, load_environment

settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def catalogue(suite):
    """Every criterion, by its id."""
    return suite.catalogue


@pytest.fixture(scope="session")
def contracts(environment, pytestconfig):
    """Every environment there is a file of, with the contract as it applies there."""
    files = sorted({*FOLDER.glob("*.toml"), environment.source})
    schemas = pytestconfig.option.schemas
    environments = [load_environment(str(file)) for file in files]
    return [(each, load_declared(each, schemas)) for each in environments]
