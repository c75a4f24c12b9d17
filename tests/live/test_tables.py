import pytest


@pytest.mark.criterion("TBL-1")
def test_table_is_active(deployed):
    """
    Every declared table MUST exist and be ACTIVE.

    Whatever else rests on a missing table is not assessed, so that it shows once.
    """
    assert deployed.status == "ACTIVE"


@pytest.mark.criterion("TBL-2")
def test_primary_key_is_as_declared(declared, deployed):
    """
    Partition key, sort key and their types MUST equal the contract.

    A key cannot be changed later: a wrong one means a new table and a migration.
    """
    assert deployed.key == declared.key


@pytest.mark.criterion("TBL-3")
def test_capacity_mode_is_as_declared(declared, deployed):
    """
    The capacity mode MUST equal the contract.

    AWS describes no billing mode for a table that was always provisioned: its
    absence means provisioned, and is no gap in what is known.
    """
    assert deployed.capacity_mode == declared.capacity_mode


@pytest.mark.criterion("TBL-3")
def test_declared_capacity_mode_is_what_the_plan_demands(declared, contract):
    """
    The contract MUST declare the capacity mode that the promotion plan demands.

    A contract that is weaker than the plan would pass what the plan forbids.
    """
    assert declared.capacity_mode in contract.demands.capacity_mode


@pytest.mark.criterion("TBL-3")
def test_maxima_of_throughput_are_as_declared(declared, deployed):
    """
    The maxima of throughput MUST equal the contract; on demand it may declare none.

    A maximum of a table, an index or a replica throttles far below what AWS serves;
    provisioned units are such a maximum.
    """
    assert deployed.maxima == declared.maxima


@pytest.mark.criterion("TBL-3")
@pytest.mark.usefixtures("under_load")
def test_declared_maxima_are_what_the_plan_demands(declared, contract):
    """
    A declared maximum MUST NOT be less than the plan's load needs at least.

    Each write takes one unit for each begun KB of an item, in every index, too.
    """
    assert contract.load.throttled(declared) == {}


@pytest.mark.criterion("TBL-3")
def test_table_class_is_as_declared(declared, deployed):
    """
    The table class MUST equal the contract.

    Another class has other prices for requests and storage; a restore gives none back.
    """
    assert deployed.table_class == declared.table_class


@pytest.mark.criterion("TBL-4")
def test_no_undeclared_table_carries_the_environments_name(region):
    """
    A table that carries the environment's name SHOULD be declared.

    It is in nobody's contract, backup selection or alarm.
    """
    assert region.undeclared_tables == frozenset()


@pytest.mark.criterion("TBL-4")
def test_no_replica_in_an_undeclared_region(deployed):
    """
    A declared table SHOULD have no replica in a region that is not declared.

    All items are there too, where no check looks, and no backup and alarm is.
    """
    assert deployed.undeclared_replicas == {}


@pytest.mark.criterion("TBL-5")
def test_stream_is_as_declared(declared, deployed):
    """
    The stream MUST be on or off, with the view type, as the contract says.

    Replicas and stream consumers stop silently when it is changed.
    """
    assert deployed.stream == declared.stream


@pytest.mark.criterion("TBL-5")
def test_kinesis_streams_are_as_declared(declared, deployed):
    """
    The Kinesis data streams that take the changes MUST be those of the contract.

    Every item leaves the table that way, out of reach of the table's own policies.
    """
    assert deployed.kinesis_streams == declared.kinesis_streams


@pytest.mark.criterion("TBL-6")
def test_ttl_is_as_declared(declared, deployed):
    """
    The expiry attribute MUST equal the contract.

    A wrong attribute keeps everything for ever, or deletes what should stay.
    """
    assert deployed.ttl == declared.ttl


@pytest.mark.criterion("TBL-7")
def test_declared_tags_are_present(declared, deployed):
    """
    Every declared tag SHOULD be present with its value.

    Backup selections and cost reports go by tags; further tags do no harm.
    """
    assert {name: deployed.tags.get(name) for name in declared.tags} == declared.tags


@pytest.mark.criterion("TBL-8")
def test_deletion_protection_is_as_declared(declared, deployed):
    """
    Deletion protection SHOULD equal the contract, in every region by itself.

    A deleted table is gone with its data; a replica does not inherit the setting.
    """
    assert deployed.deletion_protection == declared.deletion_protection


@pytest.mark.criterion("TBL-8")
def test_declared_deletion_protection_is_what_the_plan_demands(declared, contract):
    """
    The contract SHOULD declare the deletion protection that the plan demands: on.

    A contract that is weaker than the plan would pass what the plan forbids.
    """
    assert declared.deletion_protection in contract.demands.deletion_protection


@pytest.mark.criterion("TBL-8")
def test_protection_against_disassociation_is_on(deployed):
    """
    A replica SHOULD NOT be allowed to leave its global table.

    It is on unless somebody switched it off; what leaves is replicated no more.
    """
    assert deployed.disassociation_protection is True
