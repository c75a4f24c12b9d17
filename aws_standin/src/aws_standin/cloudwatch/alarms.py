"""CloudWatch alarms: put, described, evaluated, and acting once per transition.

Served here and not by moto, which starts an alarm in OK, keeps no composite alarm,
evaluates nothing and has no history.
"""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aws_standin.behaviour_context import Context
from aws_standin.cloudwatch import alarm_notification
from aws_standin.cloudwatch import alarm_requests as asked
from aws_standin.cloudwatch.alarm import Alarm, Judgement, judged, with_defaults
from aws_standin.cloudwatch.alarm_delivery import AlarmDelivery
from aws_standin.cloudwatch.alarm_notification import Place
from aws_standin.cloudwatch.composite_rule import RuleError, holds
from aws_standin.cloudwatch.metrics import Metrics
from aws_standin.cloudwatch.mute_rules import MuteRules
from aws_standin.protocols import parameters
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

Members = dict[str, Any]
SECONDS = 10.0
"""Real time between evaluations; AWS evaluates once a minute."""


@dataclass
class Settings:
    """The settings of the alarms."""

    evaluating: bool = True
    """True when alarms are evaluated regularly, not only through the control API."""


@dataclass
class RegionAlarms:
    """The alarms of one account and region."""

    alarms: dict[str, Alarm] = field(default_factory=dict)
    history: list[Members] = field(default_factory=list)


