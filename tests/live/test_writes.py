import pytest


@pytest.mark.criterion("CRU-1")
def test_item_survives_the_round_trip(write_exercises):
    """
    An item MUST come back as it was put, updated and deleted.

    It is compared attribute by attribute: numbers by value, sets without order.
    """
    written = write_exercises.put()
    assert write_exercises.get() == written
    updated = write_exercises.update()
    assert write_exercises.get() == updated
    write_exercises.delete()
    assert write_exercises.get() is None


@pytest.mark.criterion("CRU-2")
def test_one_conditional_write_wins(write_exercises):
    """
    Of concurrent writers that expect the same version exactly one MUST win.

    Optimistic locking rests on it.
    """
    assert write_exercises.race() == 1


@pytest.mark.criterion("CRU-3")
def test_transaction_writes_all_across_tables(write_exercises, partner_items):
    """
    A transaction whose conditions hold MUST write all its items, across tables.

    Half of an order is worse than none.
    """
    assert write_exercises.transaction(partner_items, condition_holds=True) == (
        True,
        True,
    )


@pytest.mark.criterion("CRU-3")
def test_transaction_writes_nothing_when_a_condition_fails(
    write_exercises, partner_items
):
    """
    A transaction MUST write nothing when one of its conditions fails.

    Half of an order is worse than none.
    """
    assert write_exercises.transaction(partner_items, condition_holds=False) == (
        False,
        False,
    )


@pytest.mark.criterion("CRU-4")
def test_concurrent_writers_lose_no_update(write_exercises):
    """
    Concurrent readers and writers MUST NOT lose an acknowledged update.

    Every writer adds to one number and reads in between; the sum must be there.
    """
    count = write_exercises.count()
    assert count.stored == count.acknowledged


@pytest.mark.criterion("CRU-5")
def test_wrong_keys_are_refused(write_exercises):
    """
    Missing, empty and mistyped keys and oversized items MUST be refused.

    What is accepted here is found by no query later. Each kind is tried on one table
    or more, not on all: a refusal counts as a user error, for which there is an alarm.
    """
    assert write_exercises.refusals() == write_exercises.declared_refusals


@pytest.mark.criterion("CRU-6")
def test_writes_appear_on_the_stream(stream_changes, declared_changes):
    """
    A put, an update and a delete MUST appear on the stream with the declared view.

    Consumers see nothing else of the table.
    """
    assert stream_changes == declared_changes
