"""Cost Explorer's anomaly monitors and subscriptions, and who a budget notifies.

moto has neither; it keeps budgets and their notifications. No cost is ever computed:
nothing here detects an anomaly.
Source: botocore's models of Cost Explorer and AWS Budgets.
"""

import json
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from aws_standin.behaviour_context import Context
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

if TYPE_CHECKING:
    from collections.abc import Callable

Members = dict[str, Any]
PAGE = 100


@dataclass
class Anomalies:
    """The anomaly detection of one account."""

    monitors: dict[str, Members] = field(default_factory=dict)
    subscriptions: dict[str, Members] = field(default_factory=dict)
    """Both by ARN."""


class CostManagement:
    """Answers for anomaly detection, and for the subscribers of budgets."""

    def __init__(self, standin: Context) -> None:
        self._clock = standin.clock
        self._lock = threading.Lock()
        self._anomalies: dict[str, Anomalies] = defaultdict(Anomalies)
        self._subscribers: dict[tuple[str, str, str], list[Members]] = {}
        """(account, budget, notification as JSON) → subscribers."""
        self._operations: dict[str, Callable[[str, Members], Members]] = {
            "CreateAnomalyMonitor": self._create_monitor,
            "GetAnomalyMonitors": self._get_monitors,
            "DeleteAnomalyMonitor": self._delete_monitor,
            "CreateAnomalySubscription": self._create_subscription,
            "GetAnomalySubscriptions": self._get_subscriptions,
            "DeleteAnomalySubscription": self._delete_subscription,
        }

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer what moto lacks; learn subscribers from what it has."""
        with self._lock:
            if request.service == "ce" and request.operation in self._operations:
                operation = self._operations[request.operation]
                return answer(request, operation(request.account, request.parameters))
            if request.service == "budgets":
                return self._budgets(request, onward)
        return onward(request)

    def _create_monitor(self, account: str, given: Members) -> Members:
        monitor = given["AnomalyMonitor"]
        arn = f"arn:aws:ce::{account}:anomalymonitor/{uuid4()}"
        today = self._clock.now().strftime("%Y-%m-%d")
        made = {"MonitorArn": arn, "CreationDate": today, "LastUpdatedDate": today}
        self._anomalies[account].monitors[arn] = monitor | made
        return {"MonitorArn": arn}

    def _get_monitors(self, account: str, given: Members) -> Members:
        found = self._anomalies[account].monitors
        wanted = given.get("MonitorArnList") or list(found)
        _check_known(wanted, found, "UnknownMonitorException")
        return _page("AnomalyMonitors", [found[arn] for arn in wanted], given)

    def _delete_monitor(self, account: str, given: Members) -> Members:
        found = self._anomalies[account].monitors
        _check_known([given["MonitorArn"]], found, "UnknownMonitorException")
        del found[given["MonitorArn"]]
        return {}

    def _create_subscription(self, account: str, given: Members) -> Members:
        subscription = given["AnomalySubscription"]
        if ("Threshold" in subscription) == ("ThresholdExpression" in subscription):
            raise AwsError(
                "ValidationException",
                "Exactly one of Threshold and ThresholdExpression must be given.",
            )
        here = self._anomalies[account]
        monitors = subscription["MonitorArnList"]
        _check_known(monitors, here.monitors, "UnknownMonitorException")
        arn = f"arn:aws:ce::{account}:anomalysubscription/{uuid4()}"
        made = {"SubscriptionArn": arn, "AccountId": account}
        confirmed = [
            {"Status": "CONFIRMED"} | one for one in subscription["Subscribers"]
        ]
        here.subscriptions[arn] = subscription | made | {"Subscribers": confirmed}
        return {"SubscriptionArn": arn}

    def _get_subscriptions(self, account: str, given: Members) -> Members:
        found = self._anomalies[account].subscriptions
        wanted = given.get("SubscriptionArnList") or list(found)
        _check_known(wanted, found, "UnknownSubscriptionException")
        monitor = given.get("MonitorArn")
        listed = [
            found[arn]
            for arn in wanted
            if monitor is None or monitor in found[arn]["MonitorArnList"]
        ]
        return _page("AnomalySubscriptions", listed, given)

    def _delete_subscription(self, account: str, given: Members) -> Members:
        found = self._anomalies[account].subscriptions
        arn = given["SubscriptionArn"]
        _check_known([arn], found, "UnknownSubscriptionException")
        del found[arn]
        return {}

    def _budgets(self, request: Request, onward: Onward) -> Response:
        given = request.parameters
        if request.operation == "DescribeSubscribersForNotification":
            return answer(request, {"Subscribers": self._notified(given)})
        response = onward(request)
        if response.ok:
            self._learn(request.operation, given)
        if response.ok and request.operation == "DescribeNotificationsForBudget":
            return answer(request, _with_states(response.json()))
        return response

    def _learn(self, operation: str, given: Members) -> None:
        match operation:
            case "CreateBudget":
                budget = given["Budget"]["BudgetName"]
                for one in given.get("NotificationsWithSubscribers", []):
                    key = _notification(given["AccountId"], budget, one["Notification"])
                    self._subscribers[key] = list(one.get("Subscribers", []))
            case "CreateNotification":
                self._subscribers[_key(given)] = list(given["Subscribers"])
            case "DeleteNotification":
                self._subscribers.pop(_key(given), None)
            case "DeleteBudget":
                gone = given["AccountId"], given["BudgetName"]
                for key in [key for key in self._subscribers if key[:2] == gone]:
                    del self._subscribers[key]

    def _notified(self, given: Members) -> list[Members]:
        found = self._subscribers.get(_key(given))
        if found is None:
            raise AwsError("NotFoundException", "Unable to get subscribers.")
        return found


def _key(given: Members) -> tuple[str, str, str]:
    return _notification(given["AccountId"], given["BudgetName"], given["Notification"])


def _notification(
    account: str, budget: str, notification: Members
) -> tuple[str, str, str]:
    """Identify a notification by what makes two of them different."""
    members: Members = {"ThresholdType": "PERCENTAGE"} | notification
    members.pop("NotificationState", None)
    members["Threshold"] = float(members["Threshold"])
    return account, budget, json.dumps(members, sort_keys=True)


def _with_states(listed: Members) -> Members:
    """Say that no notification was sent, as no cost is ever computed."""
    for one in listed.get("Notifications", []):
        one.setdefault("NotificationState", "OK")
    return listed


def _check_known(wanted: list[str], found: dict[str, Members], code: str) -> None:
    for arn in wanted:
        if arn not in found:
            raise AwsError(code, f"{arn} is not known.")


def _page(member: str, found: list[Members], given: Members) -> Members:
    begin = int(given.get("NextPageToken") or 0)
    end = begin + int(given.get("MaxResults") or PAGE)
    more = {"NextPageToken": str(end)} if end < len(found) else {}
    return {member: found[begin:end], **more}
