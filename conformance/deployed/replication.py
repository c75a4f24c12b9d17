"""What CloudWatch recorded of the replication out of one region."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conformance.declared import Declared
from conformance.deployed.facts import Facts, fact
from conformance.errors import NotAssessedError, UnreadableError

_SILENT_PERIODS = 3
"""So many periods with writes and without a latency above 0 are no accident."""
_MINUTE_S = 60


@dataclass(frozen=True)
class Series:
    """The datapoints of one metric."""

    values: Mapping[datetime, float]

    @property
    def above_zero(self) -> Mapping[datetime, float]:
        """Those that say something: DynamoDB leaves 0 out, or means a standstill."""
        return {time: value for time, value in self.values.items() if value > 0}


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
        self._receiving = [it for it in facts.environment.regions if it != region]
        # Full periods only, on the period's own marks, as an alarm sees them.
        period_s = int(self._declared.period.total_seconds())
        now_s = int(datetime.now(UTC).timestamp())
        self._end = datetime.fromtimestamp(now_s - now_s % period_s, UTC)

    def peaks_ms(self, table: str) -> Mapping[str, float]:
        """The highest datapoint of the window, by receiving region.

        Raises:
            NotAssessedError: the datapoints prove nothing.
        """
        return {it: self._peak_ms(table, it) for it in self._receiving}

    def counts(self, table: str) -> Mapping[str, int]:
        """How many datapoints there are, by receiving region."""
        return {it: len(self._series[table, it].values) for it in self._receiving}

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
        silent = [it for it in series[table, ""].above_zero if it > last]
        if len(silent) >= _SILENT_PERIODS:
            minutes = (self._end - last).total_seconds() / _MINUTE_S
            raise NotAssessedError(
                f"no {metric} above 0 for {minutes:.0f} minutes, while writes went on "
                f"in {len(silent)} periods: replication may stand still"
            )
        return max(telling.values())

    @fact
    def _series(self) -> Mapping[tuple[str, str], Series]:
        """Latency by table and receiving region; consumed writes by table and ""."""
        wanted = list(self._metrics())
        answer = self._facts.read(
            "cloudwatch",
            self._region,
            "GetMetricData",
            MetricDataQueries=[
                {"Id": f"m{n}", "MetricStat": metric}
                for n, (_, metric) in enumerate(wanted)
            ],
            StartTime=self._end - self._declared.window,
            EndTime=self._end,
            ScanBy="TimestampAscending",
        )
        found: dict[str, dict[datetime, float]] = {}
        for each in answer["MetricDataResults"]:
            _require_complete(each)
            values = zip(each["Timestamps"], each["Values"], strict=True)
            found.setdefault(each["Id"], {}).update(values)
        return {name: Series(found[f"m{n}"]) for n, (name, _) in enumerate(wanted)}

    def _metrics(self) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
        for table in self._tables:
            writes = self._metric("ConsumedWriteCapacityUnits", "Sum", table)
            yield (table, ""), writes
            for region in self._receiving:
                statistic = self._declared.statistic
                latency = self._metric("ReplicationLatency", statistic, table)
                dimension = {"Name": "ReceivingRegion", "Value": region}
                latency["Metric"]["Dimensions"].append(dimension)
                yield (table, region), latency

    def _metric(self, name: str, statistic: str, table: str) -> dict[str, Any]:
        physical = self._facts.environment.physical(table)
        return {
            "Metric": {
                "Namespace": "AWS/DynamoDB",
                "MetricName": name,
                "Dimensions": [{"Name": "TableName", "Value": physical}],
            },
            "Period": int(self._declared.period.total_seconds()),
            "Stat": statistic,
        }


def _require_complete(result: dict[str, Any]) -> None:
    """Raise UnreadableError for a result that CloudWatch could not give in full."""
    # PartialData only says that another page follows, and all pages were read.
    if result["StatusCode"] not in ("Complete", "PartialData"):
        raise UnreadableError(
            f"cloudwatch:GetMetricData: {result['StatusCode']} for {result['Label']}"
        )
