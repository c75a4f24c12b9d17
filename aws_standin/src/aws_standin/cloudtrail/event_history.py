"""LookupEvents: the management events of the last 90 days.

Source: CloudTrail API Reference, LookupEvents.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aws_standin.cloudtrail.event_record import Event
from aws_standin.protocols.messages import AwsError

Members = dict[str, Any]
KEPT = timedelta(days=90)
MOST = 50


@dataclass(frozen=True)
class Visible:
    """The visible part of the history."""

    now: datetime
    delay: timedelta
    """The time between a call and the appearance of its event."""

    def shows(self, event: Event) -> bool:
        """Say whether an event can be looked up now."""
        age = self.now - event.time
        return event.category == "Management" and self.delay <= age <= KEPT


def lookup(events: Iterable[Event], given: Members, visible: Visible) -> Members:
    """Answer LookupEvents, the most recent event first."""
    start, end = given.get("StartTime"), given.get("EndTime")
    if start and end and start > end:
        raise AwsError(
            "InvalidTimeRangeException", "The start time must be before the end time."
        )
    attributes = given.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise AwsError(
            "InvalidLookupAttributesException",
            "Currently the list of lookup attributes can contain only one item.",
        )
    found = [
        event
        for event in events
        if visible.shows(event)
        and (not start or event.time >= start)
        and (not end or event.time <= end)
        and all(_fits(event, one) for one in attributes)
        and "EventCategory" not in given
    ]
    found.sort(key=lambda event: event.time, reverse=True)
    return _page(found, given)


def _fits(event: Event, attribute: Mapping[str, str]) -> bool:
    document = event.document
    values = {
        "EventId": [document["eventID"]],
        "EventName": [document["eventName"]],
        "EventSource": [document["eventSource"]],
        "ReadOnly": [str(event.read_only).lower()],
        "Username": [event.username],
        "AccessKeyId": [document["userIdentity"]["accessKeyId"]],
        "ResourceType": [kind for kind, _ in event.named],
        "ResourceName": [name for _, name in event.named]
        + [resource["ARN"] for resource in document["resources"]],
    }
    key = attribute["AttributeKey"]
    if key not in values:
        raise AwsError("InvalidLookupAttributesException", f"Unknown attribute {key}")
    return attribute["AttributeValue"] in values[key]


def _page(found: list[Event], given: Members) -> Members:
    """Return a page; its token is the last event's id, as new events come first."""
    begin = 0
    if token := given.get("NextToken"):
        ids = [event.document["eventID"] for event in found]
        if token not in ids:
            raise AwsError("InvalidNextTokenException", "The token is not valid.")
        begin = ids.index(token) + 1
    page = found[begin : begin + int(given.get("MaxResults") or MOST)]
    answer: Members = {"Events": [_described(event) for event in page]}
    if found[begin + len(page) :]:
        answer["NextToken"] = page[-1].document["eventID"]
    return answer


def _described(event: Event) -> Members:
    document = event.document
    return {
        "EventId": document["eventID"],
        "EventName": document["eventName"],
        "ReadOnly": str(event.read_only).lower(),
        "AccessKeyId": document["userIdentity"]["accessKeyId"],
        "EventTime": event.time,
        "EventSource": document["eventSource"],
        "Username": event.username,
        "Resources": [
            {"ResourceType": kind, "ResourceName": name} for kind, name in event.named
        ],
        "CloudTrailEvent": json.dumps(document),
    }
