"""How much of a load falls on one partition: what an on-demand table cannot split."""

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.config.declared.load import TableLoad
from conformance.load.load_schedule import shares, weights
from conformance.load.request_bodies import BATCH, QUERY
from conformance.load.units import (
    carries_version,
    item_read_units,
    item_write_units,
    query_units,
    values_of,
)
from conformance.model.table import Table

PARTITION_WRITES = 1000
PARTITION_READS = 3000
"""Units a second of one partition, whatever the capacity mode (Developer Guide, "Burst
and adaptive capacity")."""


@dataclass(frozen=True)
class Busiest:
    """The busiest partition key value of a table or index, in units a second."""

    table: str
    index: str
    values: int
    writes: float
    reads: float

    @property
    def warnings(self) -> Iterator[str]:
        """What is to be expected of it, if one partition cannot take it."""
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


def busiest(table: Table, load: TableLoad, items: int) -> Iterator[Busiest]:
    """Of the table, and of each of its indexes."""
    chosen = _chances(load.keys, items)
    used = _used(table, load, chosen)
    yield Busiest(table.name, "", items, max(used.into_table), max(used.from_table))
    queries = {at: rate for kind, at, rate in shares(table, load) if kind == QUERY}
    for name, index in table.indexes.items():
        values = values_of(load, index, items)
        written = max(_by_value(used.into_indexes, values))
        queried = queries.get(name, 0.0) * query_units(load, index, items)
        yield Busiest(
            table.name,
            name,
            values,
            written if carries_version(index) else 0.0,
            queried * max(_by_value(chosen, values)),
        )


@dataclass(frozen=True)
class _Used:
    """Units a second of each item, without those of queries."""

    into_table: list[float]
    into_indexes: list[float]
    from_table: list[float]


def _used(table: Table, load: TableLoad, chosen: list[float]) -> _Used:
    pairs, batches = (_together(chosen, it) for it in (2, BATCH))
    size, read = item_write_units(load), item_read_units(load)
    used = _Used(*([0.0] * len(chosen) for _ in range(3)))
    for operation, _, rate in shares(table, load):
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
    """How likely a request is about each item."""
    chosen = weights(keys, items)
    whole = sum(chosen)
    return [it / whole for it in chosen]


def _together(chosen: list[float], many: int) -> list[float]:
    """The same for requests about so many neighbours, from the chosen one on."""
    many = min(many, len(chosen))
    return [sum(chosen[slot - n] for n in range(many)) for slot in range(len(chosen))]


def _add(to: list[float], chances: list[float], units: float) -> None:
    for slot, chance in enumerate(chances):
        to[slot] += chance * units


def _by_value(slots: list[float], values: int) -> list[float]:
    """What falls on each value of an index's partition key; slots take turns."""
    return [sum(slots[value::values]) for value in range(values)]
