"""The SNS message of an alarm, its subject, and the items of its history.

Source: CloudWatch User Guide, "Notifying users on alarm changes", and CloudWatch API
Reference, DescribeAlarmHistory.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session

from aws_standin.cloudwatch.alarm import Alarm, Judgement

Members = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """The account and region of an alarm."""

    account: str
    region: str


@cache
def region_name(region: str) -> str:
    """Return the region as people call it, such as Europe (Ireland)."""
    endpoints = botocore.session.get_session().get_data("endpoints")
    for partition in endpoints["partitions"]:
        if region in partition["regions"]:
            return str(partition["regions"][region]["description"])
    return region


def subject(alarm: Alarm, place: Place) -> str:
    """Return the message's subject."""
    return f'{alarm.state}: "{alarm.name}" in {region_name(place.region)}'


def message(alarm: Alarm, place: Place, old: str) -> str:
    """Return the message that a topic gets, as JSON."""
    given = alarm.given
    document: Members = {
        "AlarmName": alarm.name,
        "AlarmDescription": given.get("AlarmDescription"),
        "AWSAccountId": place.account,
        "AlarmConfigurationUpdatedTimestamp": _moment(alarm.configured),
        "NewStateValue": alarm.state,
        "NewStateReason": alarm.reason,
        "StateChangeTime": _moment(alarm.transitioned or alarm.configured),
        "Region": region_name(place.region),
        "AlarmArn": alarm.arn,
        "OldStateValue": old,
        "OKActions": given["OKActions"],
        "AlarmActions": given["AlarmActions"],
        "InsufficientDataActions": given["InsufficientDataActions"],
    }
    if alarm.composite:
        document["AlarmRule"] = given["AlarmRule"]
    elif "EvaluationPeriods" in given:
        document["Trigger"] = _trigger(given)
    return json.dumps(document)


def reason_data(alarm: Alarm, judgement: Judgement, now: datetime) -> str:
    """Return StateReasonData, as JSON."""
    document = {
        "version": "1.0",
        "queryDate": _moment(now),
        "statistic": alarm.given.get("Statistic"),
        "period": alarm.given.get("Period"),
        "recentDatapoints": [number for _, number in reversed(judgement.datapoints)],
        "threshold": alarm.given.get("Threshold"),
    }
    return json.dumps(
        {key: value for key, value in document.items() if value is not None}
    )


def changed(alarm: Alarm, old: str, now: datetime) -> Members:
    """Return the history item of a state that became another one."""
    summary = f"Alarm updated from {old} to {alarm.state}"
    states = {
        "version": "1.0",
        "oldState": {"stateValue": old},
        "newState": {"stateValue": alarm.state, "stateReason": alarm.reason},
    }
    return _item(alarm, "StateUpdate", summary, json.dumps(states), now)


def acted(alarm: Alarm, action: str, problem: str, now: datetime) -> Members:
    """Return the history item of an action; `problem` is "" where it succeeded."""
    summary = f"Successfully executed action {action}"
    if problem:
        summary = f"Failed to execute action {action}. Received error: {problem}"
    return _item(alarm, "Action", summary, json.dumps({"actionArn": action}), now)


def configured(alarm: Alarm, *, update: bool, now: datetime) -> Members:
    """Return the history item of an alarm that was put."""
    summary = f'Alarm "{alarm.name}" {"updated" if update else "created"}'
    return _item(alarm, "ConfigurationUpdate", summary, "{}", now)


def _item(alarm: Alarm, kind: str, summary: str, data: str, now: datetime) -> Members:
    return {
        "AlarmName": alarm.name,
        "AlarmType": alarm.kind,
        "Timestamp": now,
        "HistoryItemType": kind,
        "HistorySummary": summary,
        "HistoryData": data,
    }


def _trigger(given: Members) -> Members:
    trigger: Members = {
        "Period": given.get("Period"),
        "EvaluationPeriods": given["EvaluationPeriods"],
        "DatapointsToAlarm": given.get("DatapointsToAlarm"),
        "ComparisonOperator": given["ComparisonOperator"],
        "Threshold": given["Threshold"],
        "TreatMissingData": given.get("TreatMissingData", "missing"),
        "EvaluateLowSampleCountPercentile": "",
    }
    if "Metrics" in given:
        return trigger | {"Metrics": given["Metrics"]}
    dimensions = [
        {"value": one["Value"], "name": one["Name"]} for one in given["Dimensions"]
    ]
    return trigger | {
        "MetricName": given["MetricName"],
        "Namespace": given["Namespace"],
        "StatisticType": "Statistic" if "Statistic" in given else "ExtendedStatistic",
        "Statistic": (given.get("Statistic") or given["ExtendedStatistic"]).upper(),
        "Unit": given.get("Unit"),
        "Dimensions": dimensions,
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "+0000")
