"""The delivery of records to a trail's bucket and log group.

Source: CloudTrail User Guide, "CloudTrail log file name format" and "Sending events to
CloudWatch Logs".
"""

import gzip
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from aws_standin.behaviour_context import Context
from aws_standin.cloudtrail.event_record import Event
from aws_standin.protocols.messages import AwsError

Members = dict[str, Any]
BATCH = 1000
"""Log events in one PutLogEvents, which takes 10,000 or 1 MB at most."""


def deliver(standin: Context, trail: Members, events: Sequence[Event]) -> Members:
    """Deliver what one trail wants of one region's events; return its new status.

    The status has GetTrailStatus's members about the latest delivery.
    """
    first, now = events[0], standin.clock.now()
    status: Members = {}
    try:
        standin.call(
            "s3",
            "PutObject",
            first.account,
            trail["HomeRegion"],
            Bucket=trail["S3BucketName"],
            Key=_key(trail, first, now),
            Body=gzip.compress(_file(events)),
        )
        status["LatestDeliveryTime"] = now.timestamp()
    except AwsError as problem:
        status["LatestDeliveryError"] = problem.code
    if trail.get("CloudWatchLogsLogGroupArn"):
        status |= _to_log_group(standin, trail, events)
    return status


def _key(trail: Members, first: Event, now: datetime) -> str:
    prefix = f"{trail['S3KeyPrefix']}/" if trail.get("S3KeyPrefix") else ""
    where = f"{first.account}/CloudTrail/{first.region}/{now:%Y/%m/%d}"
    name = f"{first.account}_CloudTrail_{first.region}_{now:%Y%m%dT%H%MZ}"
    return f"{prefix}AWSLogs/{where}/{name}_{uuid4().hex[:16]}.json.gz"


def _file(events: Sequence[Event]) -> bytes:
    return json.dumps({"Records": [event.document for event in events]}).encode()


def _to_log_group(standin: Context, trail: Members, events: Sequence[Event]) -> Members:
    account, region = events[0].account, events[0].region
    parts = trail["CloudWatchLogsLogGroupArn"].split(":")
    where, group = parts[3], parts[6]
    stream = f"{account}_CloudTrail_{region}"
    named = {"logGroupName": group, "logStreamName": stream}
    logged = [
        {
            "timestamp": int(event.time.timestamp() * 1000),
            "message": json.dumps(event.document),
        }
        for event in events
    ]
    try:
        _make_stream(standin, (account, where), named)
        for begin in range(0, len(logged), BATCH):
            batch = logged[begin : begin + BATCH]
            named_batch = {**named, "logEvents": batch}
            standin.call("logs", "PutLogEvents", account, where, **named_batch)
    except AwsError as problem:
        return {"LatestCloudWatchLogsDeliveryError": problem.code}
    return {"LatestCloudWatchLogsDeliveryTime": standin.clock.now().timestamp()}


def _make_stream(standin: Context, where: tuple[str, str], named: Members) -> None:
    try:
        standin.call("logs", "CreateLogStream", *where, **named)
    except AwsError as problem:
        if problem.code != "ResourceAlreadyExistsException":
            raise
