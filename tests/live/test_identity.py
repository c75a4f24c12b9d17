import pytest


@pytest.mark.criterion("IDN-1")
def test_the_caller_is_of_the_environments_account(environment, region):
    """
    The credentials MUST belong to the environment's account.

    DEV, SIT and the DR region share eu-west-1: only the account tells them apart.
    """
    assert region.caller_account == environment.account


@pytest.mark.criterion("IDN-2")
def test_the_region_is_enabled(region):
    """
    Every declared region MUST be enabled for the account.

    An opt-in region such as af-south-1 answers no request until it is enabled.
    """
    assert region.opt_status in {"ENABLED", "ENABLED_BY_DEFAULT"}


@pytest.mark.criterion("IDN-2")
def test_the_region_answers(region):
    """
    DynamoDB MUST answer in every declared region.

    Being enabled is what AWS says; listing tables is what it does.
    """
    assert region.answers is True


@pytest.mark.criterion("IDN-4")
def test_no_declared_table_exists_yet(region):
    """
    Before a first deployment none of the declared tables MUST exist.

    Creating what is there fails half-way, or takes over data that nobody expects.
    """
    assert region.tables_there == frozenset()
