"""One alarm: as it was put, and the state it is in.

Source: botocore's model of CloudWatch, PutMetricAlarm and PutCompositeAlarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from aws_standin.cloudwatch import metric_queries
from aws_standin.cloudwatch.alarm_state import LOOK_BACK, Rule, State, state
from aws_standin.cloudwatch.metric_math import NotUnderstoodError, Series
from aws_standin.cloudwatch.metric_store import Store

Members = dict[str, Any]
CREATED = "Unchecked: Initial alarm creation"
_ACTIONS: dict[str, str] = {
    "OK": "OKActions",
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
}
_WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}


@dataclass
class Alarm:
    """A metric alarm or a composite alarm."""

    given: Members
    """The parameters of the call that put it, with the documented defaults."""
    arn: str
    configured: datetime
    state: State = "INSUFFICIENT_DATA"
    reason: str = CREATED
    reason_data: str = ""
    updated: datetime | None = None
    """The time at which the state was last set, changed or not."""
    transitioned: datetime | None = None
    """The time at which the state last became another one."""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The alarm's name, unique in its account and region."""
        return str(self.given["AlarmName"])

    @property
    def composite(self) -> bool:
        """Say whether it looks at other alarms and not at a metric."""
        return "AlarmRule" in self.given

    @property
    def kind(self) -> str:
        """The AlarmType: of a rule, of a query of logs, or of metrics."""
        if self.composite:
            return "CompositeAlarm"
        logs = "ScheduledQueryConfiguration" in self.given
        return "LogAlarm" if logs else "MetricAlarm"

    @property
    def actions(self) -> list[str]:
        """The ARNs to act on for the present state; none while disabled."""
        if not self.given["ActionsEnabled"]:
            return []
        return list(self.given[_ACTIONS[self.state]])

    def described(self) -> Members:
        """Return it as DescribeAlarms does."""
        members = {k: v for k, v in self.given.items() if k != "Tags"}
        members |= {
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured,
            "StateValue": self.state,
            "StateReason": self.reason,
            "StateUpdatedTimestamp": self.updated or self.configured,
            "StateTransitionedTimestamp": self.transitioned or self.configured,
        }
        return members | (
            {"StateReasonData": self.reason_data} if self.reason_data else {}
        )


def with_defaults(given: Mapping[str, Any]) -> Members:
    """Return the parameters with what CloudWatch fills in."""
    lists: Members = {name: [] for name in _ACTIONS.values()}
    defaults = {"ActionsEnabled": True, **lists}
    if "MetricName" in given:
        defaults["Dimensions"] = []
    return defaults | dict(given)


@dataclass(frozen=True)
class Judgement:
    """The result of an evaluation, and its words."""

    state: State
    reason: str
    datapoints: tuple[tuple[datetime, float], ...] = ()
    """The latest first, as many as there are evaluation periods at most."""


def judged(alarm: Alarm, store: Store, now: datetime) -> Judgement:
    """Evaluate a metric alarm over the periods that are over."""
    given = alarm.given
    if alarm.kind == "LogAlarm" or "EvaluationCriteria" in given:
        return Judgement(alarm.state, alarm.reason)
    if given["ComparisonOperator"] not in _WORDS:
        reason = "Not evaluated by the stand-in: anomaly detection"
        return Judgement("INSUFFICIENT_DATA", reason)
    rule = _rule(given)
    period = _period(given)
    end = datetime.fromtimestamp(int(now.timestamp()) // period * period, now.tzinfo)
    start = end - timedelta(seconds=period * (rule.evaluation_periods + LOOK_BACK))
    span = metric_queries.Span(start, end)
    try:
        series = _series(given, store, span)
    except NotUnderstoodError as problem:
        return Judgement(
            "INSUFFICIENT_DATA", f"Not evaluated by the stand-in: {problem}"
        )
    points = [series.get(moment) for moment in span.timeline(period)]
    found = state(points, rule, alarm.state)
    latest = tuple(sorted(series.items(), reverse=True)[: rule.evaluation_periods])
    return Judgement(found, _reason(found, rule, latest), latest)


def _rule(given: Mapping[str, Any]) -> Rule:
    periods = int(given["EvaluationPeriods"])
    treat_missing = given.get("TreatMissingData", "missing")
    if given.get("Namespace") == "AWS/DynamoDB":
        # PutMetricAlarm, TreatMissingData: "Alarms that evaluate metrics in the
        # AWS/DynamoDB namespace always ignore missing data even if you choose a
        # different option". Applied to alarms on a metric, not on an expression.
        treat_missing = "ignore"
    return Rule(
        given["ComparisonOperator"],
        float(given["Threshold"]),
        periods,
        int(given.get("DatapointsToAlarm", periods)),
        treat_missing,
    )


def _period(given: Mapping[str, Any]) -> int:
    if "Metrics" in given:
        return metric_queries.longest_period(given["Metrics"])
    return int(given["Period"])


def _series(
    given: Mapping[str, Any], store: Store, span: metric_queries.Span
) -> Series:
    if "Metrics" not in given:
        stat = given.get("Statistic") or given["ExtendedStatistic"]
        return metric_queries.statistics(store, given, stat, span)
    found = metric_queries.answers(given["Metrics"], store, span)
    returned = next(q["Id"] for q in given["Metrics"] if q.get("ReturnData", True))
    return found[returned]


def _reason(
    found: State, rule: Rule, latest: tuple[tuple[datetime, float], ...]
) -> str:
    if found == "INSUFFICIENT_DATA" or not latest:
        unknown = rule.evaluation_periods
        plural = "datapoint was" if unknown == 1 else "datapoints were"
        return f"Insufficient Data: {unknown} {plural} unknown."
    breaching = sum(rule.breaches(number) for _, number in latest)
    crossed = breaching if found == "ALARM" else len(latest) - breaching
    listed = ", ".join(f"{n} ({t:%d/%m/%y %H:%M:%S})" for t, n in latest)
    sense = "was" if found == "ALARM" else "was not"
    return (
        f"Threshold Crossed: {crossed} out of the last {len(latest)} datapoints "
        f"[{listed}] {sense} {_WORDS[rule.comparison]} the threshold "
        f"({rule.threshold})."
    )
