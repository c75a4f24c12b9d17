"""Capacity units of requests, and how many of them fall on one partition."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from conformance.config.declared.load import TableLoad
from conformance.load.load_schedule import item_weights, operation_rates
from conformance.load.request_bodies import BATCH, QUERY, VERSION
from conformance.model.table import Index, Table

PARTITION_WRITES = 1000
PARTITION_READS = 3000
"""Units a second of one partition, whatever the capacity mode (Developer Guide, "Burst
and adaptive capacity")."""
_WRITE_BYTES = 1024
_READ_BYTES = 4096


@dataclass(frozen=True)
class BusiestValue:
    """The busiest partition key value of a table or index, in units a second."""

    table: str
    index: str
    values: int
    writes: float
    reads: float

    @property
    def warnings(self) -> Iterator[str]:
        """Return a warning for each use that one partition cannot take."""
        name = f"{self.table}/{self.index}" if self.index else self.table
        for units, kind, most in (
            (self.writes, "write", PARTITION_WRITES),
            (self.reads, "read", PARTITION_READS),
        ):
            if units > most:
                yield (
                    f"{name}: its busiest value of {self.values} gets {units:.0f} "
                    f"{kind} units a second, one partition takes {most}: expect "
                    "throttling"
                )


def busiest_values(table: Table, load: TableLoad, items: int) -> Iterator[BusiestValue]:
    """Yield the busiest value of the table, and of each of its indexes."""
    chosen = _chances(load.keys, items)
    used = _units_by_item(table, load, chosen)
    yield BusiestValue(
        table.name, "", items, max(used.into_table), max(used.from_table)
    )
    queries = {
        index: rate
        for operation, index, rate in operation_rates(table, load)
        if operation == QUERY
    }
    for name, index in table.indexes.items():
        values = values_of(load, index, items)
        written = max(_by_value(used.into_indexes, values))
        queried = queries.get(name, 0.0) * query_units(load, index, items)
        yield BusiestValue(
            table.name,
            name,
            values,
            written if carries_version(index) else 0.0,
            queried * max(_by_value(chosen, values)),
        )


@dataclass(frozen=True)
class _UnitsByItem:
    """Units a second of each item, without those of queries."""

    into_table: list[float]
    into_indexes: list[float]
    from_table: list[float]


def _units_by_item(table: Table, load: TableLoad, chosen: list[float]) -> _UnitsByItem:
    pairs, batches = (_neighbours(chosen, size) for size in (2, BATCH))
    size, read = item_write_units(load), item_read_units(load)
    used = _UnitsByItem(*([0.0] * len(chosen) for _ in range(3)))
    for operation, _, rate in operation_rates(table, load):
        match operation:
            case "transact_write":
                # Twice the units in the table, but not in its indexes.
                _add(used.into_table, pairs, 2 * rate * size)
                _add(used.into_indexes, pairs, rate * size)
            case "put" | "conditional_put" | "update":
                _add(used.into_table, chosen, rate * size)
                _add(used.into_indexes, chosen, rate * size)
            case "get":
                _add(used.from_table, chosen, rate * read / 2)
            case "get_strong":
                _add(used.from_table, chosen, rate * read)
            case "batch_get":
                _add(used.from_table, batches, rate * read / 2)
    return used


def _chances(keys: str, items: int) -> list[float]:
    """Return for each item the chance that a request is about it."""
    chosen = item_weights(keys, items)
    whole = sum(chosen)
    return [weight / whole for weight in chosen]


def _neighbours(chosen: list[float], size: int) -> list[float]:
    """Return the chances for requests about the chosen item and those after it."""
    size = min(size, len(chosen))
    return [sum(chosen[slot - n] for n in range(size)) for slot in range(len(chosen))]


def _add(to: list[float], chances: list[float], units: float) -> None:
    for slot, chance in enumerate(chances):
        to[slot] += chance * units


def _by_value(slots: list[float], values: int) -> list[float]:
    """Return the sum on each value of an index's partition key; slots take turns."""
    return [sum(slots[value::values]) for value in range(values)]


def item_write_units(load: TableLoad) -> int:
    """Return the units of one write, to the table or to an index."""
    return math.ceil(load.item_bytes / _WRITE_BYTES)


def item_read_units(load: TableLoad) -> int:
    """Return the units of one strongly consistent read; others take half of it."""
    return math.ceil(load.item_bytes / _READ_BYTES)


def query_units(load: TableLoad, index: Index, items: int) -> float:
    """Return the units of one eventually consistent query of an index."""
    found = min(load.query_items, math.ceil(items / values_of(load, index, items)))
    return math.ceil(load.item_bytes * found / _READ_BYTES) / 2


def values_of(load: TableLoad, index: Index, items: int) -> int:
    """Return the number of values that the index's partition key has."""
    return min(load.distinct.get(index.key.partition.name, items), items)


def carries_version(index: Index) -> bool:
    """Return True if our writes change the index: if it holds what they change."""
    projection = index.projection
    return projection.type == "ALL" or VERSION in projection.attributes
