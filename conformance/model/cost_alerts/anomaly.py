"""Anomaly monitors and subscriptions: whether a rise of the tables' costs alerts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from conformance.model.cost_alerts.expression import (
    Cost,
    Truth,
    covers,
    covers_more,
    evaluate,
)
from conformance.model.cost_alerts.links import Broken, Link, Unknown

_PERCENT = "ANOMALY_TOTAL_IMPACT_PERCENTAGE"
_AMOUNT = "ANOMALY_TOTAL_IMPACT_ABSOLUTE"
_SILENT_FOR = timedelta(days=7)
"""Anomaly detection runs several times a day (Billing and Cost Management User Guide,
"Detecting unusual spend"): after a week the monitor stands still."""
_CHANNELS = {"DAILY": "EMAIL", "WEEKLY": "EMAIL", "IMMEDIATE": "SNS"}
"""The subscribers of each frequency (botocore, AnomalySubscription, Frequency)."""


@dataclass(frozen=True)
class Rise:
    """The rise of costs that somebody must be told of."""

    percent: float
    """Over what is expected."""
    floor_usd: float
    """A rise by less need not be told, whatever percentage it is."""
    budget_usd: float
    """The cost of a month, at most."""

    @property
    def usd(self) -> float:
        """The rise over a month that costs as much as it may."""
        return self.percent / 100 * self.budget_usd


def monitor_link(
    monitor: Mapping[str, Any], costs: Sequence[Cost], now: datetime
) -> Link:
    """Return whether a monitor watches the costs of the tables by themselves."""
    kind = monitor.get("MonitorType")
    if kind == "DIMENSIONAL":
        link = _dimension_link(monitor)
    elif kind == "CUSTOM":
        link = _custom_link(monitor.get("MonitorSpecification", {}), costs)
    else:
        link = Unknown(f"monitor type {kind} is not understood")
    return link or _evaluated_link(monitor, now)


def _dimension_link(monitor: Mapping[str, Any]) -> Link:
    dimension = monitor.get("MonitorDimension")
    if dimension != "SERVICE":
        return Unknown(f"what it watches by {dimension} is not what the tables cost")
    if monitor.get("MonitorSpecification"):
        return Unknown("a monitor of services has no documented specification")
    return None


def _custom_link(specification: Mapping[str, Any], costs: Sequence[Cost]) -> Link:
    covered = covers(specification, costs)
    if isinstance(covered, Unknown):
        return covered
    if not covered:
        return Broken("it does not watch the tables' costs")
    if covers_more(specification, costs) is not False:
        return Unknown("it watches the tables' costs in one sum with others")
    return None


def _evaluated_link(monitor: Mapping[str, Any], now: datetime) -> Link:
    # Absent while the monitor is new.
    last = monitor.get("LastEvaluatedDate")
    if not last:
        return None
    try:
        day = datetime.fromisoformat(last).date()
    except ValueError:
        return Unknown(f"the monitor was last evaluated at a time that is none: {last}")
    if now.date() - day > _SILENT_FOR:
        return Unknown(f"the monitor was last evaluated on {last}")
    return None


def threshold_link(subscription: Mapping[str, Any], rise: Rise) -> Link:
    """Return whether the subscription alerts of such a rise."""
    expression = subscription.get("ThresholdExpression")
    if not expression:
        if "Threshold" not in subscription:
            return Unknown("it has no threshold")
        # "Treated as shorthand syntax" of an expression (botocore, Threshold).
        amount = {"Key": _AMOUNT, "Values": [str(subscription["Threshold"])]}
        options = {"MatchOptions": ["GREATER_THAN_OR_EQUAL"]}
        expression = {"Dimensions": amount | options}

    def condition(kind: str, members: Mapping[str, Any]) -> Truth:
        return _reached(kind, members, rise)

    alerts = evaluate(expression, condition)
    if isinstance(alerts, Unknown):
        return alerts
    return None if alerts else Broken(f"alerts {_in_words(expression)} only")


def _reached(kind: str, members: Mapping[str, Any], rise: Rise) -> Truth:
    """Return whether the rise reaches one threshold, in percent or in USD."""
    key, values = members.get("Key"), members.get("Values") or ()
    number = _number(values)
    if (
        kind != "Dimensions"
        or key not in (_PERCENT, _AMOUNT)
        or members.get("MatchOptions") != ["GREATER_THAN_OR_EQUAL"]
        or number is None
    ):
        return Unknown(f"a threshold by {kind} {key} {list(values)} is not understood")
    if key == _PERCENT:
        return number <= rise.percent
    if number <= rise.floor_usd:
        return True
    if number > rise.usd:
        return False
    return Unknown(
        f"it alerts from {number:g} USD: declare as cost.alert_floor_usd which rise "
        "need not be told"
    )


def _number(values: Sequence[str]) -> float | None:
    try:
        (text,) = values
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _in_words(expression: Mapping[str, Any]) -> str:
    """Return the threshold, such as `from 40 % and from 100 USD`."""
    ((operator, inner),) = expression.items()
    if operator in ("And", "Or"):
        return f" {operator.lower()} ".join(map(_in_words, inner))
    unit = "%" if inner["Key"] == _PERCENT else "USD"
    return f"from {float(inner['Values'][0]):g} {unit}"


def subscriber_link(subscriber: Mapping[str, Any], frequency: str) -> Link:
    """Return whether the subscriber accepts alerts, and gets them at this frequency."""
    if frequency not in _CHANNELS:
        return Unknown(f"frequency {frequency} is not understood")
    kind, status = subscriber.get("Type"), subscriber.get("Status")
    if kind not in _CHANNELS.values():
        return Unknown(f"a subscriber of type {kind} is not understood")
    if status == "DECLINED":
        return Broken(f"{subscriber['Address']} has declined")
    if kind != _CHANNELS[frequency]:
        return Broken(f"{frequency} alerts do not go by {kind}")
    if status != "CONFIRMED":
        return Unknown(f"the status of {subscriber['Address']} is {status}")
    return None
