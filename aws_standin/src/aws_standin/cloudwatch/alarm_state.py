"""The state of an alarm, given its datapoints.

Source: CloudWatch User Guide, "Alarm evaluation" and "Configuring how CloudWatch
alarms treat missing data".
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

LOOK_BACK = 2
"""Periods read beyond EvaluationPeriods: the documented example has 5 for 3."""

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@dataclass(frozen=True)
class Rule:
    """The condition under which an alarm is raised."""

    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing: str = "missing"
    """missing, ignore, breaching or notBreaching."""

    def breaches(self, number: float) -> bool:
        """Say whether one datapoint breaches; raises KeyError for anomaly bands."""
        return _COMPARISONS[self.comparison](number, self.threshold)


def state(datapoints: Sequence[float | None], rule: Rule, current: State) -> State:
    """Return the state after `datapoints`, oldest first; None is a missing one.

    The range holds EvaluationPeriods + LOOK_BACK periods. As many real datapoints
    as there are evaluation periods make missing ones irrelevant.
    """
    known = [number for number in datapoints if number is not None]
    if not known:
        return _without_data(rule, current)
    recent = known[-rule.evaluation_periods :]
    breaching = sum(rule.breaches(number) for number in recent)
    unknown = rule.evaluation_periods - len(recent)
    if rule.treat_missing == "breaching":
        breaching += unknown
    if breaching >= rule.datapoints_to_alarm:
        return "ALARM"
    if not unknown or rule.treat_missing in {"breaching", "notBreaching"}:
        return "OK"
    if rule.treat_missing == "missing" and _only_breaching_since(datapoints, rule):
        return "ALARM"
    return current if breaching == len(known) else "OK"


def _without_data(rule: Rule, current: State) -> State:
    answers: dict[str, State] = {
        "missing": "INSUFFICIENT_DATA",
        "ignore": current,
        "breaching": "ALARM",
        "notBreaching": "OK",
    }
    return answers[rule.treat_missing]


def _only_breaching_since(datapoints: Sequence[float | None], rule: Rule) -> bool:
    """Say whether an old breach is followed only by breaches and missing data.

    The documentation's "premature" alarm: all known datapoints breach, and the oldest
    within the evaluation periods is at least DatapointsToAlarm periods old.
    """
    known = [number for number in datapoints if number is not None]
    window = list(datapoints)[-rule.evaluation_periods :]
    ages = range(len(window), 0, -1)
    since = max(
        (a for a, n in zip(ages, window, strict=True) if n is not None), default=0
    )
    return since >= rule.datapoints_to_alarm and all(map(rule.breaches, known))
