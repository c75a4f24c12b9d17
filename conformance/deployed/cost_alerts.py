"""The alerts on unexpected cost: anomaly subscriptions and budgets.

Both are global: they answer in one region for all.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.config.declared import Declared
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.topics import TOLD, DeployedTopics
from conformance.model.errors import UnreadableError

ALERTED = "alerted"
_SERVICE = "Amazon DynamoDB"
_PERCENT = "ANOMALY_TOTAL_IMPACT_PERCENTAGE"


class DeployedCostAlerts:
    """The cost alerts of the account in Cost Explorer and Budgets."""

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self._costs = declared.costs
        self._monitoring = declared.monitoring
        self._account = facts.environment.account
        self.region = region

    @property
    def verdict(self) -> str:
        """`alerted`, or why neither an anomaly nor a budget alerts anybody.

        Raises:
            UnreadableError: one could not be read, and the other alerts nobody.
        """
        problems: list[UnreadableError] = []
        reasons: list[str] = []
        ways: tuple[Callable[[], str], ...] = (self._by_anomaly, self._by_budget)
        for way in ways:
            try:
                state = way()
            except UnreadableError as problem:
                problems.append(problem)
                continue
            if state == ALERTED:
                return ALERTED
            reasons.append(state)
        if problems:
            raise problems[0]
        return "; ".join(reasons)

    @prefetched
    def monitors(self) -> Mapping[str, dict[str, Any]]:
        """Anomaly monitors by ARN."""
        answer = self._read("ce", "GetAnomalyMonitors")
        return {monitor["MonitorArn"]: monitor for monitor in answer["AnomalyMonitors"]}

    @prefetched
    def subscriptions(self) -> list[dict[str, Any]]:
        """Anomaly subscriptions."""
        return list(self._read("ce", "GetAnomalySubscriptions")["AnomalySubscriptions"])

    @prefetched
    def budgets(self) -> list[dict[str, Any]]:
        """Budgets of the account; the list is absent where there is none."""
        return list(
            self._read("budgets", "DescribeBudgets", AccountId=self._account).get(
                "Budgets", ()
            )
        )

    def _by_anomaly(self) -> str:
        watching = {
            arn for arn, monitor in self.monitors.items() if _sees_all_services(monitor)
        }
        if not watching:
            return "no anomaly monitor watches DynamoDB"
        subscribed = [
            subscription
            for subscription in self.subscriptions
            if watching & set(subscription["MonitorArnList"])
        ]
        if not subscribed:
            return "nobody subscribes to the anomaly monitor"
        states = [self._subscription(subscription) for subscription in subscribed]
        return ALERTED if ALERTED in states else states[0]

    def _subscription(self, subscription: dict[str, Any]) -> str:
        name = subscription["SubscriptionName"]
        percent = _threshold(subscription)
        if percent is None:
            return f"{name}: its threshold is no percentage"
        if percent > self._costs.alert_above:
            return f"{name}: alerts from {percent:g} % only"
        people = [
            (subscriber["Type"], subscriber["Address"])
            for subscriber in subscription["Subscribers"]
            if subscriber.get("Status", "CONFIRMED") == "CONFIRMED"  # absent: not said
        ]
        return self._reached(name, people)

    def _by_budget(self) -> str:
        watching = [budget for budget in self.budgets if _covers_dynamodb(budget)]
        if not watching:
            return "no budget covers DynamoDB"
        states = [state for budget in watching for state in self._notifications(budget)]
        return (
            ALERTED
            if ALERTED in states
            else next(iter(states), "the budget notifies nobody")
        )

    def _notifications(self, budget: dict[str, Any]) -> Iterator[str]:
        named = {"AccountId": self._account, "BudgetName": budget["BudgetName"]}
        answer = self._read("budgets", "DescribeNotificationsForBudget", **named)
        # Notifications is absent where there is none.
        for notification in answer.get("Notifications", ()):
            told = f"{budget['BudgetName']} at {notification['Threshold']:g}"
            # ThresholdType is a percentage where it is absent.
            if notification.get("ThresholdType", "PERCENTAGE") != "PERCENTAGE":
                yield f"{told}: no percentage of the budget"
            elif notification["ComparisonOperator"] != "GREATER_THAN":
                yield f"{told}: {notification['ComparisonOperator']}"
            elif notification["Threshold"] > 100 + self._costs.alert_above:
                yield f"{told} %: too late"
            else:
                yield self._reached(told, self._subscribers(named, notification))

    def _subscribers(
        self, named: dict[str, str], notification: dict[str, Any]
    ) -> list[tuple[str, str]]:
        known = {"NotificationType", "ComparisonOperator", "Threshold", "ThresholdType"}
        which = {k: v for k, v in notification.items() if k in known}
        answer = self._read(
            "budgets",
            "DescribeSubscribersForNotification",
            **named,
            Notification=which,
        )
        # Subscribers is absent where there is none.
        listed = answer.get("Subscribers", ())
        return [
            (subscriber["SubscriptionType"], subscriber["Address"])
            for subscriber in listed
        ]

    def _reached(self, name: str, people: list[tuple[str, str]]) -> str:
        states = [self._state(kind, address) for kind, address in people]
        if ALERTED in states:
            return ALERTED
        return f"{name}: {states[0] if states else 'nobody is subscribed'}"

    def _state(self, kind: str, address: str) -> str:
        if kind == "SNS":
            region = address.split(":")[3]
            state = DeployedTopics(self._facts, region, self._monitoring).state(address)
            return ALERTED if state == TOLD else state
        placeholder = self._monitoring.is_placeholder(address)
        return f"{address} is a placeholder" if placeholder else ALERTED

    def _read(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        return self._facts.read(service, self._costs.region, operation, **parameters)


def _sees_all_services(monitor: dict[str, Any]) -> bool:
    """Return True if it covers every service of the account, or DynamoDB by name."""
    if monitor["MonitorType"] == "DIMENSIONAL":
        return bool(monitor["MonitorDimension"] == "SERVICE")
    return _SERVICE in str(monitor["MonitorSpecification"])


def _threshold(subscription: dict[str, Any]) -> float | None:
    """Return the impact in percent from which it alerts; None for another rule."""
    # Threshold, in USD, is the older way; ThresholdExpression takes its place.
    dimension = subscription.get("ThresholdExpression", {}).get("Dimensions", {})
    if dimension.get("Key") != _PERCENT:
        return None
    return float(dimension["Values"][0])


def _covers_dynamodb(budget: dict[str, Any]) -> bool:
    """Return True for a cost budget without filters, or with the service among them."""
    filters = budget.get("CostFilters") or budget.get("FilterExpression") or {}
    if budget["BudgetType"] != "COST":
        return False
    return not filters or _SERVICE in str(filters)
