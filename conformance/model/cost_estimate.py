"""An estimate of cost: lines of quantity and price, and what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from conformance.model.errors import NotAssessedError, NotUnderstoodError


@dataclass(frozen=True)
class Price:
    """The price of one unit in one region, in USD."""

    usd: float | None
    """None while the price is unknown."""
    date: date | None
    source: str


@dataclass(frozen=True)
class Line:
    """One thing that is paid for, a month."""

    region: str
    table: str
    item: str
    charge: str
    """The item of the price list; indexes pay what tables pay."""
    quantity: float
    basis: str
    """The source of the quantity: measured, declared or assumed."""
    price: Price

    @property
    def usd(self) -> float | None:
        """The cost; None where something is used whose price is open."""
        if not self.quantity:
            return 0.0
        return None if self.price.usd is None else self.quantity * self.price.usd

    @property
    def name(self) -> str:
        """The region, table and item of the line."""
        return f"{self.region} {self.table} {self.item}"

    @property
    def shown(self) -> Mapping[str, Any]:
        """The line as the evidence has it."""
        return {
            "quantity": self.quantity,
            "basis": self.basis,
            "usd_a_unit": self.price.usd,
            "usd": self.usd,
            "price_of": str(self.price.date or "open"),
            "source": self.price.source,
        }


@dataclass(frozen=True)
class Estimate:
    """The estimated cost of a month, in USD."""

    lines: tuple[Line, ...]
    budget_usd: float
    measured: bool = True
    """True if at least one table's consumption was measured."""
    unknown: tuple[str, ...] = ()
    """The tables that are billed otherwise than the lines say."""

    @property
    def known_usd(self) -> float:
        """The sum of all lines with a price: at least so much."""
        return round(sum(line.usd or 0.0 for line in self.lines), 2)

    @property
    def open(self) -> tuple[str, ...]:
        """The charges that are used and have no price."""
        named = [
            f"{line.charge} in {line.region}" for line in self.lines if line.usd is None
        ]
        return tuple(dict.fromkeys(named))

    @property
    def usd(self) -> float:
        """The sum; as soon as the known lines exceed the budget, theirs.

        Raises:
            NotAssessedError: nothing was measured, or something is billed otherwise;
                or prices are open, and the rest is within the budget.
        """
        if self.unknown:
            raise NotUnderstoodError(
                "the estimate is of on-demand tables of the class STANDARD, but "
                f"{', '.join(self.unknown)}",
            )
        if not self.measured:
            raise NotAssessedError(
                "CloudWatch has no datapoint of any table: "
                f"{self.known_usd} USD a month are assumed, which proves nothing"
            )
        if self.open and self.known_usd <= self.budget_usd:
            raise NotAssessedError(
                f"at least {self.known_usd} USD a month, but no price is known of "
                f"{', '.join(self.open)}: add it to promotion/prices.toml"
            )
        return self.known_usd

    @property
    def numbers(self) -> Mapping[str, Any]:
        """Every line, and the sums."""
        return {
            "known_usd_a_month": self.known_usd,
            "budget_usd_a_month": self.budget_usd,
            "open_prices": list(self.open),
            "lines": {line.name: line.shown for line in self.lines},
        }
