"""The forecast of what a load will use and cost, before anything is sent."""

from dataclasses import dataclass

from conformance.config.declared import Declared
from conformance.config.declared.load import TableLoad
from conformance.load.load_schedule import LoadSchedule, operation_rates
from conformance.load.partitions import (
    busiest_values,
    carries_version,
    item_read_units,
    item_write_units,
    query_units,
)
from conformance.load.request_bodies import BATCH
from conformance.model.table import Table

_MILLION = 1_000_000


@dataclass(frozen=True)
class Forecast:
    """Units, cost and time of one run."""

    write_units: float
    read_units: float
    hot: tuple[str, ...]
    """Warnings about partitions that are too busy."""
    usd: float | None
    """None where a price is open."""
    clean_up_s: float

    @property
    def lines(self) -> list[str]:
        """Return the forecast in words, for whoever pays."""
        price = (
            "no price is known for this region"
            if self.usd is None
            else (f"{self.usd:.2f} USD")
        )
        units = (
            f"{self.write_units / _MILLION:.2f} million write units and "
            f"{self.read_units / _MILLION:.2f} million read units, seeding and "
            f"cleaning up included: {price}"
        )
        return [
            units,
            f"cleaning up takes about {self.clean_up_s:.0f} s",
            *self.hot,
        ]

    def too_dear(self, limit_usd: float) -> str:
        """Return why the run needs confirmation; empty where it does not."""
        if self.usd is None:
            return "the cost is not known: prices are open; --yes goes on all the same"
        if self.usd > limit_usd:
            return (
                f"estimated at {self.usd:.2f} USD, the limit is {limit_usd:g} USD; "
                "--yes goes on"
            )
        return ""


def forecast(schedule: LoadSchedule, declared: Declared, region: str) -> Forecast:
    """Forecast units, busy partitions and cost of the tables that have a load."""
    running = sum(
        phase.seconds * (phase.start + phase.end) / 2 for phase in schedule.phases
    )
    items = schedule.load.items
    written = read = 0.0
    hot: list[str] = []
    for name, table in declared.tables.items():
        load = schedule.load.tables[name]
        writes, reads = units_per_s(table, load, items)
        written += writes * running
        # Seeding and cleaning up write the item and its entry in each index.
        written += 2 * items * item_write_units(load) * (1 + len(table.indexes))
        # What was seeded is read back.
        read += reads * running + items * item_read_units(load)
        for value in busiest_values(table, load, items):
            hot += value.warnings
    write_usd = declared.costs.price(region, "writes").usd
    read_usd = declared.costs.price(region, "reads").usd
    usd = None
    if write_usd is not None and read_usd is not None:
        usd = (written * write_usd + read * read_usd) / _MILLION
    return Forecast(
        write_units=written,
        read_units=read,
        hot=tuple(hot),
        usd=usd,
        clean_up_s=items * len(declared.tables) / clean_up_rate(schedule),
    )


def clean_up_rate(schedule: LoadSchedule) -> float:
    """Return the writes a second of seeding and cleaning up.

    The tables must take as many under the load anyway.
    """
    return max(schedule.load.writes_per_s, 50.0)


def units_per_s(table: Table, load: TableLoad, items: int) -> tuple[float, float]:
    """Return write and read units a second, with those of the indexes."""
    size, read = item_write_units(load), item_read_units(load)
    indexes = sum(1 for index in table.indexes.values() if carries_version(index))
    writes = reads = 0.0
    for operation, index, rate in operation_rates(table, load):
        match operation:
            case "transact_write":
                # Two items, each at twice the units (Developer Guide, transactions).
                writes += rate * 2 * (2 * size + indexes * size)
            case "put" | "conditional_put" | "update":
                writes += rate * size * (1 + indexes)
            case "get":
                reads += rate * read / 2
            case "get_strong":
                reads += rate * read
            case "batch_get":
                reads += rate * min(BATCH, items) * read / 2
            case _:
                reads += rate * query_units(load, table.indexes[index], items)
    return writes, reads
