"""Management calls are looked up; data calls are delivered where selected."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

SCHEMA = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def cloudtrail(client, account):
    return client("cloudtrail", account=account)


@pytest.fixture
def table(client, account, name):
    dynamodb = client("dynamodb", account=account)
    dynamodb.create_table(TableName=name, **SCHEMA)
    dynamodb.get_waiter("table_exists").wait(
        TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 5}
    )
    return dynamodb


@pytest.fixture
def lookup(cloudtrail):
    def lookup(attribute=None, value=None, **more):
        if attribute:
            one = {"AttributeKey": attribute, "AttributeValue": value}
            more["LookupAttributes"] = [one]
        return cloudtrail.lookup_events(**more)["Events"]

    return lookup


@pytest.fixture
def trail(client, account, cloudtrail):
    """A trail with a bucket and a log group, logging what its selectors say."""
    bucket = f"trail-{account}"
    here = {"LocationConstraint": "eu-west-1"}
    s3, logs = client("s3", account=account), client("logs", account=account)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=here)
    logs.create_log_group(logGroupName="trail")
    group = f"arn:aws:logs:eu-west-1:{account}:log-group:trail:*"

    def trail(**selectors):
        cloudtrail.create_trail(
            Name="trail",
            S3BucketName=bucket,
            CloudWatchLogsLogGroupArn=group,
            CloudWatchLogsRoleArn=f"arn:aws:iam::{account}:role/trail",
            IsMultiRegionTrail=True,
        )
        if selectors:
            cloudtrail.put_event_selectors(TrailName="trail", **selectors)
        cloudtrail.start_logging(Name="trail")

    return trail


@pytest.fixture
def logged(client, account, control):
    """Deliver, and read the records of the trail's log group."""
    logs = client("logs", account=account)

    def logged(name=None):
        control("trail/deliver", {})
        found = logs.filter_log_events(logGroupName="trail")["events"]
        records = [json.loads(one["message"]) for one in found]
        return [one for one in records if name in (None, one["eventName"])]

    return logged


def selected(kind, *values):
    return [
        {
            "ReadWriteType": "All",
            "IncludeManagementEvents": False,
            "DataResources": [{"Type": kind, "Values": list(values)}],
        }
    ]


def fields(**equals):
    return [
        {
            "Name": "some",
            "FieldSelectors": [
                {"Field": field.replace("__", "."), "Equals": values}
                for field, values in equals.items()
            ],
        }
    ]


@pytest.mark.usefixtures("table")
def test_a_management_call_is_looked_up_with_its_caller(client, account, lookup, name):
    """
    LookupEvents returns the event of a management call, with the caller's identity.

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
    """
    A record's requestID identifies the request, as the answer's request id does.

    CloudTrail User Guide, "CloudTrail record contents", requestID.
    """
    asked = table.describe_time_to_live(TableName=name)
    (event,) = lookup("EventName", "DescribeTimeToLive")
    record = json.loads(event["CloudTrailEvent"])
    assert record["requestID"] == asked["ResponseMetadata"]["RequestId"]


def test_item_calls_are_never_looked_up(table, lookup, name):
    """
    LookupEvents has no data events.

    CloudTrail API Reference, LookupEvents: "management events or … Insights events".
    """
    table.put_item(TableName=name, Item={"id": {"S": "a"}})
    assert lookup("EventName", "PutItem") == []
    assert lookup("EventName", "CreateTable") != []


def test_a_refused_call_is_recorded_with_its_error(table, lookup):
    """
    A record of a failed call has errorCode and errorMessage.

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
    """
    A lookup attribute filters by exactly its value.

    CloudTrail API Reference, LookupAttribute.
    """
    client("sns", account=account).list_topics()
    names = {event["EventName"] for event in lookup(attribute, value)}
    assert "CreateTable" in names
    assert "ListTopics" not in names


def test_the_newest_event_comes_first_in_pages(table, cloudtrail, name):
    """
    Events are sorted by time, the most recent first, and paged by NextToken.

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
    """
    Only events between StartTime and EndTime are returned.

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
    """
    The list of lookup attributes can contain only one item.

    CloudTrail API Reference, LookupEvents, LookupAttributes.
    """
    one = {"AttributeKey": "EventName", "AttributeValue": "CreateTable"}
    with pytest.raises(ClientError, match="InvalidLookupAttributes"):
        cloudtrail.lookup_events(LookupAttributes=[one, one])


