"""CloudWatch's metric operations, on the metric data of one account and region.

Source: botocore's model of CloudWatch.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aws_standin.cloudwatch import metric_queries
from aws_standin.cloudwatch.metric_math import NotUnderstoodError, Series
from aws_standin.cloudwatch.metric_store import Datum, Metric, Store, sample
from aws_standin.protocols.messages import AwsError

Members = dict[str, Any]
MOST_DATAPOINTS = 1440
"""GetMetricStatistics: "The maximum number of data points returned … is 1,440"."""
LISTED = 500
"""Metrics on one page of ListMetrics."""
FORGOTTEN = timedelta(days=14)
"""ListMetrics lists no metric without data in the past two weeks."""
RECENT = timedelta(hours=3)
"""RecentlyActive PT3H."""


def put(store: Store, given: Members, now: datetime) -> Members:
    """Answer PutMetricData."""
    for one in given.get("MetricData", []):
        metric = metric_queries.metric({"Namespace": given["Namespace"], **one})
        moment = one.get("Timestamp") or now
        for datum in _data(one):
            store.put(metric, moment, datum)
    return {}


def get(store: Store, given: Members, _: datetime) -> Members:
    """Answer GetMetricData."""
    asked = given["MetricDataQueries"]
    span = _span(given)
    try:
        found = metric_queries.answers(asked, store, span)
    except NotUnderstoodError as problem:
        message = f"The stand-in does not understand the expression: {problem}"
        raise AwsError("ValidationError", message) from None
    ascending = given.get("ScanBy") == "TimestampAscending"
    return {
        "MetricDataResults": [
            _result(query, found[query["Id"]], ascending=ascending)
            for query in asked
            if query.get("ReturnData", True)
        ],
        "Messages": [],
    }


def statistics(store: Store, given: Members, _: datetime) -> Members:
    """Answer GetMetricStatistics."""
    span, period = _span(given), int(given["Period"])
    count = len(span.timeline(period))
    if count > MOST_DATAPOINTS:
        raise AwsError(
            "InvalidParameterCombination",
            f"You have requested up to {count} datapoints, which exceeds the limit "
            f"of {MOST_DATAPOINTS}. You may reduce the datapoints requested by "
            "increasing Period, or decreasing the time range.",
        )
    found = store.periods(metric_queries.metric(given), span.start, span.end, period)
    return {
        "Label": given["MetricName"],
        "Datapoints": [
            _datapoint(given, {"Timestamp": moment, "Unit": datum.unit}, datum)
            for moment, datum in found.items()
            if given.get("Unit") in (None, datum.unit)
        ],
    }


def listed(store: Store, given: Members, now: datetime) -> Members:
    """Answer ListMetrics."""
    begin = int(given.get("NextToken") or 0)
    recent = RECENT if given.get("RecentlyActive") else FORGOTTEN
    since = (now - recent).timestamp()
    found = [metric for metric in store.known(since) if _wanted(metric, given)]
    page: Members = {
        "Metrics": [_described(one) for one in found[begin : begin + LISTED]]
    }
    if len(found) > begin + LISTED:
        page["NextToken"] = str(begin + LISTED)
    return page


def _span(given: Members) -> metric_queries.Span:
    if given["StartTime"] >= given["EndTime"]:
        raise AwsError(
            "ValidationError", "The parameter StartTime must be less than EndTime."
        )
    return metric_queries.Span(given["StartTime"], given["EndTime"])


def _data(one: Mapping[str, Any]) -> list[Datum]:
    unit = one.get("Unit", "None")
    if stated := one.get("StatisticValues"):
        return [
            Datum(
                stated["Sum"],
                stated["Minimum"],
                stated["Maximum"],
                stated["SampleCount"],
                unit,
            )
        ]
    values = one.get("Values") or [one["Value"]]
    counts = one.get("Counts") or [1.0] * len(values)
    return [
        sample(float(value), unit, float(count))
        for value, count in zip(values, counts, strict=True)
    ]


def _result(query: Members, found: Series, *, ascending: bool) -> Members:
    moments = sorted(found, reverse=not ascending)
    named = query.get("MetricStat", {}).get("Metric", {}).get("MetricName")
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or named or query["Id"],
        "Timestamps": moments,
        "Values": [found[moment] for moment in moments],
        "StatusCode": "Complete",
    }


def _datapoint(given: Members, point: Members, datum: Datum) -> Members:
    for name in given.get("Statistics", []):
        point[name] = datum.statistic(name)
    if extended := given.get("ExtendedStatistics"):
        known = {name: datum.statistic(name) for name in extended}
        point["ExtendedStatistics"] = {k: v for k, v in known.items() if v is not None}
    return point


def _wanted(metric: Metric, given: Members) -> bool:
    dimensions = dict(metric.dimensions)
    return (
        given.get("Namespace") in (None, metric.namespace)
        and given.get("MetricName") in (None, metric.name)
        and all(
            one["Name"] in dimensions
            and one.get("Value") in (None, dimensions[one["Name"]])
            for one in given.get("Dimensions", [])
        )
    )


def _described(metric: Metric) -> Members:
    pairs = sorted(metric.dimensions)
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in pairs],
    }
