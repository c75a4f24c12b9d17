"""Rules that mute the actions of alarms at times.

A one-time rule (`at`) is active while its time lasts. The times of a recurring rule
(`cron`) are not evaluated: it is always SCHEDULED until it expires.

Source: botocore's model of CloudWatch, PutAlarmMuteRule.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_standin.protocols.messages import AwsError

Members = dict[str, Any]
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d)\)")
_CRON = re.compile(r"cron\((\S+\s+){4}\S+\)")
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


@dataclass
class MuteRules:
    """The mute rules of one account and region."""

    prefix: str
    """The ARN of a rule without its name."""
    rules: dict[str, Members] = field(default_factory=dict)

    def put(self, given: Members, now: datetime) -> Members:
        """Answer PutAlarmMuteRule."""
        schedule = given["Rule"]["Schedule"]
        known = _AT.fullmatch(schedule["Expression"]) or _CRON.fullmatch(
            schedule["Expression"]
        )
        if not known or not _duration(schedule["Duration"]):
            raise AwsError("ValidationError", "The schedule is not valid.")
        self.rules[given["Name"]] = {**given, "LastUpdatedTimestamp": now}
        return {}

    def get(self, given: Members, now: datetime) -> Members:
        """Answer GetAlarmMuteRule."""
        rule = self._named(given["AlarmMuteRuleName"])
        described = {key: value for key, value in rule.items() if key != "Tags"}
        return {**described, **self._summary(rule, now)}

    def list(self, given: Members, now: datetime) -> Members:
        """Answer ListAlarmMuteRules."""
        summaries = [
            self._summary(rule, now)
            for _, rule in sorted(self.rules.items())
            if given.get("AlarmName") in (None, *_targets(rule))
        ]
        wanted = given.get("Statuses")
        found = [one for one in summaries if not wanted or one["Status"] in wanted]
        return {"AlarmMuteRuleSummaries": found}

    def delete(self, given: Members) -> Members:
        """Answer DeleteAlarmMuteRule, which succeeds without a rule, too."""
        self.rules.pop(given["AlarmMuteRuleName"], None)
        return {}

    def muting(self, alarm: str, now: datetime) -> Iterator[str]:
        """Yield the names of the rules that mute an alarm now."""
        for name, rule in self.rules.items():
            if alarm in _targets(rule) and _status(rule, now) == "ACTIVE":
                yield name

    def _named(self, name: str) -> Members:
        if name not in self.rules:
            raise AwsError("ResourceNotFoundException", f"No mute rule {name}", 404)
        return self.rules[name]

    def _summary(self, rule: Members, now: datetime) -> Members:
        once = rule["Rule"]["Schedule"]["Expression"].startswith("at")
        expires = {key: rule[key] for key in ("ExpireDate",) if key in rule}
        return {
            "AlarmMuteRuleArn": self.prefix + rule["Name"],
            "Status": _status(rule, now),
            "MuteType": "ONE_TIME" if once else "RECURRING",
            "LastUpdatedTimestamp": rule["LastUpdatedTimestamp"],
            **expires,
        }


def _targets(rule: Members) -> list[str]:
    return list(rule.get("MuteTargets", {}).get("AlarmNames", []))


def _status(rule: Members, now: datetime) -> str:
    schedule = rule["Rule"]["Schedule"]
    once = _AT.fullmatch(schedule["Expression"])
    if "ExpireDate" in rule and rule["ExpireDate"] <= now:
        return "EXPIRED"
    if not once:
        return "SCHEDULED"
    begin = datetime.fromisoformat(once[1]).replace(tzinfo=UTC)
    if now < begin:
        return "SCHEDULED"
    return "ACTIVE" if now < begin + _duration(schedule["Duration"]) else "EXPIRED"


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    days, hours, minutes = found.groups(default="0") if found else ("0", "0", "0")
    return timedelta(days=int(days), hours=int(hours), minutes=int(minutes))