class Alarms:
    """Keeps the alarms, and moves them from state to state."""

    name = "alarms"

    def __init__(self, standin: Context, metrics: Metrics) -> None:
        self.settings = Settings()
        self._standin = standin
        self._metrics = metrics
        self._lock = threading.RLock()
        self._places: dict[Place, RegionAlarms] = defaultdict(RegionAlarms)
        self._mute_rules: dict[Place, MuteRules] = {}
        self._operations: dict[str, Callable[[Place, Members], Members]] = {
            "PutMetricAlarm": self._put,
            "PutCompositeAlarm": self._put,
            "PutLogAlarm": self._put,
            "PutAlarmMuteRule": self._muting(MuteRules.put),
            "GetAlarmMuteRule": self._muting(MuteRules.get),
            "ListAlarmMuteRules": self._muting(MuteRules.list),
            "DeleteAlarmMuteRule": lambda place, given: self._mutes(place).delete(
                given
            ),
            "DescribeAlarms": lambda place, given: asked.describe(
                self._places[place].alarms, given
            ),
            "DescribeAlarmsForMetric": lambda place, given: asked.for_metric(
                self._places[place].alarms, given
            ),
            "DescribeAlarmHistory": lambda place, given: asked.history(
                self._places[place].history, given
            ),
            "DeleteAlarms": self._delete,
            "EnableAlarmActions": lambda place, given: self._enable(
                place, given, on=True
            ),
            "DisableAlarmActions": lambda place, given: self._enable(
                place, given, on=False
            ),
            "SetAlarmState": self._set,
            "ListTagsForResource": self._tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
        }
        standin.control_api.route("POST", "alarms/evaluate", self._evaluate_on_demand)
        standin.clock.every(SECONDS, self._evaluate_by_itself)

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer alarm operations; pass on the rest."""
        operation = self._operations.get(request.operation)
        if request.service != "cloudwatch" or not operation:
            return onward(request)
        given = parameters.of(request)
        if ":alarm:" not in given.get("ResourceARN", ":alarm:"):
            return onward(request)
        with self._lock:
            place = Place(request.account, request.region)
            return answer(request, operation(place, given))

    def evaluate(self, at: datetime | None = None) -> list[Members]:
        """Evaluate every alarm; return the history items of the transitions.

        `at` is the time to look back from, the clock's present unless given.

        Metric alarms first; then composite alarms, which may look at one another,
        until none changes.
        """
        now = at or self._standin.clock.now()
        items: list[Members] = []
        with self._lock:
            for place, here in list(self._places.items()):
                for alarm in here.alarms.values():
                    if not alarm.composite:
                        items += self._evaluated(place, alarm, now)
                composites = [a for a in here.alarms.values() if a.composite]
                for _ in composites:
                    for alarm in composites:
                        items += self._composed(place, alarm)
        return items

    def _evaluate_by_itself(self) -> None:
        if self.settings.evaluating:
            self.evaluate()

    def _evaluate_on_demand(self, wanted: Members) -> Members:
        """Evaluate all alarms, {"at": ISO time} or now; answers {"transitions": []}."""
        at = datetime.fromisoformat(wanted["at"]) if "at" in wanted else None
        return {"transitions": self.evaluate(at)}

    def _evaluated(self, place: Place, alarm: Alarm, now: datetime) -> list[Members]:
        store = self._metrics.store(place.account, place.region)
        judgement = judged(alarm, store, now)
        data = alarm_notification.reason_data(alarm, judgement, now)
        return self._moved(place, alarm, judgement, data)

    def _composed(self, place: Place, alarm: Alarm) -> list[Members]:
        states: dict[str, str] = {}
        for one in self._places[place].alarms.values():
            states |= {one.name: one.state, one.arn: one.state}
        rule = alarm.given["AlarmRule"]
        raised = holds(rule, states)
        reason = f"Alarm Rule {rule} evaluated to {str(raised).upper()}"
        judgement = Judgement("ALARM" if raised else "OK", reason)
        return self._moved(place, alarm, judgement, "")

    def _moved(
        self, place: Place, alarm: Alarm, judgement: Judgement, data: str
    ) -> list[Members]:
        """Set the state; on a transition write history and act, once."""
        old, now = alarm.state, self._standin.clock.now()
        if judgement.state == old:
            return []
        alarm.state, alarm.reason, alarm.reason_data = (
            judgement.state,
            judgement.reason,
            data,
        )
        alarm.updated = alarm.transitioned = now
        items = [alarm_notification.changed(alarm, old, now)]
        self._places[place].history += items
        delivery = AlarmDelivery(self._standin, place, alarm)
        muted = any(self._mutes(place).muting(alarm.name, now))
        for action in [] if muted else alarm.actions:
            problem = delivery.publish(action, old)
            self._places[place].history.append(
                alarm_notification.acted(alarm, action, problem, now)
            )
        return items

    def _muting(
        self, operation: Callable[[MuteRules, Members, datetime], Members]
    ) -> Callable[[Place, Members], Members]:
        """Return an operation of mute rules, which counts from the stand-in's time."""
        return lambda place, given: operation(
            self._mutes(place), given, self._standin.clock.now()
        )

    def _mutes(self, place: Place) -> MuteRules:
        prefix = f"arn:aws:cloudwatch:{place.region}:{place.account}:alarm-mute-rule:"
        return self._mute_rules.setdefault(place, MuteRules(prefix))

    def _put(self, place: Place, given: Members) -> Members:
        asked.check(given, place.region)
        here, now = self._places[place], self._standin.clock.now()
        name = given["AlarmName"]
        arn = f"arn:aws:cloudwatch:{place.region}:{place.account}:alarm:{name}"
        before = here.alarms.get(name)
        alarm = before or Alarm({}, arn, now)
        if before is None:
            alarm.tags = {one["Key"]: one["Value"] for one in given.get("Tags", [])}
        alarm.given, alarm.configured = with_defaults(given), now
        if alarm.composite:
            self._check_rule(alarm.given["AlarmRule"])
        here.alarms[name] = alarm
        here.history.append(
            alarm_notification.configured(alarm, update=before is not None, now=now)
        )
        return {}

    def _check_rule(self, rule: str) -> None:
        try:
            holds(rule, {})
        except RuleError as problem:
            raise AwsError("ValidationError", str(problem)) from None

    def _delete(self, place: Place, given: Members) -> Members:
        alarms = self._places[place].alarms
        lacking = [name for name in given["AlarmNames"] if name not in alarms]
        if lacking:
            raise AwsError("ResourceNotFound", f"Alarms not found: {lacking}", 404)
        for name in given["AlarmNames"]:
            del alarms[name]
        return {}

    def _enable(self, place: Place, given: Members, *, on: bool) -> Members:
        for name in given["AlarmNames"]:
            if alarm := self._places[place].alarms.get(name):
                alarm.given["ActionsEnabled"] = on
        return {}

    def _set(self, place: Place, given: Members) -> Members:
        """Set a state by hand: it acts, and lasts until the next evaluation."""
        alarm = self._places[place].alarms.get(given["AlarmName"])
        if not alarm:
            raise AwsError("ResourceNotFound", "The named alarm does not exist.", 404)
        judgement = Judgement(given["StateValue"], given["StateReason"])
        self._moved(place, alarm, judgement, given.get("StateReasonData", ""))
        return {}

    def _named(self, place: Place, given: Members) -> Alarm:
        for alarm in self._places[place].alarms.values():
            if alarm.arn == given["ResourceARN"]:
                return alarm
        raise AwsError("ResourceNotFoundException", "Unknown alarm", 404)

    def _tags(self, place: Place, given: Members) -> Members:
        tags = self._named(place, given).tags
        return {"Tags": [{"Key": key, "Value": tags[key]} for key in tags]}

    def _tag(self, place: Place, given: Members) -> Members:
        tags = self._named(place, given).tags
        tags.update({one["Key"]: one["Value"] for one in given["Tags"]})
        return {}

    def _untag(self, place: Place, given: Members) -> Members:
        for key in given["TagKeys"]:
            self._named(place, given).tags.pop(key, None)
        return {}
