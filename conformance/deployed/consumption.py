"""The capacity that the tables of one region consumed in the last hours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from conformance.config.declared import Declared
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.series import Query, Series, read_series, window_before
from conformance.model.cloudwatch.metrics import DYNAMODB, Metric
from conformance.model.table import Table

_MINUTE_S = 60
TABLE = ""
"""Stands for the table itself among its indexes."""


@dataclass(frozen=True)
class Use:
    """Read and write units of a table or an index."""

    reads: float
    writes: float
    reads_a_second: float
    """Reads in the busiest minute."""
    writes_a_second: float


class DeployedConsumption:
    """ConsumedReadCapacityUnits and ConsumedWriteCapacityUnits, minute by minute."""

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Look back from now, so that everything is asked for at once."""
        self._facts = facts
        self._region = region
        self._tables = declared.tables
        self.span = window_before(facts.now, declared.monitoring.window, _MINUTE_S)

    def of(self, table: Table) -> Mapping[str, Use]:
        """Return what a table and each index consumed; empty if nothing is recorded."""
        series = {
            (part, way): self._series[query]
            for (part, way), query in self._queries(table)
        }
        if not any(recorded.values for recorded in series.values()):
            return {}
        parts = dict.fromkeys(part for part, _ in series)
        return {
            part: _use(series[part, "Read"], series[part, "Write"]) for part in parts
        }

    @prefetched
    def _series(self) -> Mapping[Query, Series]:
        queries = [
            q for table in self._tables.values() for _, q in self._queries(table)
        ]
        return read_series(self._facts, self._region, queries, self.span)

    def _queries(self, table: Table) -> Iterator[tuple[tuple[str, str], Query]]:
        of_table = {("TableName", self._facts.environment.physical(table.name))}
        for part in (TABLE, *sorted(table.indexes)):
            index = {("GlobalSecondaryIndexName", part)} if part else set()
            for way in ("Read", "Write"):
                name = f"Consumed{way}CapacityUnits"
                metric = Metric(DYNAMODB, name, frozenset(of_table | index))
                yield (part, way), Query(metric, "Sum", _MINUTE_S)


def _use(reads: Series, writes: Series) -> Use:
    return Use(
        reads=reads.total,
        writes=writes.total,
        reads_a_second=reads.peak / _MINUTE_S,
        writes_a_second=writes.peak / _MINUTE_S,
    )
