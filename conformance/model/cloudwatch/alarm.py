"""The meaning of an alarm, declared or deployed, whatever its name is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.cloudwatch.expressions import (
    NotUnderstoodError,
    metrics_of,
    raised_by,
)
from conformance.model.cloudwatch.metrics import Metric, metric

_ABOVE = {"GreaterThanThreshold": ">", "GreaterThanOrEqualToThreshold": ">="}


@dataclass(frozen=True, repr=False)
class Meaning:
    """The condition that raises an alarm."""

    statistic: str
    period_s: int
    datapoints: int
    """The number of periods that must breach."""
    comparison: str
    threshold: float

    def __repr__(self) -> str:
        """Return the meaning in words."""
        sign = _ABOVE.get(self.comparison, self.comparison)
        times = f", {self.datapoints} times" if self.datapoints > 1 else ""
        return f"{self.statistic} of {self.period_s} s {sign} {self.threshold:g}{times}"

    def misses(self, declared: "Meaning") -> str:
        """Return what is declared to raise it and would not; empty if all would."""
        if self.comparison not in _ABOVE:
            return f"{self.comparison} instead of {declared.comparison}"
        if self.statistic != declared.statistic:
            return f"{self.statistic} instead of {declared.statistic}"
        if self.period_s != declared.period_s:
            return f"period {self.period_s} s instead of {declared.period_s} s"
        if self.datapoints > declared.datapoints:
            return f"{self.datapoints} breaching periods, not {declared.datapoints}"
        if self.threshold > declared.threshold + self._step(declared):
            return f"threshold {self.threshold:g}, looser than {declared.threshold:g}"
        return ""

    def breached(self, value: float) -> bool:
        """Return True if one datapoint lies beyond the threshold."""
        at_limit = self.comparison == "GreaterThanOrEqualToThreshold"
        return value >= self.threshold if at_limit else value > self.threshold

    def _step(self, declared: "Meaning") -> float:
        """Count whole events in sums: `>= 11` means `> 10`."""
        inclusive = self.comparison == "GreaterThanOrEqualToThreshold"
        exclusive = declared.comparison == "GreaterThanThreshold"
        return 1 if inclusive and exclusive and self.statistic == "Sum" else 0


@dataclass(frozen=True)
class Alarm:
    """A metric alarm or a composite alarm, as DescribeAlarms shows it."""

    document: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Unique in its account and region."""
        return str(self.document["AlarmName"])

    @property
    def arn(self) -> str:
        """The ARN, by which composite alarms and dashboards may name it."""
        return str(self.document["AlarmArn"])

    @property
    def state(self) -> str:
        """`OK`, `ALARM` or `INSUFFICIENT_DATA`."""
        return str(self.document["StateValue"])

    @property
    def is_composite(self) -> bool:
        """True if it depends on other alarms instead of metrics."""
        return "AlarmRule" in self.document

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Each metric of which a breach alone raises the alarm.

        Raises:
            NotUnderstoodError: nobody here knows what raises it.
        """
        return tuple(metric(stat["Metric"]) for stat in self._stats)

    @property
    def mentioned(self) -> tuple[Metric, ...]:
        """Each metric that occurs in it, understood or not."""
        if "MetricName" in self.document:
            return (metric(self.document),)
        queries = self.document.get("Metrics", ())
        stats = [query["MetricStat"] for query in queries if "MetricStat" in query]
        return tuple(metric(stat["Metric"]) for stat in stats)

    @property
    def meaning(self) -> Meaning:
        """The condition that raises it, for each of its metrics.

        Raises:
            NotUnderstoodError: nobody here knows.
        """
        same = {(stat["Stat"], stat["Period"]) for stat in self._stats}
        if len(same) != 1:
            raise NotUnderstoodError("statistics or periods that differ")
        ((statistic, period),) = same
        periods = self.document["EvaluationPeriods"]
        return Meaning(
            statistic=statistic,
            period_s=period,
            # Without DatapointsToAlarm all evaluated periods must breach.
            datapoints=self.document.get("DatapointsToAlarm", periods),
            comparison=self.document["ComparisonOperator"],
            threshold=self.document["Threshold"],
        )

    @property
    def silence(self) -> str:
        """The reason why it can never be raised; empty if it can."""
        for stat in self._mentioned_stats():
            watched = metric(stat["Metric"])
            # Unit is absent where the alarm takes data of any.
            if defect := watched.defect or watched.lacks_unit(stat.get("Unit")):
                return f"can never fire: {defect}"
        return ""

    @property
    def children(self) -> frozenset[str]:
        """The alarms of which each alone raises this composite.

        Raises:
            NotUnderstoodError: the rule is another.
        """
        return raised_by(self.document["AlarmRule"])

    @property
    def _stats(self) -> list[Mapping[str, Any]]:
        # Threshold is absent where an anomaly band takes its place.
        if "Threshold" not in self.document:
            raise NotUnderstoodError("anomaly detection")
        if "MetricName" in self.document:
            return self._mentioned_stats()
        # Another account's metrics are none of these tables'.
        queries = self.document.get("Metrics", ())
        if not queries or any("AccountId" in query for query in queries):
            raise NotUnderstoodError("neither a metric nor math on ours")
        return metrics_of(queries)

    def _mentioned_stats(self) -> list[Mapping[str, Any]]:
        if "MetricName" not in self.document:
            queries = self.document.get("Metrics", ())
            return [query["MetricStat"] for query in queries if "MetricStat" in query]
        # Percentiles stand in ExtendedStatistic, where Statistic is absent.
        statistic = self.document.get("Statistic") or self.document["ExtendedStatistic"]
        stat = {
            "Metric": self.document,
            "Stat": statistic,
            "Period": self.document["Period"],
        }
        unit = {"Unit": self.document["Unit"]} if "Unit" in self.document else {}
        return [stat | unit]
