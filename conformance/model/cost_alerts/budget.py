"""Budgets and their notifications: whether a rise of the tables' costs is told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.model.cost_alerts.expression import (
    Cost,
    Expression,
    covers,
    covers_more,
)
from conformance.model.cost_alerts.links import Broken, Link, Unknown

_OTHER_TYPES = {
    "USAGE",
    "RI_UTILIZATION",
    "RI_COVERAGE",
    "SAVINGS_PLANS_UTILIZATION",
    "SAVINGS_PLANS_COVERAGE",
}
_SUMS_OF_COSTS = {
    "BlendedCost",
    "UnblendedCost",
    "AmortizedCost",
    "NetUnblendedCost",
    "NetAmortizedCost",
}
_FILTERS = {
    "LinkedAccount": "LINKED_ACCOUNT",
    "RecordType": "RECORD_TYPE",
    "Region": "REGION",
    "Service": "SERVICE",
}
"""Names of CostFilters, by the dimension of an expression that says the same."""
_PERIODS_A_MONTH = {"DAILY": 365 / 12, "MONTHLY": 1.0}
"""A longer period shows the rise of one month late or never."""
_LONGEST_MONTH = timedelta(days=31)


@dataclass(frozen=True)
class Limit:
    """The highest costs of a month that nobody need be told of."""

    percent: float
    """True for the budget's own limit."""
    usd: float


