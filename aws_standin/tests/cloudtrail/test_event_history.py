"""Management calls are looked up with their caller; data calls never are."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from tests.cloudtrail.recorded_table import cloudtrail, table

__all__ = ["cloudtrail", "table"]


@pytest.fixture
def lookup(cloudtrail):
    def lookup(attribute=None, value=None, **more):
        if attribute:
            one = {"AttributeKey": attribute, "AttributeValue": value}
            more["LookupAttributes"] = [one]
        return cloudtrail.lookup_events(**more)["Events"]

    return lookup


@pytest.mark.usefixtures("table")
def test_a_management_call_is_looked_up_with_its_caller(client, account, lookup, name):
    """LookupEvents returns the event of a management call, with the caller's identity.

    CloudTrail API Reference, LookupEvents; CloudTrail User Guide, "CloudTrail record
    contents".
    """
    (event,) = lookup("EventName", "CreateTable")
    caller = client("sts", account=account).get_caller_identity()["Arn"]
    record = json.loads(event["CloudTrailEvent"])
    assert record["userIdentity"]["arn"] == caller
    assert record["eventSource"] == "dynamodb.amazonaws.com"
    assert record["awsRegion"] == "eu-west-1"
    assert record["requestParameters"]["tableName"] == name
    assert record["managementEvent"] is True
    assert event["Resources"] == [
        {"ResourceType": "AWS::DynamoDB::Table", "ResourceName": name}
    ]
    assert event["ReadOnly"] == "false"


def test_the_request_id_is_the_answers(table, lookup, name):
    """A record's requestID identifies the request, as the answer's request id does.

    CloudTrail User Guide, "CloudTrail record contents", requestID.
    """
    asked = table.describe_time_to_live(TableName=name)
    (event,) = lookup("EventName", "DescribeTimeToLive")
    record = json.loads(event["CloudTrailEvent"])
    assert record["requestID"] == asked["ResponseMetadata"]["RequestId"]


def test_item_calls_are_never_looked_up(table, lookup, name):
    """LookupEvents has no data events.

    CloudTrail API Reference, LookupEvents: "management events or … Insights events".
    """
    table.put_item(TableName=name, Item={"id": {"S": "a"}})
    assert lookup("EventName", "PutItem") == []
    assert lookup("EventName", "CreateTable") != []


def test_a_refused_call_is_recorded_with_its_error(table, lookup):
    """A record of a failed call has errorCode and errorMessage.

    CloudTrail User Guide, "CloudTrail record contents", errorCode.
    """
    with pytest.raises(ClientError):
        table.describe_table(TableName="nothing")
    events = lookup("EventName", "DescribeTable")
    codes = [json.loads(e["CloudTrailEvent"]).get("errorCode") for e in events]
    assert codes[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("EventName", "CreateTable"),
        ("EventSource", "dynamodb.amazonaws.com"),
        ("ReadOnly", "false"),
        ("ResourceType", "AWS::DynamoDB::Table"),
    ],
)
@pytest.mark.usefixtures("table")
def test_lookup_by_attribute(client, account, lookup, attribute, value):
    """A lookup attribute filters by exactly its value.

    CloudTrail API Reference, LookupAttribute.
    """
    client("sns", account=account).list_topics()
    names = {event["EventName"] for event in lookup(attribute, value)}
    assert "CreateTable" in names
    assert "ListTopics" not in names


def test_the_newest_event_comes_first_in_pages(table, cloudtrail, name):
    """Events are sorted by time, the most recent first, and paged by NextToken.

    CloudTrail API Reference, LookupEvents, Events, MaxResults and NextToken.
    """
    for _ in range(4):
        table.describe_time_to_live(TableName=name)
    found = [
        event
        for page in cloudtrail.get_paginator("lookup_events").paginate(
            LookupAttributes=[
                {"AttributeKey": "EventName", "AttributeValue": "DescribeTimeToLive"}
            ],
            PaginationConfig={"PageSize": 3},
        )
        for event in page["Events"]
    ]
    times = [event["EventTime"] for event in found]
    assert len({event["EventId"] for event in found}) == 4
    assert times == sorted(times, reverse=True)


@pytest.mark.usefixtures("table")
def test_a_time_range_limits_the_lookup(lookup):
    """Only events between StartTime and EndTime are returned.

    CloudTrail API Reference, LookupEvents.
    """
    now = datetime.now(UTC)
    before = {"StartTime": now - timedelta(days=1), "EndTime": now - timedelta(hours=1)}
    assert lookup(**before) == []
    assert lookup(StartTime=now - timedelta(hours=1)) != []
    with pytest.raises(ClientError, match="InvalidTimeRange"):
        lookup(StartTime=now, EndTime=now - timedelta(hours=1))


@pytest.mark.usefixtures("table")
def test_two_lookup_attributes_are_refused(cloudtrail):
    """The list of lookup attributes can contain only one item.

    CloudTrail API Reference, LookupEvents, LookupAttributes.
    """
    one = {"AttributeKey": "EventName", "AttributeValue": "CreateTable"}
    with pytest.raises(ClientError, match="InvalidLookupAttributes"):
        cloudtrail.lookup_events(LookupAttributes=[one, one])


@pytest.mark.usefixtures("table")
def test_an_event_appears_after_a_delay(lookup, control):
    """Events appear some minutes after the call; the delay is a setting.

    CloudTrail User Guide, "How CloudTrail works": typically within 5 minutes.
    """
    control("settings", {"trail": {"lookup_delay": 300.0}})
    try:
        assert lookup("EventName", "CreateTable") == []
    finally:
        control("settings", {"trail": {"lookup_delay": 0.0}})
    assert lookup("EventName", "CreateTable") != []
