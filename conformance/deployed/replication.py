"""The replication out of one region, as CloudWatch recorded it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from conformance.config.declared import Declared
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.series import Query, Series, Span, read_series
from conformance.model.cloudwatch.metrics import DYNAMODB, Metric
from conformance.model.errors import NotAssessedError

_SILENT_PERIODS = 3
"""The number of periods with writes and no latency above 0 that is no accident."""
_MINUTE_S = 60


class ReplicationLatency:
    """AWS/DynamoDB ReplicationLatency from this region to each other one.

    In milliseconds, by TableName and ReceivingRegion:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    """

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Look back from now, so that all tables are asked for at once."""
        self._facts = facts
        self._region = region
        self._tables = sorted(declared.tables)
        self._declared = declared.replication.latency
        self._receiving = [
            other for other in facts.environment.regions if other != region
        ]
        # Full periods only, on the period's own marks, as an alarm sees them.
        period_s = int(self._declared.period.total_seconds())
        now_s = int(facts.now.timestamp())
        self._end = datetime.fromtimestamp(now_s - now_s % period_s, UTC)

    def peaks_ms(self, table: str) -> Mapping[str, float]:
        """Return the highest datapoint of the window, by receiving region.

        Raises:
            NotAssessedError: the datapoints prove nothing.
        """
        return {
            receiver: self._peak_ms(table, receiver) for receiver in self._receiving
        }

    def counts(self, table: str) -> Mapping[str, int]:
        """Return the number of datapoints, by receiving region."""
        return {
            receiver: len(self._series[table, receiver].values)
            for receiver in self._receiving
        }

    def _peak_ms(self, table: str, receiving: str) -> float:
        series: Mapping[tuple[str, str], Series] = self._series
        telling = series[table, receiving].above_zero
        metric = f"ReplicationLatency to {receiving}"
        hours = self._declared.window.total_seconds() / 3600
        if not telling:
            raise NotAssessedError(
                f"CloudWatch has no {metric} above 0 in the last {hours:g} hours: an "
                "idle table has none, and replication that stands still shows 0"
            )
        last = max(telling)
        silent = [time for time in series[table, ""].above_zero if time > last]
        if len(silent) >= _SILENT_PERIODS:
            minutes = (self._end - last).total_seconds() / _MINUTE_S
            raise NotAssessedError(
                f"no {metric} above 0 for {minutes:.0f} minutes, while writes went on "
                f"in {len(silent)} periods: replication may stand still"
            )
        return max(telling.values())

    @prefetched
    def _series(self) -> Mapping[tuple[str, str], Series]:
        """Latency by table and receiving region; consumed writes by table and ""."""
        wanted = dict(self._metrics())
        span = Span(self._end - self._declared.window, self._end)
        found = read_series(self._facts, self._region, wanted.values(), span)
        return {name: found[query] for name, query in wanted.items()}

    def _metrics(self) -> Iterator[tuple[tuple[str, str], Query]]:
        for table in self._tables:
            yield (table, ""), self._query("ConsumedWriteCapacityUnits", "Sum", table)
            for region in self._receiving:
                statistic = self._declared.statistic
                latency = self._query("ReplicationLatency", statistic, table, region)
                yield (table, region), latency

    def _query(self, name: str, statistic: str, table: str, to: str = "") -> Query:
        dimensions = {("TableName", self._facts.environment.physical(table))}
        if to:
            dimensions.add(("ReceivingRegion", to))
        metric = Metric(DYNAMODB, name, frozenset(dimensions))
        return Query(metric, statistic, int(self._declared.period.total_seconds()))
