"""An alarm as CloudWatch describes it, whatever its name is."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model.arn import home_of
from conformance.model.cloudwatch.composite_rule import Rule, composite_rule
from conformance.model.cloudwatch.expressions import metrics_of
from conformance.model.cloudwatch.meaning import Meaning
from conformance.model.cloudwatch.metrics import DYNAMODB, Metric, metric
from conformance.model.errors import DoubtError

TYPES = ("MetricAlarm", "CompositeAlarm", "LogAlarm")
"""The AlarmTypes of DescribeAlarms and DescribeAlarmHistory."""
_STATES = ("ALARM", "INSUFFICIENT_DATA", "OK")
_FOUND = (
    *("State", "EvaluationState", "ActionsSuppressedBy", "ActionsSuppressedReason"),
    "AlarmConfigurationUpdatedTimestamp",
)
"""Beginnings of the members that CloudWatch sets."""
_BROKEN, _FAILED = "EVALUATION_ERROR", "EVALUATION_FAILURE"
_KEEPS_STATE = "alarms on AWS/DynamoDB keep their state while data is missing"
"""CloudWatch API Reference, PutMetricAlarm, TreatMissingData."""


@dataclass(frozen=True)
class Alarm:
    """A metric, composite or log alarm, as DescribeAlarms shows it."""

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
    def names(self) -> frozenset[str]:
        """The names by which other alarms may call it."""
        return frozenset({self.name, self.arn})

    @property
    def configuration(self) -> Mapping[str, Any]:
        """The settings that people gave it; no state of CloudWatch's."""
        return {
            name: value
            for name, value in self.document.items()
            if not name.startswith(_FOUND)
        }

    @property
    def is_raised(self) -> bool:
        """True if it is in ALARM.

        Raises:
            DoubtError: it has a state that nobody knows, or an uncertain one.
        """
        state = self.document["StateValue"]
        if state == "ALARM":
            return True
        if state not in _STATES:
            raise DoubtError(f"{self.name} is in {state}")
        # EvaluationState is absent where the evaluation met no problem. With
        # EVALUATION_ERROR the alarm can never be raised, which `silence` says.
        evaluation = self.document.get("EvaluationState")
        if evaluation not in (None, _BROKEN):
            raise DoubtError(f"{self.name} is {state} with {evaluation}")
        return False

    @property
    def raised_since(self) -> str:
        """The time of its present state, and the reason."""
        document = self.document
        # StateUpdatedTimestamp may be younger than the state itself.
        since = document.get("StateTransitionedTimestamp")
        since = since or document.get("StateUpdatedTimestamp")
        reason = document.get("StateReason") or "without a reason"
        keeps = any(metric.namespace == DYNAMODB for metric in self.mentioned)
        hint = f" ({_KEEPS_STATE})" if keeps else ""
        return f"since {since:%Y-%m-%d %H:%M} UTC: {reason}{hint}" if since else reason

    @property
    def state(self) -> str:
        """`OK`, `ALARM` or `INSUFFICIENT_DATA`."""
        return str(self.document["StateValue"])

    @property
    def acts(self) -> bool:
        """True unless its actions are disabled."""
        # ActionsEnabled is true where it is absent (API_PutMetricAlarm).
        return bool(self.document.get("ActionsEnabled", True))

    @property
    def actions(self) -> list[str]:
        """The ARNs that it acts on when it goes to ALARM."""
        # The list is absent where there is no action (API_PutMetricAlarm).
        return list(self.document.get("AlarmActions", ()))

    @property
    def is_composite(self) -> bool:
        """True if it depends on other alarms instead of metrics."""
        return "AlarmRule" in self.document

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Each metric of which a breach alone raises the alarm.

        Raises:
            DoubtError: nobody here knows what raises it.
        """
        return tuple(metric(stat["Metric"]) for stat in self._stats)

    @property
    def mentioned(self) -> tuple[Metric, ...]:
        """Each metric of this account that occurs in it, understood or not."""
        return tuple(metric(stat["Metric"]) for stat in self._mentioned_stats())

    @property
    def query(self) -> str:
        """The query that finds its own metrics or log lines; empty if it has none.

        Metrics Insights, PromQL and queries of logs may be about anything they name.
        """
        found = [
            query["Expression"] for query in self._own_queries if "Expression" in query
        ]
        selecting = [
            text for text in found if text.lstrip().upper().startswith("SELECT")
        ]
        other = [
            json.dumps(self.document[member], ensure_ascii=False, default=str)
            for member in ("EvaluationCriteria", "ScheduledQueryConfiguration")
            if member in self.document
        ]
        return "; ".join([*selecting, *other])

    def may_watch(self, metric: Metric) -> bool:
        """Return True if its query names the metric, or what the metric is about."""
        named = (metric.namespace, metric.name, *metric.where.values())
        return any(text in self.query for text in named)

    @property
    def meaning(self) -> Meaning:
        """The condition that raises it, for each of its metrics.

        Raises:
            DoubtError: nobody here knows.
        """
        # EvaluationState is absent where the evaluation met no problem; a failure of
        # CloudWatch passes by, and an error is what `silence` says.
        evaluation = self.document.get("EvaluationState")
        if evaluation not in (None, _BROKEN, _FAILED):
            raise DoubtError(f"the evaluation state {evaluation}")
        same = {(stat["Stat"], stat["Period"]) for stat in self._stats}
        if len(same) != 1:
            raise DoubtError("statistics or periods that differ")
        # Without EvaluationWindow the window slides (API_PutMetricAlarm).
        window = self.document.get("EvaluationWindow") or {}
        if set(window) - {"SlidingWindow"}:
            raise DoubtError(f"the evaluation window {', '.join(window)}")
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

    def silence(self, published: Callable[[Metric], bool]) -> str:
        """Return the reason why it can never be raised; empty if it can.

        `published` returns True for a metric that CloudWatch has data of.
        """
        if self.document.get("EvaluationState") == _BROKEN:
            reason = self.document.get("StateReason") or "without a reason"
            return f"can never fire: {_BROKEN}: {reason}"
        for stat in self._mentioned_stats():
            watched = metric(stat["Metric"])
            defect = watched.defect
            if defect and not published(watched):
                return f"can never fire: {defect}"
            # Unit is absent where the alarm takes data of any.
            if lacks := watched.lacks_unit(stat.get("Unit")):
                return f"can never fire: {lacks}"
        return ""

    def refers_to(self, other: "Alarm") -> bool:
        """Return True if the rule of this composite alarm names another alarm."""
        try:
            return bool(other.names & self.rule.names)
        except DoubtError:
            return other.name in self.document["AlarmRule"]

    def alone_raises(self, composite: "Alarm") -> bool:
        """Return True if a composite alarm is raised whenever this alarm is."""
        try:
            return bool(self.names & composite.rule.raised_by)
        except DoubtError:
            return False

    def may_raise(self, composite: "Alarm") -> bool:
        """Return False if a composite stays as it is while only this alarm is raised.

        True means that it depends on others, such as an alarm for maintenance.
        """
        try:
            return composite.rule.holds(self.names)
        except DoubtError:
            return True

    @property
    def rule(self) -> Rule:
        """The rule of a composite alarm.

        Raises:
            DoubtError: it has another form.
        """
        return composite_rule(self.document["AlarmRule"])

    @property
    def _stats(self) -> list[Mapping[str, Any]]:
        if self.query:
            raise DoubtError(self.query)
        # Threshold is absent where an anomaly band takes its place.
        if "Threshold" not in self.document:
            raise DoubtError("anomaly detection")
        if "MetricName" in self.document:
            return self._mentioned_stats()
        queries = self.document.get("Metrics", ())
        # Another account's metrics are none of these tables'.
        if not queries or len(queries) > len(self._own_queries):
            raise DoubtError("neither a metric nor math on ours")
        return metrics_of(queries)

    def _mentioned_stats(self) -> list[Mapping[str, Any]]:
        if "MetricName" not in self.document:
            queries = self._own_queries
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

    @property
    def _own_queries(self) -> Sequence[Mapping[str, Any]]:
        """The queries of the alarm's own account."""
        own = home_of(self.arn).account
        # Metrics is absent where the alarm is on one metric; AccountId is absent where
        # the metric is of the alarm's account.
        queries = self.document.get("Metrics", ())
        return [query for query in queries if query.get("AccountId", own) == own]
