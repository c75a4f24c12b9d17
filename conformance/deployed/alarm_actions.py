"""The settings that keep an alarm from acting on its topic.

Source: CloudWatch API Reference, MetricAlarm, CompositeAlarm and PutAlarmMuteRule.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from conformance.aws.members import Members
from conformance.deployed.facts import Facts, prefetched
from conformance.model.arn import home_of
from conformance.model.cloudwatch.alarm import Alarm
from conformance.model.errors import DoubtError

_MUTES = ["ACTIVE", "SCHEDULED"]
"""The third status is EXPIRED: such a rule never mutes again."""

_MUTING = ("Rule", "MuteTargets", "StartDate", "ExpireDate")
"""The members that say when a rule mutes which alarms; the dates are optional."""


class AlarmActions:
    """The actions of the alarms of one region."""

    def __init__(self, facts: Facts, region: str) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self._region = region

    @prefetched
    def mute_rules(self) -> list[Members]:
        """The rules that mute alarms now or later (ListAlarmMuteRules)."""
        answer = self._facts.read(
            "cloudwatch", self._region, "ListAlarmMuteRules", Statuses=_MUTES
        )
        # The list is absent where there is no rule.
        return list(answer.get("AlarmMuteRuleSummaries", ()))

    def problem(self, alarm: Alarm, topic: str, now: Callable[[], datetime]) -> str:
        """Return why an alarm does not act on the topic with this ARN; "" if it does.

        `now` returns the time by AWS's clock.

        Raises:
            DoubtError: it acts, but not at all times.
        """
        return (
            self._no_action(alarm, topic)
            or _suppressed(alarm)
            or _warming_up(alarm, now)
            or self._muted(alarm)
            or _may_be_suppressed(alarm)
        )

    def _no_action(self, alarm: Alarm, topic: str) -> str:
        if not alarm.acts:
            return "actions disabled"
        if topic in alarm.actions:
            return ""
        return self._other(alarm.actions[0], topic) if alarm.actions else "no action"

    def _other(self, action: str, topic: str) -> str:
        region, account = home_of(action)
        service, owner = action.split(":")[2], home_of(topic).account
        if service == "sns" and region != self._region:
            return f"tells a topic of {region}, not of {self._region}"
        if service == "sns" and account != owner:
            return f"tells a topic of account {account}, not of {owner}"
        name = action if service != "sns" else action.rpartition(":")[2]
        return f"acts on {name}, not on {topic.rpartition(':')[2]}"

    def _muted(self, alarm: Alarm) -> str:
        for rule in self._mute_rules_of(alarm):
            schedule = rule["Rule"]["Schedule"]
            times = f"{schedule['Expression']} for {schedule['Duration']}"
            if rule["Status"] == "ACTIVE":
                return f"muted now by the rule {rule['Name']} ({times})"
            seen = {name: rule.get(name) for name in _MUTING}
            raise DoubtError(f"muted at times by {rule['Name']} ({times})", seen)
        return ""

    def _mute_rules_of(self, alarm: Alarm) -> Iterator[Members]:
        """Yield the rules about an alarm, those that mute it now first."""
        for status in _MUTES:
            for summary in self.mute_rules:
                name = summary["AlarmMuteRuleArn"].split(":", 6)[-1]
                rule = self._facts.read(
                    "cloudwatch",
                    self._region,
                    "GetAlarmMuteRule",
                    AlarmMuteRuleName=name,
                )
                # Without targets a rule mutes no alarm (API_PutAlarmMuteRule).
                targets = rule.get("MuteTargets", {}).get("AlarmNames", ())
                if rule["Status"] == status and alarm.name in targets:
                    yield rule


def _suppressed(alarm: Alarm) -> str:
    # ActionsSuppressedBy is there only while actions are suppressed.
    by = alarm.document.get("ActionsSuppressedBy")
    reason = alarm.document.get("ActionsSuppressedReason", "no reason is given")
    return f"its actions are suppressed now ({by}: {reason})" if by else ""


def _may_be_suppressed(alarm: Alarm) -> str:
    if suppressor := alarm.document.get("ActionsSuppressor"):  # absent: there is none
        raise DoubtError(f"its actions are suppressed at times by {suppressor}")
    return ""


def _warming_up(alarm: Alarm, now: Callable[[], datetime]) -> str:
    # WarmUpConfiguration is absent where there is no warm-up period.
    warm_up = alarm.document.get("WarmUpConfiguration")
    if not warm_up:
        return ""
    minutes = timedelta(minutes=warm_up["WarmUpPeriodDurationInMinutes"])
    until = alarm.document["AlarmConfigurationUpdatedTimestamp"] + minutes
    return f"warms up until {until:%Y-%m-%d %H:%M} UTC" if until > now() else ""
