"""The metrics of the tables in CloudWatch, and their values in the last hours."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from conformance.config.declared import Declared
from conformance.config.declared.monitoring import DeclaredAlarm
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.series import Query, Series, read_series, window_before
from conformance.model.cloudwatch.metrics import DYNAMODB, Metric, metric

_MINUTE_S = 60


class DeployedMetrics:
    """The metrics of DynamoDB in one region."""

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Look back from now, so that everything is asked for at once."""
        self._facts = facts
        self._region = region
        self._monitoring = declared.monitoring
        self._physical = facts.environment.physical
        self.span = window_before(facts.now, self._monitoring.window, _MINUTE_S)

    @prefetched
    def listed(self) -> frozenset[Metric]:
        """Every metric of DynamoDB with data in the past two weeks."""
        answer = self._facts.read(
            "cloudwatch", self._region, "ListMetrics", Namespace=DYNAMODB
        )
        return frozenset(map(metric, answer["Metrics"]))

    def available(self, table: str) -> frozenset[str]:
        """Return the metrics of a table among those that every table must have."""
        name = self._physical(table)
        names = {
            metric.name
            for metric in self.listed
            if metric.where.get("TableName") == name
        }
        return self._monitoring.available & names

    def beyond(self, declared: DeclaredAlarm) -> Mapping[str, str]:
        """Return how far each metric exceeded an alarm's threshold in the window.

        No datapoint means 0: DynamoDB sends metrics only when they are not zero
        (metrics-dimensions.html in the Developer Guide).
        """
        return {
            label: _told(series, declared)
            for label, series in self._of(declared).items()
            if any(map(declared.meaning.breached, series.values.values()))
        }

    def totals(self, declared: DeclaredAlarm) -> Mapping[str, float]:
        """Return the sum of each metric over the window."""
        return {label: series.total for label, series in self._of(declared).items()}

    def _of(self, declared: DeclaredAlarm) -> Mapping[str, Series]:
        queries, series = self._queries(declared), self._series
        return {label: series[query] for label, query in queries.items()}

    @prefetched
    def _series(self) -> Mapping[Query, Series]:
        """Everything that is looked back at, in one request."""
        queries = [
            query
            for alarm in self._monitoring.windowed_alarms.values()
            for query in self._queries(alarm).values()
        ]
        return read_series(self._facts, self._region, queries, self.span)

    def _queries(self, declared: DeclaredAlarm) -> Mapping[str, Query]:
        metrics = {**declared.targets[self._region], **dict(self._found(declared))}
        meaning = declared.meaning
        return {
            label: Query(metric, meaning.statistic, meaning.period_s)
            for label, metric in metrics.items()
        }

    def _found(self, declared: DeclaredAlarm) -> Iterator[tuple[str, Metric]]:
        """Yield metrics beside the declared ones: other operations, other indexes."""
        known = frozenset(declared.targets[self._region].values())
        names = {metric.name for metric in known}
        table = self._physical(declared.table) if declared.table else None
        for found in sorted(self.listed - known, key=_dimensions):
            if found.name in names and found.where.get("TableName") == table:
                yield "/".join([declared.table, *_rest(found)]), found

    @cached_property
    def hours(self) -> float:
        """The length of the window, in hours."""
        return self.span.hours


def _dimensions(found: Metric) -> list[tuple[str, str]]:
    return sorted(found.dimensions)


def _rest(found: Metric) -> list[str]:
    return [value for name, value in sorted(found.dimensions) if name != "TableName"]


def _told(series: Series, declared: DeclaredAlarm) -> str:
    beyond = [
        value for value in series.values.values() if declared.meaning.breached(value)
    ]
    return f"up to {max(beyond):g} in {len(beyond)} periods ({declared.meaning})"
