import pytest


@pytest.mark.criterion("TBL-9")
def test_primary_key_is_as_in_the_previous_environment(deployed, previous_table):
    """
    The primary key SHOULD equal that of the previous environment.

    What was tested there is what goes on.
    """
    assert deployed.key == previous_table.key


@pytest.mark.criterion("TBL-9")
def test_indexes_are_as_in_the_previous_environment(promoted_indexes, previous_indexes):
    """
    Indexes, their keys and projections SHOULD equal the previous environment's.

    A query that was tested there finds the same here.
    """
    assert promoted_indexes == previous_indexes


@pytest.mark.criterion("TBL-9")
def test_settings_are_as_in_the_previous_environment(
    promoted_settings, previous_settings
):
    """
    Every setting that both contracts declare alike SHOULD be equal in both.

    Both may differ from the contract in the same way; this shows that they differ.
    """
    assert promoted_settings == previous_settings
