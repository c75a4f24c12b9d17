import pytest


@pytest.mark.criterion("COS-1")
def test_estimated_cost_is_within_the_budget(estimate, contract, measurements):
    """
    A month MUST cost no more than the budget, as estimated from what was consumed.

    Each line stands in the evidence with its quantity and its dated price; a bill of
    the first day would say nothing of a month. Where no table was used, only assumed
    numbers are left, and nothing is decided.
    """
    measurements.update(estimate.numbers)
    assert estimate.usd <= contract.costs.budget_usd


@pytest.mark.criterion("COS-2")
def test_on_demand_is_no_waste(capacity_comparison, measurements):
    """
    On-demand requests MUST NOT cost far more than provisioned capacity would.

    Compared from measured consumption: the busiest minute is what one would provision.
    """
    measurements.update(capacity_comparison.numbers)
    assert capacity_comparison.on_demand_usd <= capacity_comparison.limit_usd


@pytest.mark.criterion("COS-3")
def test_somebody_is_told_when_costs_rise(deployed_cost_alerts):
    """
    An anomaly subscription or a budget MUST alert somebody at 20 % or earlier.

    One of them is enough. Each link counts: what is watched, from which rise or amount
    an alert is sent, in which period, and whom it reaches.
    """
    assert deployed_cost_alerts.verdict == "alerted"