@dataclass(frozen=True)
class Budget:
    """One budget, as DescribeBudgets shows it.

    Its CostTypes say which charges and credits count beside usage (botocore,
    CostTypes). Usage always counts, and the tables cost nothing else on-demand.
    """

    shown: Mapping[str, Any]
    costs: Sequence[Cost]
    """The costs of the tables."""
    limit: Limit
    now: datetime

    @property
    def links(self) -> Iterator[Link]:
        """Return whether it counts the tables' costs, now and every month."""
        yield self._type_link
        yield self._filter_link
        yield self._period_link
        yield from self._state_links

    def notification_links(self, notification: Mapping[str, Any]) -> Iterator[Link]:
        """Return whether a notification is sent before the costs pass the limit."""
        comparison = notification["ComparisonOperator"]
        if comparison != "GREATER_THAN":
            yield Broken(f"it compares by {comparison}")
        yield self._threshold_link(notification)
        state = notification["NotificationState"]
        if state == "ALARM":
            yield Unknown("it was sent already in this period, and is not sent again")
        elif state != "OK":
            yield Unknown(f"its state is {state}")
        yield self._forecast_link(notification["NotificationType"])

    @property
    def _type_link(self) -> Link:
        kind = self.shown["BudgetType"]
        if kind != "COST":
            reason = f"its type is {kind}, not COST"
            return Broken(reason) if kind in _OTHER_TYPES else Unknown(reason)
        # Absent unless it was set; CostTypes then says what is summed.
        metrics = set(self.shown.get("Metrics", ()))
        if not metrics <= _SUMS_OF_COSTS:
            return Unknown(f"it sums {', '.join(sorted(metrics))}")
        return None

    @property
    def _filter(self) -> Expression | None:
        """The filter as one expression; None if everything counts.

        Both members are absent or empty on a budget without a filter.
        """
        parts = [
            {"Dimensions": {"Key": _FILTERS.get(name, name), "Values": values}}
            for name, values in self.shown.get("CostFilters", {}).items()
        ]
        if self.shown.get("FilterExpression"):
            parts.append(self.shown["FilterExpression"])
        return {"And": parts} if parts else None

    @property
    def _filter_link(self) -> Link:
        covered = covers(self._filter, self.costs) if self._filter else True
        if isinstance(covered, Unknown):
            return covered
        return None if covered else Broken("its filter leaves out costs of the tables")

    @property
    def _period_link(self) -> Link:
        # "If you didn't specify an end date, AWS set your end date to 06/15/87"; a
        # start date is set likewise, to the start of the period (botocore, TimePeriod).
        period = self.shown.get("TimePeriod", {})
        if "End" in period and period["End"] <= self.now:
            return Broken(f"it ended on {period['End']:%Y-%m-%d}")
        if "Start" in period and period["Start"] > self.now:
            return Broken(f"it begins on {period['Start']:%Y-%m-%d} only")
        unit = self.shown["TimeUnit"]
        if unit not in _PERIODS_A_MONTH:
            return Unknown(f"its period is {unit}: a rise may not show within a month")
        return None

    @property
    def _state_links(self) -> Iterator[Link]:
        if "AutoAdjustData" in self.shown:
            kind = self.shown["AutoAdjustData"]["AutoAdjustType"]
            yield Unknown(f"its limit follows the costs (auto-adjusted, {kind})")
        # Absent unless the budget rests on a billing view of somebody's own.
        health = self.shown.get("HealthStatus", {"Status": "HEALTHY"})
        if health["Status"] == "UNHEALTHY":
            yield Broken(f"it is unhealthy: {health.get('StatusReason', 'no reason')}")
        elif health["Status"] != "HEALTHY":
            yield Unknown(f"its health is {health['Status']}")
        # CalculatedSpend is absent while nothing was computed yet. Credits and refunds
        # count unless CostTypes leaves them out, and hide what they pay for.
        spent = self.shown.get("CalculatedSpend", {}).get("ActualSpend", {})
        if float(spent.get("Amount", 0)) < 0:
            yield Unknown("credits or refunds hide its costs: it has spent less than 0")
        # Absent, or the primary view, which has all costs of the account.
        view = self.shown.get("BillingViewArn", "")
        if view and not view.endswith(":billingview/primary"):
            yield Unknown(f"it counts the costs of {view}")

    def _forecast_link(self, kind: str) -> Link:
        if kind == "ACTUAL":
            return None
        if kind != "FORECASTED":
            return Unknown(f"notifications of {kind} are not understood")
        # AWS forecasts after some weeks of history, and notifies of no forecast before:
        # https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-best-practices.html
        if "ForecastedSpend" not in self.shown.get("CalculatedSpend", {}):
            return Unknown("AWS has no forecast for it yet")
        return None

    def _threshold_link(self, notification: Mapping[str, Any]) -> Link:
        of_budget = self._usd
        if isinstance(of_budget, Unknown):
            return of_budget
        threshold = notification["Threshold"]
        # ThresholdType is a percentage where it is absent.
        match notification.get("ThresholdType", "PERCENTAGE"):
            case "PERCENTAGE":
                percent, usd = threshold, of_budget * threshold / 100
            case "ABSOLUTE_VALUE":
                percent, usd = 100 * threshold / of_budget, threshold
            case kind:
                return Unknown(f"a threshold of type {kind} is not understood")
        if percent > self.limit.percent:
            return Broken(f"{percent:g} % of the budget is too late")
        return self._amount_link(usd * _PERIODS_A_MONTH.get(self.shown["TimeUnit"], 1))

    def _amount_link(self, usd: float) -> Link:
        """Return whether the costs of a month that it is sent from are low enough."""
        if usd <= self.limit.usd * (1 + 1e-9):
            return None
        reason = f"{usd:.2f} USD a month is more than {self.limit.usd:g}"
        if self._filter and covers_more(self._filter, self.costs) is False:
            return Broken(f"{reason}, which the tables may not cost")
        return Unknown(f"{reason}, and other costs count, too")

    @property
    def _usd(self) -> float | Unknown:
        """The highest limit of its periods, of the present one and of planned ones."""
        spends = [self.shown["BudgetLimit"]]
        # Absent unless limits are planned; BudgetLimit is then that of this period.
        for start, spend in self.shown.get("PlannedBudgetLimits", {}).items():
            begins = datetime.fromtimestamp(float(start), UTC)
            spends += [spend] if begins + _LONGEST_MONTH > self.now else []
        units = {spend["Unit"] for spend in spends}
        if units != {"USD"}:
            return Unknown(f"its limit is in {', '.join(sorted(units))}")
        usd = max(float(spend["Amount"]) for spend in spends)
        return usd if usd > 0 else Unknown(f"its limit is {usd:g} USD")
