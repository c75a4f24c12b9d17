import pytest


@pytest.mark.criterion("DRX-3")
def test_failover_records_lead_to_both_regions(deployed_failover, declared_records):
    """
    A primary and a secondary failover record MUST lead to the declared regions.

    A secondary that leads elsewhere is noticed on the day it is needed.
    """
    assert deployed_failover.records == declared_records


@pytest.mark.criterion("DRX-3")
def test_health_checks_watch_what_the_records_lead_to(
    deployed_failover, declared_watched
):
    """
    The primary record MUST have a health check of the host it leads to.

    A check of another host switches over for no reason, or never. An alias may
    evaluate the health of its target instead, and a check may watch the declared alarm.
    A secondary record may do without; if it has a check, it is judged alike.
    """
    assert deployed_failover.watched == declared_watched


@pytest.mark.criterion("DRX-3")
def test_health_checks_are_healthy(deployed_failover, declared_health):
    """
    The health check of each failover record MUST report its host as healthy.

    Disabled and inverted checks are healthy whatever happens, and prove nothing.
    """
    assert deployed_failover.health == declared_health
