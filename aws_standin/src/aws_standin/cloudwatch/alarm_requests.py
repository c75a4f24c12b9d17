"""The requests about alarms: read, checked, and answered from a list of alarms.

Source: botocore's model of CloudWatch.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_standin.cloudwatch import metric_queries
from aws_standin.cloudwatch.alarm import Alarm
from aws_standin.protocols.messages import AwsError

Members = dict[str, Any]
METRIC_ALARM = "MetricAlarm"


def describe(alarms: Mapping[str, Alarm], given: Members) -> Members:
    """Answer DescribeAlarms; without AlarmTypes only metric alarms are described."""
    kinds = given.get("AlarmTypes") or [METRIC_ALARM]
    names = given.get("AlarmNames")
    found = [
        alarm
        for _, alarm in sorted(alarms.items())
        if alarm.kind in kinds
        and (not names or alarm.name in names)
        and alarm.name.startswith(given.get("AlarmNamePrefix", ""))
        and given.get("StateValue") in (None, alarm.state)
        and _acts_on(alarm, given.get("ActionPrefix", ""))
    ]
    size = given.get("MaxRecords") or (100 if names else 50)
    page, following = _page(found, given, size)
    described = {
        f"{kind}s": [one.described() for one in page if one.kind == kind]
        for kind in (METRIC_ALARM, "CompositeAlarm", "LogAlarm")
    }
    return {**described, **following}


def for_metric(alarms: Mapping[str, Alarm], given: Members) -> Members:
    """Answer DescribeAlarmsForMetric: exactly this metric and dimensions."""
    wanted = metric_queries.metric(given)
    found = [
        alarm.described()
        for _, alarm in sorted(alarms.items())
        if "MetricName" in alarm.given
        and metric_queries.metric(alarm.given) == wanted
        and all(
            given.get(key) in (None, alarm.given.get(key))
            for key in ("Statistic", "ExtendedStatistic", "Period", "Unit")
        )
    ]
    return {"MetricAlarms": found}


def history(items: Iterable[Members], given: Members) -> Members:
    """Answer DescribeAlarmHistory, by default the newest first."""
    kinds = given.get("AlarmTypes") or [METRIC_ALARM]
    found = [
        item
        for item in items
        if item["AlarmType"] in kinds
        and given.get("AlarmName") in (None, item["AlarmName"])
        and given.get("HistoryItemType") in (None, item["HistoryItemType"])
        and ("StartDate" not in given or item["Timestamp"] >= given["StartDate"])
        and ("EndDate" not in given or item["Timestamp"] <= given["EndDate"])
    ]
    if given.get("ScanBy") != "TimestampAscending":
        found.reverse()
    page, following = _page(found, given, given.get("MaxRecords") or 100)
    return {"AlarmHistoryItems": list(page), **following}


def check(given: Members, region: str) -> None:
    """Refuse what PutMetricAlarm and PutCompositeAlarm refuse."""
    for name in ("OKActions", "AlarmActions", "InsufficientDataActions"):
        for arn in given.get(name, []):
            _check_action(arn, region)
    if "AlarmRule" in given or "ScheduledQueryConfiguration" in given:
        return
    ways = ("MetricName", "Metrics", "EvaluationCriteria")
    if sum(way in given for way in ways) != 1:
        _refuse(f"Exactly one of {', '.join(ways)} must be specified.")
    if "EvaluationCriteria" not in given:
        _check_threshold(given)


def _check_threshold(given: Members) -> None:
    periods = given.get("EvaluationPeriods", 0)
    if periods < 1:
        _refuse("EvaluationPeriods must be at least 1.")
    if given.get("DatapointsToAlarm", 1) > periods:
        _refuse("DatapointsToAlarm must not be greater than EvaluationPeriods.")
    if "Threshold" not in given and "ThresholdMetricId" not in given:
        _refuse("A Threshold must be specified.")
    if "MetricName" in given:
        _check_metric(given)
    else:
        returned = [one for one in given["Metrics"] if one.get("ReturnData", True)]
        if len(returned) != 1:
            _refuse("Exactly one element of the metrics list must return data.")


def _check_metric(given: Members) -> None:
    if "Namespace" not in given or "Period" not in given:
        _refuse("An alarm on a metric needs its Namespace and its Period.")
    if ("Statistic" in given) == ("ExtendedStatistic" in given):
        _refuse("Exactly one of Statistic and ExtendedStatistic must be specified.")
    if given["Period"] not in {10, 20, 30} and given["Period"] % 60:
        _refuse("Period must be 10, 20, 30 or a multiple of 60.")


def _check_action(arn: str, region: str) -> None:
    parts = arn.split(":")
    if len(parts) < 6 or parts[0] != "arn":  # noqa: PLR2004 - the segments of an ARN
        _refuse(f"Invalid arn syntax: {arn}")
    if parts[2] == "sns" and parts[3] != region:
        _refuse(f"Invalid region {parts[3]} specified. Only {region} is supported.")


def _refuse(message: str) -> None:
    raise AwsError("ValidationError", message)


def _acts_on(alarm: Alarm, prefix: str) -> bool:
    if not prefix:
        return True
    names = ("OKActions", "AlarmActions", "InsufficientDataActions")
    return any(arn.startswith(prefix) for name in names for arn in alarm.given[name])


def _page(
    found: Sequence[Any], given: Members, size: int
) -> tuple[Sequence[Any], Members]:
    begin = int(given.get("NextToken") or 0)
    following = {"NextToken": str(begin + size)} if len(found) > begin + size else {}
    return found[begin : begin + size], following
