import pytest


@pytest.mark.criterion("DRX-1")
def test_acknowledged_writes_are_there_after_failover(failover):
    """
    Writes older than the measured lag MUST be in the DR region once writers are there.

    Every write is numbered and known by its acknowledgement. Some items are written in
    both regions: conflicts are counted, and the later write must stand. On AWS this is
    a switchover: our writers stop, and nothing is cut.
    """
    assert failover.lost == ()


@pytest.mark.criterion("DRX-1")
def test_writers_reach_the_dr_region_in_time(failover, contract):
    """
    The DR region MUST acknowledge a write within the declared time after the last here.

    No name and no function of the customer is switched: that takes its own time.
    """
    assert failover.seconds <= contract.target("switch_s")


@pytest.mark.criterion("DRX-2")
def test_writes_of_the_dr_region_are_there_after_failback(failback):
    """
    Writes acknowledged in the DR region MUST be in the primary region after failback.

    Looked for again once writers are back, as their writes must not undo any. Of items
    that are written in both regions the later write must stand.
    """
    assert failback.lost == ()


@pytest.mark.criterion("DRX-2")
def test_writers_return_to_the_primary_region_in_time(failback, contract):
    """
    The primary region MUST acknowledge a write in time after the last one in DR.

    Waiting for the writes of the DR region is part of it.
    """
    assert failback.seconds <= contract.target("switch_s")
