"""The alerts on unexpected cost: anomaly subscriptions and budgets.

Both are global: they answer in one region for all.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from conformance.config.declared import Declared
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.topics import TOLD, DeployedTopic
from conformance.model.cost_alerts.anomaly import (
    Rise,
    monitor_link,
    subscriber_link,
    threshold_link,
)
from conformance.model.cost_alerts.budget import Budget, Limit
from conformance.model.cost_alerts.expression import table_costs
from conformance.model.cost_alerts.links import ALERTED, Broken, Link, Unknown, judged
from conformance.model.errors import DoubtError, NotUnderstoodError, UnreadableError
from conformance.model.sns.publisher import (
    Publisher,
    anomaly_publisher,
    budget_publisher,
)

Way = Callable[[], str]
"""One way in which somebody may be told: `alerted`, or why nobody is."""


@dataclass(frozen=True)
class _Alert:
    """One alert that is sent to several people."""

    name: str
    links: Sequence[Link]
    publisher: Publisher


class DeployedCostAlerts:
    """The cost alerts of the account in Cost Explorer and Budgets."""

    def __init__(self, facts: Facts, region: str, declared: Declared) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self._costs = declared.costs
        self._monitoring = declared.monitoring
        environment = facts.environment
        self._account = environment.account
        self._table_costs = table_costs(environment.account, environment.regions)
        self.region = region

    @property
    def verdict(self) -> str:
        """`alerted`, or why neither an anomaly nor a budget alerts anybody.

        Raises:
            UnreadableError: one could not be read, and the other alerts nobody.
            NotUnderstoodError: one is not understood, and the other alerts nobody; or
                the alerts are kept in another account.
        """
        payer = self._costs.payer_account
        if payer in ("", self._account):
            try:
                return self._alerted()
            except DoubtError as problem:
                raise NotUnderstoodError(str(problem)) from None
        try:
            reason = self._alerted()
        except (UnreadableError, DoubtError) as problem:
            reason = str(problem)
        if reason == ALERTED:
            return ALERTED
        raise NotUnderstoodError(
            f"cost alerts are kept in account {payer}, which is not read; in this "
            f"account: {reason}"
        )

    def _alerted(self) -> str:
        return _first_alert([self._by_anomaly, self._by_budget], "no cost alert exists")

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
        if not self.monitors:
            return "no anomaly monitor exists"
        ways = [
            partial(self._subscription, monitor, subscription)
            for arn, monitor in self.monitors.items()
            for subscription in self.subscriptions
            if arn in subscription["MonitorArnList"]
        ]
        return _first_alert(ways, "nobody subscribes to an anomaly monitor")

    def _subscription(
        self, monitor: dict[str, Any], subscription: dict[str, Any]
    ) -> str:
        rise = Rise(
            percent=self._costs.alert_above,
            floor_usd=self._costs.alert_floor_usd,
            budget_usd=self._costs.budget_usd,
        )
        links = [
            monitor_link(monitor, self._table_costs, self._facts.now),
            threshold_link(subscription, rise),
        ]
        name = f"{subscription['SubscriptionName']} of {monitor['MonitorName']}"
        frequency = subscription["Frequency"]
        # SubscriptionArn is optional; without it a topic's policy may be unclear.
        arn = subscription.get("SubscriptionArn", "")
        publisher = anomaly_publisher(self._account, arn)
        ways = [
            partial(
                self._told,
                _Alert(
                    name,
                    [*links, subscriber_link(subscriber, frequency)],
                    publisher,
                ),
                (subscriber["Type"], subscriber["Address"]),
            )
            for subscriber in subscription["Subscribers"]
        ]
        return _first_alert(ways, f"{name}: nobody is subscribed")

    def _by_budget(self) -> str:
        ways = [partial(self._budget, budget) for budget in self.budgets]
        return _first_alert(ways, "no budget exists")

    def _budget(self, shown: dict[str, Any]) -> str:
        limit = Limit(100 + self._costs.alert_above, self._highest_usd)
        budget = Budget(shown, self._table_costs, limit, self._facts.now)
        name = shown["BudgetName"]
        links = list(budget.links)
        if any(isinstance(link, Broken) for link in links):
            return judged(name, links)
        named = {"AccountId": self._account, "BudgetName": name}
        answer = self._read("budgets", "DescribeNotificationsForBudget", **named)
        # Notifications is absent where there is none.
        ways = [
            partial(self._notification, budget, links, notification)
            for notification in answer.get("Notifications", ())
        ]
        return _first_alert(ways, f"{name}: it notifies nobody")

    @property
    def _highest_usd(self) -> float:
        return self._costs.budget_usd * (1 + self._costs.alert_above / 100)

    def _notification(
        self, budget: Budget, links: list[Link], notification: dict[str, Any]
    ) -> str:
        name = f"{budget.shown['BudgetName']} at {notification['Threshold']:g}"
        links = [*links, *budget.notification_links(notification)]
        if any(isinstance(link, Broken) for link in links):
            return judged(name, links)
        alert = _Alert(
            name,
            links,
            budget_publisher(self._account, budget.shown["BudgetName"]),
        )
        ways = [
            partial(self._told, alert, person)
            for person in self._subscribers(budget.shown["BudgetName"], notification)
        ]
        return _first_alert(ways, f"{name}: nobody is subscribed")

    def _subscribers(
        self, budget: str, notification: dict[str, Any]
    ) -> list[tuple[str, str]]:
        known = {"NotificationType", "ComparisonOperator", "Threshold", "ThresholdType"}
        which = {k: v for k, v in notification.items() if k in known}
        answer = self._read(
            "budgets",
            "DescribeSubscribersForNotification",
            AccountId=self._account,
            BudgetName=budget,
            Notification=which,
        )
        # Subscribers is absent where there is none.
        return [
            (subscriber["SubscriptionType"], subscriber["Address"])
            for subscriber in answer.get("Subscribers", ())
        ]

    def _told(self, alert: _Alert, person: tuple[str, str]) -> str:
        """Return `alerted` if all links to a person hold, or which one does not."""
        links = list(alert.links)
        if not any(isinstance(link, Broken) for link in links):
            links += self._address_links(*person, alert.publisher)
        return judged(alert.name, links)

    def _address_links(
        self, kind: str, address: str, publisher: Publisher
    ) -> Iterator[Link]:
        if kind == "SNS":
            topic = DeployedTopic(self._facts, address, self._monitoring)
            try:
                state = topic.state(publisher)
            except NotUnderstoodError as problem:
                yield Unknown(str(problem))
                return
            if state != TOLD:
                yield Broken(state)
        elif kind != "EMAIL":
            yield Unknown(f"a subscriber of type {kind} is not understood")
        elif self._monitoring.is_placeholder(address):
            yield Broken(f"{address} is a placeholder")

    def _read(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        return self._facts.read(service, self._costs.region, operation, **parameters)


def _first_alert(ways: Iterable[Way], nobody: str) -> str:
    """Return `alerted` if one way leads to somebody, or why none does.

    Raises:
        UnreadableError: one could not be read, and no other alerts.
        DoubtError: one is not understood, and no other alerts.
    """
    reasons: list[str] = []
    unreadable: list[UnreadableError] = []
    doubts: list[DoubtError] = []
    for way in ways:
        try:
            state = way()
        except UnreadableError as problem:
            unreadable.append(problem)
            continue
        except DoubtError as problem:
            doubts.append(problem)
            continue
        if state == ALERTED:
            return ALERTED
        reasons.append(state)
    if unreadable:
        raise unreadable[0]
    if doubts:
        raise DoubtError("; ".join(map(str, doubts)))
    return "; ".join(dict.fromkeys(reasons)) or nobody
