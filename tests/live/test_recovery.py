import pytest


@pytest.mark.criterion("PIT-1")
def test_point_in_time_recovery_is_as_declared(declared, deployed):
    """
    Point-in-time recovery MUST be as declared, in every region by itself.

    A replica does not inherit it, and Terraform does not notice when it is switched
    off by hand.
    """
    assert deployed.recovery_status == declared.recovery_status


@pytest.mark.criterion("PIT-1")
def test_declared_recovery_is_what_the_plan_demands(declared, contract):
    """
    The contract MUST declare the recovery that the promotion plan demands: enabled.

    A contract that was captured from a table without recovery wants none.
    """
    assert declared.recovery_status in contract.demands.recovery_status


@pytest.mark.criterion("PIT-2")
@pytest.mark.usefixtures("continuous_backups")
def test_recovery_period_is_as_declared(declared, deployed):
    """
    The recovery period MUST equal the declared days.

    A shortened period is forgotten until the day that is needed is gone.
    """
    assert deployed.recovery_days == declared.recovery_days


@pytest.mark.criterion("PIT-2")
@pytest.mark.usefixtures("continuous_backups")
def test_latest_restorable_time_is_recent(deployed):
    """
    The latest restorable time MUST be at most 10 minutes old, by AWS's own clock.

    It is typically five minutes behind; what is newer cannot be brought back.
    """
    assert deployed.recovery.lag_s <= 600


@pytest.mark.criterion("PIT-2")
@pytest.mark.usefixtures("continuous_backups")
def test_recovery_window_is_in_order(deployed):
    """
    The earliest restorable time MUST NOT be after the latest.

    Such a window allows no restore at all.
    """
    earliest, latest = deployed.recovery_window
    assert earliest <= latest


@pytest.mark.criterion("PIT-2")
@pytest.mark.usefixtures("continuous_backups")
def test_recovery_window_reaches_back(deployed):
    """
    The recovery window MUST reach back over the period, or until the table was made.

    When recovery is switched off and on again, AWS begins a new window: the setting
    looks as before, and nothing that is older can be brought back.
    """
    assert deployed.recovery.reach == deployed.recovery.whole
