"""The monthly cost of the deployed tables, on-demand and provisioned."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from conformance.config.declared import Declared
from conformance.deployed.consumption import TABLE, DeployedConsumption, Use
from conformance.deployed.table import DeployedTable
from conformance.model.backup.values import Retention
from conformance.model.cost_estimate import Estimate, Line
from conformance.model.errors import NotAssessedError
from conformance.model.table import Table

_MILLION = 1_000_000
_GB = 2**30
_KB = 2**10
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class Month:
    """Units of a month."""

    reads: float
    writes: float
    """Writes of the table itself."""
    index_writes: float


class Bill:
    """The lines of one environment."""

    def __init__(self, declared: Declared, regions: tuple[str, ...]) -> None:
        """Know the prices and the regions, the primary first."""
        self._declared = declared
        self._costs = declared.costs
        self._regions = regions

    def estimate(
        self,
        read: Mapping[str, tuple[DeployedConsumption, Mapping[str, DeployedTable]]],
    ) -> Estimate:
        """Estimate the cost of a month from what was read in each region."""
        measured = any(
            consumption.of(table)
            for consumption, _ in read.values()
            for table in self._declared.tables.values()
        )
        lines = [
            line
            for region, (consumption, tables) in read.items()
            for name, table in self._declared.tables.items()
            for line in self._lines(region, consumption, tables[name], table)
        ]
        unknown = dict.fromkeys(
            reason
            for _, tables in read.values()
            for table in tables.values()
            for reason in _without_price(table)
        )
        return Estimate(tuple(lines), self._costs.budget_usd, measured, tuple(unknown))

    def _lines(
        self,
        region: str,
        consumption: DeployedConsumption,
        deployed: DeployedTable,
        table: Table,
    ) -> Iterator[Line]:
        units, basis = self.month(consumption, table)
        measured = {
            "reads": units.reads / _MILLION,
            "replicated_writes" if self._replicates else "writes": (
                units.writes / _MILLION
            ),
        }
        for item, quantity in measured.items():
            price = self._costs.price(region, item)
            yield Line(region, table.name, item, item, quantity, basis, price)
        for item, (quantity, origin) in self._kept_and_moved(
            region, deployed, table, units.writes
        ).items():
            price = self._costs.price(region, item)
            yield Line(region, table.name, item, item, quantity, origin, price)
        yield Line(
            region=region,
            table=table.name,
            item="writes of indexes",
            charge="writes",
            quantity=units.index_writes / _MILLION,
            basis=basis,
            price=self._costs.price(region, "writes"),
        )

    def _kept_and_moved(
        self, region: str, deployed: DeployedTable, table: Table, writes: float
    ) -> dict[str, tuple[float, str]]:
        """Quantities by item, each with where it comes from."""
        size = deployed.description["TableSizeBytes"] / _GB
        # GlobalSecondaryIndexes is absent where the table has none.
        # LocalSecondaryIndexes, too.
        indexes = [
            index
            for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
            for index in deployed.description.get(kind, ())
        ]
        whole = size + sum(index["IndexSizeBytes"] for index in indexes) / _GB
        recovered = size if table.recovery_status == "ENABLED" else 0.0
        moved = writes * _KB / _GB * (len(self._regions) - 1)
        streamed = self._costs.assumed["stream_reads"] / _MILLION
        return {
            "storage": (whole, "measured by DynamoDB"),
            "pitr": (recovered, "the table's size"),
            "backup": (size * self._kept(region), "size times copies kept"),
            "transfer": (moved, "1 KB a write and replica"),
            "stream_reads": (streamed, "assumed"),
        }

    def month(
        self, consumption: DeployedConsumption, table: Table
    ) -> tuple[Month, str]:
        """Units of a month and where they come from."""
        used = consumption.of(table)
        if not used:
            assumed = self._costs.assumed
            of_indexes = assumed["writes"] * len(table.indexes)
            return (
                Month(assumed["reads"], assumed["writes"], of_indexes),
                "assumed: CloudWatch has no datapoint of the table",
            )
        times = self._costs.hours / consumption.span.hours
        reads = sum(consumed.reads for consumed in used.values())
        writes = sum(consumed.writes for consumed in used.values())
        own = used[TABLE].writes
        month = Month(reads * times, own * times, (writes - own) * times)
        return month, "measured by CloudWatch"

    @property
    def _replicates(self) -> bool:
        return len(self._regions) > 1

    def _kept(self, region: str) -> float:
        """Full backups of a table that are kept in a region at any time."""
        backups = self._declared.backups
        runs_a_day = _DAY_MINUTES / backups.interval.minutes
        days = _days(backups.retention)
        if region in backups.copies:
            days += _days(backups.copies[region].retention)
        return days * runs_a_day


@dataclass(frozen=True)
class Comparison:
    """One table's requests on-demand, and as provisioned capacity."""

    on_demand_usd: float
    provisioned_usd: float
    premium: float
    units: Mapping[str, int]

    @property
    def limit_usd(self) -> float:
        """The highest allowed cost of on-demand capacity."""
        return round(self.provisioned_usd * self.premium, 2)

    @property
    def numbers(self) -> Mapping[str, Any]:
        """Both sides, and the capacity that would be provisioned."""
        return {
            "on_demand_usd_a_month": self.on_demand_usd,
            "provisioned_usd_a_month": self.provisioned_usd,
            "provisioned_units": dict(self.units),
        }


