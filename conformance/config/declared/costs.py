"""The budget of the tables, the prices of AWS, and the assumed usage."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.config.file_reader import PROMOTION, load
from conformance.model.cost_estimate import Price

PRICES = PROMOTION / "prices.toml"


@dataclass(frozen=True)
class Costs:
    """The section `cost` of surroundings.toml, and prices.toml."""

    budget_usd: float
    """A month, all regions together."""
    hours: float
    """The hours of a month."""
    region: str
    """The region in which Cost Explorer and Budgets answer."""
    alert_above: float
    """Percent over what is expected."""
    alert_floor_usd: float
    """A rise by so little need not be told, whatever percentage it is."""
    payer_account: str
    """The account that keeps the cost alerts; empty if it is the environment's."""
    assumed: Mapping[str, float]
    utilisation: float
    premium: float
    """The highest allowed ratio of on-demand cost to provisioned cost."""
    prices: Mapping[str, Mapping[str, Price]]
    """Prices by region and item."""

    def price(self, region: str, item: str) -> Price:
        """Return the price; it is open if the file has none for the region."""
        return self.prices.get(region, {}).get(item, _OPEN)


_OPEN = Price(None, None, "")


def declared_costs(section: dict[str, Any]) -> Costs:
    """Read the section, with the prices.

    Raises:
        BadInputError: with every problem of prices.toml.
    """
    return Costs(
        budget_usd=section["budget_usd"],
        hours=section["hours"],
        region=section["region"],
        alert_above=section["alert_above"],
        alert_floor_usd=section.get("alert_floor_usd", 0.0),
        payer_account=section.get("payer_account", ""),
        assumed=section["assumed"],
        utilisation=section["provisioned"]["utilisation"],
        premium=section["provisioned"]["premium"],
        prices={
            region: {item: _price(entry) for item, entry in items.items()}
            for region, items in load(PRICES, "prices").items()
        },
    )


def _price(entry: dict[str, Any]) -> Price:
    # usd, date and source are absent together, while the price is open.
    return Price(entry.get("usd"), entry.get("date"), entry.get("source", ""))