@pytest.mark.usefixtures("table")
def test_an_event_appears_after_a_delay(lookup, control):
    """
    Events appear some minutes after the call; the delay is a setting.

    CloudTrail User Guide, "How CloudTrail works": typically within 5 minutes.
    """
    control("settings", {"trail": {"lookup_delay": 300.0}})
    try:
        assert lookup("EventName", "CreateTable") == []
    finally:
        control("settings", {"trail": {"lookup_delay": 0.0}})
    assert lookup("EventName", "CreateTable") != []


def test_a_trail_logs_management_events_by_default(cloudtrail, trail, table, logged):
    """
    A trail without selectors logs all management events and no data events.

    CloudTrail API Reference, GetEventSelectors and PutEventSelectors.
    """
    trail()
    (selector,) = cloudtrail.get_event_selectors(TrailName="trail")["EventSelectors"]
    assert selector["IncludeManagementEvents"] is True
    assert selector["DataResources"] == []
    table.list_tables()
    names = {record["eventName"] for record in logged()}
    assert "ListTables" in names
    assert "PutItem" not in names


@pytest.mark.parametrize("exact", [True, False])
def test_basic_selectors_select_tables(trail, table, logged, name, exact):
    """
    A data resource is a table's ARN, or arn:aws:dynamodb for all tables.

    CloudTrail API Reference, DataResource, Values.
    """
    arn = table.describe_table(TableName=name)["Table"]["TableArn"]
    value = arn if exact else "arn:aws:dynamodb"
    trail(EventSelectors=selected("AWS::DynamoDB::Table", value))
    table.create_table(TableName=f"{name}-other", **SCHEMA)
    for one in (name, f"{name}-other"):
        table.put_item(TableName=one, Item={"id": {"S": "secret"}})
    written = [r["requestParameters"]["tableName"] for r in logged("PutItem")]
    assert written == ([name] if exact else [name, f"{name}-other"])
    assert "secret" not in json.dumps(logged())
    assert logged("CreateTable") == []


def test_advanced_selectors_select_by_field(trail, table, logged, account, name):
    """
    All fields of an advanced selector must hold.

    CloudTrail API Reference, AdvancedEventSelector.
    """
    arn = f"arn:aws:dynamodb:eu-west-1:{account}:table/{name}"
    trail(
        AdvancedEventSelectors=fields(
            eventCategory=["Data"],
            resources__type=["AWS::DynamoDB::Table"],
            resources__ARN=[arn],
            readOnly=["false"],
        )
    )
    table.put_item(TableName=name, Item={"id": {"S": "a"}})
    table.get_item(TableName=name, Key={"id": {"S": "a"}})
    (record,) = logged()
    assert record["eventName"] == "PutItem"
    assert record["eventCategory"] == "Data"
    assert record["resources"] == [
        {"accountId": account, "type": "AWS::DynamoDB::Table", "ARN": arn}
    ]


def test_a_stopped_trail_gets_nothing(trail, cloudtrail, table, logged, name):
    """
    After StopLogging no more events are delivered.

    CloudTrail API Reference, StopLogging.
    """
    trail(EventSelectors=selected("AWS::DynamoDB::Table", "arn:aws:dynamodb"))
    cloudtrail.stop_logging(Name="trail")
    table.put_item(TableName=name, Item={"id": {"S": "a"}})
    assert logged("PutItem") == []


def test_the_status_tells_the_latest_delivery(
    trail, cloudtrail, client, account, control
):
    """
    GetTrailStatus has the time of the latest delivery; the file is in the bucket.

    CloudTrail API Reference, GetTrailStatus; CloudTrail User Guide, "CloudTrail log
    file name format".
    """
    trail()
    cloudtrail.describe_trails()
    control("trail/deliver", {})
    status = cloudtrail.get_trail_status(Name="trail")
    assert status["IsLogging"] is True
    age = datetime.now(UTC) - status["LatestDeliveryTime"]
    assert age < timedelta(minutes=1)
    s3 = client("s3", account=account)
    files = s3.list_objects_v2(Bucket=f"trail-{account}")["Contents"]
    names = set()
    for file in files:
        assert file["Key"].startswith(f"AWSLogs/{account}/CloudTrail/eu-west-1/")
        found = s3.get_object(Bucket=f"trail-{account}", Key=file["Key"])["Body"].read()
        records = json.loads(gzip.decompress(found))["Records"]
        names |= {record["eventName"] for record in records}
    assert "DescribeTrails" in names
