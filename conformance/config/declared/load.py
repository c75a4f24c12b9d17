"""The load that the tables must hold, as surroundings.toml declares it."""

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.errors import BadInputError
from conformance.model.suite_keys import LOAD_SLOTS
from conformance.model.table import Table

_DAY_S = 86_400
_KB = 1024


@dataclass(frozen=True)
class TableLoad:
    """One table's part."""

    writes_per_s: float
    reads_per_s: float
    writes: Mapping[str, float]
    """Share of each kind of write, in percent."""
    reads: Mapping[str, float]
    """Share of each kind of read; `query` is divided among the indexes."""
    item_bytes: int
    keys: str
    """The distribution of keys: `uniform`, `zipf` or `hot`."""
    distinct: Mapping[str, int]
    """Distinct values of index partition keys; as many as items if not named."""
    query_items: int
    """The largest number of index items that a query returns."""

    @property
    def least_units(self) -> Mapping[str, float]:
        """The units a second that the requests take at least, by `reads` and `writes`.

        A write takes a unit for each begun KB, a read half a unit for 4 KB:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
        """
        writes = self.writes_per_s * math.ceil(self.item_bytes / _KB)
        reads = self.reads_per_s * math.ceil(self.item_bytes / (4 * _KB)) / 2
        return {"reads": reads, "writes": writes}

    @property
    def expires(self) -> int:
        """The expiry time of items, for the case that a run cannot remove them."""
        return int(time.time()) + _DAY_S


@dataclass(frozen=True)
class Phase:
    """A part of a run, by its share of the full rate."""

    name: str
    seconds: float
    start: float
    end: float


@dataclass(frozen=True)
class Load:
    """The section `load`."""

    writes_per_s: float
    reads_per_s: float
    seconds: Mapping[str, float]
    """The duration of each phase."""
    spike: float
    """The spike's rate, as a multiple of the full one."""
    items: int
    """The number of items of each table."""
    query_items: int
    """The largest number of index items that a query returns."""
    connections: int
    timeout_ms: int
    achieved_percent: float
    """The share of the due requests that must be answered in the steady phase."""
    each_second_percent: float
    """The share of the declared rate that each second of it must reach."""
    silence_s: float
    """The longest time for which a table may leave every process without an answer."""
    send_lag_ms: float
    """The p99 above which the generator itself was too late."""
    baseline_percent: float
    baseline_ms: float
    """The allowed increase over the baseline; the larger of both counts."""
    scan_pages: int
    limit_usd: float
    """An estimate above it needs `--yes`."""
    tables: Mapping[str, TableLoad]

    def throttled(self, table: Table) -> Mapping[str, str]:
        """Return each declared maximum that the table's load exceeds, with its need.

        An index takes a unit at least for each write. Reads are divided among the
        table and its indexes, so only the maximum of the table can be compared.
        """
        part = self.tables.get(table.name)
        if part is None:
            return {}
        needs = {f"{name} writes": part.writes_per_s for name in table.indexes}
        needs |= part.least_units
        return {
            limited: f"{units}, and the declared load needs {needs[limited]:g}"
            for limited, units in table.maxima.items()
            if units < needs.get(limited, 0)
        }

    @property
    def per_s(self) -> float:
        """All requests of a second."""
        return self.writes_per_s + self.reads_per_s


def declared_load(section: dict[str, Any], tables: Mapping[str, Table]) -> Load:
    """Read the section.

    Raises:
        BadInputError: with everything in it that cannot be.
    """
    problems = list(_problems(section))
    if problems:
        lines = (f"surroundings.toml: load.{problem}" for problem in problems)
        raise BadInputError("\n".join(lines))
    values = {name: value for name, value in section.items() if name != "tables"}
    return Load(**values, tables=_shares(section, tables))


def _shares(
    section: dict[str, Any], tables: Mapping[str, Table]
) -> Mapping[str, TableLoad]:
    """Each table's part; where only some tables are declared, they take the whole.

    A table without a part is not loaded: a run says so, and decides nothing of it.
    """
    parts = {name: table for name, table in section["tables"].items() if name in tables}
    writes = sum(part["writes_percent"] for part in parts.values())
    reads = sum(part["reads_percent"] for part in parts.values())
    return {
        name: TableLoad(
            writes_per_s=section["writes_per_s"] * part["writes_percent"] / writes,
            reads_per_s=section["reads_per_s"] * part["reads_percent"] / reads,
            writes=part["writes"],
            reads=part["reads"],
            item_bytes=part["item_bytes"],
            keys=part["keys"],
            distinct=part["distinct"],
            query_items=section["query_items"],
        )
        for name, part in parts.items()
    }


def _problems(section: dict[str, Any]) -> Iterator[str]:
    if section["items"] > LOAD_SLOTS:
        yield f"items is {section['items']}; expected: {LOAD_SLOTS} or less"
    for name, part in section["tables"].items():
        for kind in ("writes", "reads"):
            total = sum(part[kind].values())
            if total != 100:  # noqa: PLR2004 -- percent
                yield f"tables.{name}.{kind} come to {total:g} %; expected: 100 %"