def comparison(
    declared: Declared, table: Table, region: str, consumption: DeployedConsumption
) -> Comparison:
    """On-demand against provisioned capacity, from what was measured.

    Raises:
        NotAssessedError: nothing was measured, or a price is open.
    """
    used = consumption.of(table)
    if not used:
        raise NotAssessedError(
            "CloudWatch has no datapoint of consumed capacity in the last "
            f"{consumption.span.hours:g} hours: nothing to compare"
        )
    costs = declared.costs
    usd = {item: costs.price(region, item).usd for item in _ITEMS}
    missing = [item for item, price in usd.items() if price is None]
    if missing:
        raise NotAssessedError(
            f"no price is known of {', '.join(missing)} in {region}: add it to "
            "promotion/prices.toml"
        )
    prices = {item: price or 0.0 for item, price in usd.items()}
    times = costs.hours / consumption.span.hours / _MILLION
    units = dict(_units(used, costs.utilisation))
    on_demand = times * sum(
        consumed.reads * prices["reads"] + consumed.writes * prices["writes"]
        for consumed in used.values()
    )
    provisioned = costs.hours * sum(
        number * prices[f"{name.rpartition(' ')[2]}_hours"]
        for name, number in units.items()
    )
    return Comparison(round(on_demand, 2), round(provisioned, 2), costs.premium, units)


_ITEMS = ("reads", "writes", "read_hours", "write_hours")


def _units(used: Mapping[str, Use], utilisation: float) -> Iterator[tuple[str, int]]:
    """Capacity for the busiest minute; DynamoDB provisions one unit at least."""
    for part, use in used.items():
        name = part or "table"
        yield f"{name} read", max(1, ceil(use.reads_a_second / utilisation))
        yield f"{name} write", max(1, ceil(use.writes_a_second / utilisation))


def _without_price(deployed: DeployedTable) -> Iterator[str]:
    """Yield what a table has that prices.toml has no price for."""
    where = f"{deployed.name} in {deployed.region}"
    if deployed.capacity_mode != "PAY_PER_REQUEST":
        yield f"{where} is billed as {deployed.capacity_mode}"
    if deployed.table_class != "STANDARD":
        yield f"{where} is of the class {deployed.table_class}"


def _days(retention: Retention) -> float:
    if retention.days is None:
        raise NotAssessedError("backups are kept for ever: no month costs the same")
    return retention.days
