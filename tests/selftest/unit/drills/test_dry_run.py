"""What a switch would write, and what a drill would cost, is told beforehand."""

from dataclasses import replace
from datetime import date

import pytest

from conformance.aws.client import AwsClients
from conformance.aws.recorder import Recorder
from conformance.drills.cost import in_words, quantities
from conformance.drills.dry_run import dry_run_lines
from conformance.drills.switching import items_of
from conformance.model.cost_estimate import Price
from tests.selftest.own_contract import own_declared, own_environment


def test_a_dry_run_of_a_switch_says_what_would_be_written():
    """It names the writers, both regions, and how many items there would be."""
    environment = own_environment("local-prod")
    declared = own_declared(environment)
    clients = AwsClients(environment, declared.tables, Recorder())
    said = list(dry_run_lines(clients, declared, {}, {}, switched=["orders", "users"]))
    here, there = environment.regions
    assert f"  writers of orders, users: from {here} to {there} and back, with " in (
        line.partition(str(items_of(declared.drills)))[0] for line in said
    )


@pytest.mark.parametrize("known", [True, False], ids=["known", "open"])
def test_the_cost_of_a_drill_is_what_the_prices_come_to(known):
    """Known prices are summed up by region; an open one is named and never guessed."""
    costs = own_declared(own_environment("local")).costs
    prices = {"reads": 2.0, "restore": 0.5, "backup": 3.0, "transfer": 0.25}
    if not known:
        del prices["restore"]
    day = date(2026, 1, 13)
    region = {name: Price(usd, day, "here") for name, usd in prices.items()}
    costs = replace(costs, prices={"eu-west-1": region, "eu-central-1": region})
    gigabyte = 2**30
    charged = quantities(
        {"users": gigabyte},
        {"users": frozenset({"pitr", "copy"})},
        "eu-west-1",
        "eu-central-1",
    )
    said = "\n".join(in_words(costs, charged))
    reads, restores = 4 * gigabyte / 4096 / 1e6 * 2.0, 2 * 0.5
    others = 2 / 30 * 3.0 + 0.25
    total = reads + others + (restores if known else 0.0)
    assert said.startswith(f"cost: {'' if known else 'at least '}{total:.6f} USD")
    assert ("the price of restore is open" in said) is not known
