"""The load that the tables must hold, as surroundings.toml declares it."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.errors import BadInputError
from conformance.model.suite_keys import LOAD_SLOTS
from conformance.model.table import Table

_DAY_S = 86_400


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
    """How requests choose items: `uniform`, `zipf` or `hot`."""
    distinct: Mapping[str, int]
    """How many values an index's partition key has; as many as items otherwise."""
    query_items: int
    """At most so many items of an index a query."""

    @property
    def expires(self) -> int:
        """When items expire by themselves, whatever becomes of a run."""
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
    """How long each phase lasts."""
    spike: float
    """The spike's rate, as a multiple of the full one."""
    items: int
    """Of each table."""
    query_items: int
    """At most so many items of an index a query."""
    connections: int
    timeout_ms: int
    achieved_percent: float
    """Of the requests that were due, over the whole steady phase."""
    each_second_percent: float
    """Of the declared rate, in each second of it."""
    silence_s: float
    """How long a table may leave everybody without an answer."""
    send_lag_ms: float
    """The p99 above which the generator itself was too late."""
    baseline_percent: float
    baseline_ms: float
    """How much more than the baseline is still no regression: the larger of both."""
    scan_pages: int
    limit_usd: float
    """An estimate above it needs `--yes`."""
    tables: Mapping[str, TableLoad]

    @property
    def per_s(self) -> float:
        """All requests of a second."""
        return self.writes_per_s + self.reads_per_s


def declared_load(section: dict[str, Any], tables: Mapping[str, Table]) -> Load:
    """The section, resolved for the environment.

    Raises:
        BadInputError: with everything in it that cannot be.
    """
    problems = list(_problems(section))
    if problems:
        lines = (f"surroundings.toml: load.{problem}" for problem in problems)
        raise BadInputError("\n".join(lines))
    values = {name: it for name, it in section.items() if name != "tables"}
    return Load(**values, tables=_shares(section, tables))


def _shares(
    section: dict[str, Any], tables: Mapping[str, Table]
) -> Mapping[str, TableLoad]:
    """Each table's part; where only some tables are declared, they take the whole.

    A table without a part is not loaded: a run says so, and decides nothing of it.
    """
    parts = {name: it for name, it in section["tables"].items() if name in tables}
    writes = sum(it["writes_percent"] for it in parts.values())
    reads = sum(it["reads_percent"] for it in parts.values())
    return {
        name: TableLoad(
            writes_per_s=section["writes_per_s"] * it["writes_percent"] / writes,
            reads_per_s=section["reads_per_s"] * it["reads_percent"] / reads,
            writes=it["writes"],
            reads=it["reads"],
            item_bytes=it["item_bytes"],
            keys=it["keys"],
            distinct=it["distinct"],
            query_items=section["query_items"],
        )
        for name, it in parts.items()
    }


def _problems(section: dict[str, Any]) -> Iterator[str]:
    if section["items"] > LOAD_SLOTS:
        yield f"items is {section['items']}; expected: {LOAD_SLOTS} or less"
    for name, part in section["tables"].items():
        for kind in ("writes", "reads"):
            total = sum(part[kind].values())
            if total != 100:  # noqa: PLR2004 -- percent
                yield f"tables.{name}.{kind} come to {total:g} %; expected: 100 %"
