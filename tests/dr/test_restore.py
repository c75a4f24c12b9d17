import pytest


@pytest.mark.criterion("RST-1")
def test_a_restore_to_the_chosen_second_is_possible(pitr_restore):
    """
    The table MUST be restorable to a second that this drill chose.

    Recovery that was switched on too late, or not at all, refuses here.
    """
    assert pitr_restore.status == "ACTIVE"


@pytest.mark.criterion("RST-1")
def test_a_restore_to_a_time_has_exactly_the_items_of_that_time(
    pitr_restore, measurements
):
    """
    The restored table MUST hold exactly the items of the chosen second.

    Items of this drill are known write by write. Those of others are compared with the
    source, where it was quiet; a difference that may be a later write is listed, and
    proves nothing.
    """
    measurements.update(pitr_restore.comparison)
    assert pitr_restore.differences == ()


@pytest.mark.criterion("RST-1")
def test_a_restore_to_a_time_has_the_shape_of_its_source(pitr_restore):
    """
    Keys, indexes, encryption and capacity mode MUST be those of the source.

    What a restore never brings back is another matter (RST-5).
    """
    assert pitr_restore.restored_shape == pitr_restore.source_shape


@pytest.mark.criterion("RST-2")
def test_a_restore_from_a_backup_is_possible(backup_restore):
    """
    A backup that this drill took MUST be restorable into a new table.

    An on-demand backup by DynamoDB, and a recovery point by AWS Backup with the role
    and the vault of the plan.
    """
    assert backup_restore.status == "ACTIVE"


@pytest.mark.criterion("RST-2")
def test_a_restore_from_a_backup_has_exactly_the_items_of_its_source(
    backup_restore, measurements
):
    """
    The restored table MUST hold exactly the items that the source held.

    Compared as those of a restore to a time.
    """
    measurements.update(backup_restore.comparison)
    assert backup_restore.differences == ()


@pytest.mark.criterion("RST-2")
def test_a_restore_from_a_backup_has_the_shape_of_its_source(backup_restore):
    """
    Keys, indexes, encryption and capacity mode MUST be those of the source.

    AWS Backup restores with AWS's own key unless it is told the source's.
    """
    assert backup_restore.restored_shape == backup_restore.source_shape


@pytest.mark.criterion("RST-3")
def test_a_table_is_restored_in_time(any_restore, contract, measurements):
    """
    A table MUST be restored, queryable, verified and repaired within the declared RTO.

    The sum of all phases from the request on; each is in the evidence.
    """
    measurements |= {"rto_s": any_restore.rto_s, "phases_s": any_restore.phases.spans}
    assert any_restore.rto_s <= contract.target("restore_rto_s")


@pytest.mark.criterion("RST-4")
def test_few_writes_are_lost(any_restore, contract, measurements):
    """
    The newest write that a restore brings back MUST NOT be older than the declared RPO.

    Counted from the moment that was restored, and for a restore to a time from the
    present: as far as the latest restorable time is behind it.
    """
    measurements.update(any_restore.loss)
    assert any_restore.lost_s <= contract.target("restore_rpo_s")


@pytest.mark.criterion("RST-5")
def test_what_a_restore_does_not_bring_back_can_be_repaired(any_restore, measurements):
    """
    Recovery, expiry, stream, protection and tags MUST be the source's after the repair.

    A restore brings none of them back. What was missing is listed with the call that
    repairs it; alarms and policies bear a table's name and must be made anew.
    """
    measurements["not_restored"] = any_restore.not_restored
    assert any_restore.repaired_settings == any_restore.source_settings


@pytest.mark.criterion("RST-6")
def test_a_copied_recovery_point_is_restored_elsewhere(copy_restore):
    """
    A copied recovery point MUST be restorable in the declared account and region.

    Where nothing is declared it is not assessed, as the plan asks for it.
    """
    assert copy_restore.status == "ACTIVE"


@pytest.mark.criterion("RST-6")
def test_a_restore_elsewhere_has_exactly_the_items_of_its_source(
    copy_restore, measurements
):
    """
    The table restored elsewhere MUST hold exactly the items that the source held.

    Compared as those of a restore to a time. Its phases are in the evidence; the RTO is
    judged where the source is (RST-3).
    """
    measurements.update(copy_restore.comparison)
    measurements |= {"rto_s": copy_restore.rto_s, "phases_s": copy_restore.phases.spans}
    assert copy_restore.differences == ()


@pytest.mark.criterion("RST-6")
def test_a_restore_elsewhere_has_the_shape_of_its_source(copy_restore):
    """
    Keys, indexes, encryption and capacity mode MUST be those of the source.

    A key serves its own region, so one of the source's class counts as the source's;
    where that is the customer's, kms_key_arn of restore_into MUST name it.
    """
    assert copy_restore.restored_shape == copy_restore.source_shape


@pytest.mark.criterion("RST-7")
def test_nothing_of_the_drill_remains(restored, declared, deployed):
    """
    No table, backup, recovery point or item of the drill MUST remain.

    Looked for by name and tag everywhere that the drill made something.
    """
    assert restored.leftovers_of(declared.name, deployed.name) == ()


@pytest.mark.criterion("RST-7")
def test_the_source_table_is_as_it_was(restored, declared):
    """
    Shape and settings of the source table MUST be what they were before the drill.

    That no item of others was touched, every request of the evidence shows.
    """
    assert restored.changes_of(declared.name) == ()
