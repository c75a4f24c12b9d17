"""What a load will use and cost, before anything is sent."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.declared import Declared
from conformance.declared.load import TableLoad
from conformance.load.bodies import VERSION
from conformance.load.plan import Plan, shares, weights
from conformance.table import Index, Table

_WRITE_BYTES = 1024
_READ_BYTES = 4096
_FOUND = 10
"""Items that a query or a batch returns."""
PARTITION_WRITES = 1000
"""Write units a second of one partition, whatever the capacity mode (Developer Guide,
"Burst and adaptive capacity")."""
_MILLION = 1_000_000


@dataclass(frozen=True)
class Hot:
    """The busiest partition key value of a table or index."""

    table: str
    index: str
    write_units_per_s: float
    values: int

    @property
    def too_hot(self) -> bool:
        """Whether one partition cannot take it."""
        return self.write_units_per_s > PARTITION_WRITES

    @property
    def warning(self) -> str:
        """What is to be expected of it."""
        name = f"{self.table}/{self.index}" if self.index else self.table
        return (
            f"{name}: its busiest value of {self.values} gets "
            f"{self.write_units_per_s:.0f} write units a second, one partition takes "
            f"{PARTITION_WRITES}: expect throttling"
        )


@dataclass(frozen=True)
class Forecast:
    """Of one run."""

    write_units: float
    read_units: float
    hot: tuple[Hot, ...]
    usd: float | None
    """None where a price is open."""
    clean_up_s: float

    @property
    def lines(self) -> list[str]:
        """In words, for whoever pays."""
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
            *(each.warning for each in self.hot if each.too_hot),
        ]


def forecast(plan: Plan, declared: Declared, region: str) -> Forecast:
    """Units, the busiest partitions, and cost."""
    running = sum(it.seconds * (it.start + it.end) / 2 for it in plan.phases)
    items = plan.load.items * len(declared.tables)
    written = read = 0.0
    for name, table in declared.tables.items():
        writes, reads = units_per_s(table, plan.load.tables[name])
        written += writes * running
        read += reads * running
        size = _units(plan.load.tables[name].item_bytes, _WRITE_BYTES)
        # Seeding and cleaning up write the item and its entry in each index.
        written += 2 * plan.load.items * size * (1 + len(table.indexes))
    prices = [declared.costs.price(region, it).usd for it in ("writes", "reads")]
    usd = None
    if prices[0] is not None and prices[1] is not None:
        usd = (written * prices[0] + read * prices[1]) / _MILLION
    return Forecast(
        write_units=written,
        read_units=read,
        hot=tuple(_hottest(plan, declared)),
        usd=usd,
        clean_up_s=items / clean_up_rate(plan),
    )


def clean_up_rate(plan: Plan) -> float:
    """Writes a second of seeding and cleaning up: what the tables must hold anyway."""
    return max(plan.load.writes_per_s, 50.0)


def units_per_s(table: Table, load: TableLoad) -> tuple[float, float]:
    """Write and read units a second, with those of the indexes."""
    size = _units(load.item_bytes, _WRITE_BYTES)
    indexes = sum(1 for index in table.indexes.values() if _carries_version(index))
    writes = reads = 0.0
    for operation, _, rate in shares(table, load):
        match operation:
            case "transact_write":
                # Two items, each at twice the units (Developer Guide, transactions).
                writes += rate * 2 * (2 * size + indexes * size)
            case "put" | "conditional_put" | "update":
                writes += rate * size * (1 + indexes)
            case "get":
                reads += rate * _units(load.item_bytes, _READ_BYTES) / 2
            case "get_strong":
                reads += rate * _units(load.item_bytes, _READ_BYTES)
            case "batch_get":
                reads += rate * _FOUND * _units(load.item_bytes, _READ_BYTES) / 2
            case _:
                reads += rate * _units(load.item_bytes * _FOUND, _READ_BYTES) / 2
    return writes, reads


def _carries_version(index: Index) -> bool:
    """Whether a write of ours changes the index: only if what it changes is there."""
    projection = index.projection
    return projection.type == "ALL" or VERSION in projection.attributes


def _hottest(plan: Plan, declared: Declared) -> Iterator[Hot]:
    for name, table in declared.tables.items():
        load = plan.load.tables[name]
        chosen = weights(load.keys, plan.load.items)
        size = _units(load.item_bytes, _WRITE_BYTES)
        rate = load.writes_per_s * size / sum(chosen)
        yield Hot(name, "", max(chosen) * rate, len(chosen))
        for index in table.indexes.values():
            if _carries_version(index):
                values = load.distinct.get(index.key.partition.name, len(chosen))
                busiest = max(_by_value(chosen, values).values())
                yield Hot(name, index.name, busiest * rate, values)


def _by_value(chosen: list[float], values: int) -> Mapping[int, float]:
    found: dict[int, float] = {}
    for slot, weight in enumerate(chosen):
        found[slot % values] = found.get(slot % values, 0.0) + weight
    return found


def _units(size: int, each: int) -> int:
    return math.ceil(size / each)
