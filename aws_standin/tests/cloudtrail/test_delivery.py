"""Events are delivered to a trail where its selectors say so."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest
from tests.cloudtrail.recorded_table import cloudtrail, table
from tests.table_definitions import BY_ID

__all__ = ["cloudtrail", "table"]


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


def test_a_trail_logs_management_events_by_default(cloudtrail, trail, table, logged):
    """A trail without selectors logs all management events and no data events.

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
    """A data resource is a table's ARN, or arn:aws:dynamodb for all tables.

    CloudTrail API Reference, DataResource, Values.
    """
    arn = table.describe_table(TableName=name)["Table"]["TableArn"]
    value = arn if exact else "arn:aws:dynamodb"
    trail(EventSelectors=selected("AWS::DynamoDB::Table", value))
    table.create_table(TableName=f"{name}-other", **BY_ID)
    for one in (name, f"{name}-other"):
        table.put_item(TableName=one, Item={"id": {"S": "secret"}})
    written = [r["requestParameters"]["tableName"] for r in logged("PutItem")]
    assert written == ([name] if exact else [name, f"{name}-other"])
    assert "secret" not in json.dumps(logged())
    assert logged("CreateTable") == []


def test_advanced_selectors_select_by_field(trail, table, logged, account, name):
    """All fields of an advanced selector must hold.

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
    """After StopLogging no more events are delivered.

    CloudTrail API Reference, StopLogging.
    """
    trail(EventSelectors=selected("AWS::DynamoDB::Table", "arn:aws:dynamodb"))
    cloudtrail.stop_logging(Name="trail")
    table.put_item(TableName=name, Item={"id": {"S": "a"}})
    assert logged("PutItem") == []


def test_the_status_tells_the_latest_delivery(
    trail, cloudtrail, client, account, control
):
    """GetTrailStatus has the time of the latest delivery; the file is in the bucket.

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
