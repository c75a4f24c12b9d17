import pytest


@pytest.mark.criterion("GSI-1")
def test_index_is_active(deployed_index):
    """
    Every declared index MUST exist and be ACTIVE, and MUST NOT be backfilling.

    A table is ACTIVE while its index is still being built and answers queries
    with a part of the items.
    """
    assert deployed_index.readiness == "ACTIVE"


@pytest.mark.criterion("GSI-2")
def test_index_key_is_as_declared(declared_index, deployed_index):
    """
    Partition key, sort key and types of every index MUST equal the contract.

    A query on another key returns nothing, without an error.
    """
    assert deployed_index.key == declared_index.key


@pytest.mark.criterion("GSI-2")
def test_index_projection_is_as_declared(declared_index, deployed_index):
    """
    Projection type and projected attributes MUST equal the contract.

    An attribute that is not projected is missing from every answer.
    """
    assert deployed_index.projection == declared_index.projection


@pytest.mark.criterion("GSI-3")
def test_no_undeclared_index(declared, deployed):
    """
    A table MUST NOT have an index that is not declared, of whichever kind.

    Every index is paid for with every write, and can throttle the table; with a local
    index, items of one partition key cannot exceed 10 GB.
    """
    assert deployed.index_names - frozenset(declared.indexes) == frozenset()


@pytest.mark.criterion("GSI-4")
@pytest.mark.usefixtures("subject")
def test_as_many_indexes_are_declared_as_the_plan_counts(contract):
    """
    The number of declared indexes MUST equal the number in the promotion plan.

    If the plan's count differs from its own list, its owner decides which is right:
    until then this fails, or is waived by name.
    """
    assert contract.index_count == contract.plan_indexes
