"""AWS/DynamoDB metrics are counted from the traffic, with the documented dimensions."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from tests.table_definitions import BY_STATUS, create


@pytest.fixture
def table(client, account, name):
    dynamodb = client("dynamodb", account=account)
    create(dynamodb, name, **BY_STATUS)
    return dynamodb


@pytest.fixture
def total(client, account):
    """Sum a metric over the last and the coming hour; None when there is no data."""
    cloudwatch = client("cloudwatch", account=account)

    def total(metric, **dimensions):
        now = datetime.now(UTC)
        found = cloudwatch.get_metric_statistics(
            Namespace="AWS/DynamoDB",
            MetricName=metric,
            Dimensions=[{"Name": n, "Value": v} for n, v in dimensions.items()],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=60,
            Statistics=["Sum", "SampleCount"],
        )["Datapoints"]
        return sum(point["Sum"] for point in found) if found else None

    return total


def put(table, name, key, **more):
    item = {"id": {"S": key}, "status": {"S": "new"}}
    return table.put_item(TableName=name, Item=item, **more)


def test_consumed_write_capacity_is_per_table_and_per_index(table, name, total):
    """ConsumedWriteCapacityUnits of a table excludes its indexes, which have their own.

    DynamoDB Developer Guide, "DynamoDB metrics and dimensions".
    """
    for number in range(3):
        put(table, name, str(number))
    assert total("ConsumedWriteCapacityUnits", TableName=name) == 3
    assert (
        total(
            "ConsumedWriteCapacityUnits",
            TableName=name,
            GlobalSecondaryIndexName="by-status",
        )
        == 3
    )


def test_consumed_capacity_is_not_answered_when_it_was_not_asked_for(table, name):
    """ReturnConsumedCapacity NONE, the default, answers none; TOTAL the aggregate.

    botocore model, PutItem, ReturnConsumedCapacity.
    """
    assert "ConsumedCapacity" not in put(table, name, "a")
    consumed = put(table, name, "b", ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
    assert consumed["TableName"] == name
    assert "GlobalSecondaryIndexes" not in consumed


def test_latency_needs_table_and_operation(table, name, total):
    """SuccessfulRequestLatency exists per TableName and Operation, not per TableName.

    DynamoDB Developer Guide, "DynamoDB metrics and dimensions"; CloudWatch does not
    aggregate over dimensions that are left out ("Metrics concepts").
    """
    put(table, name, "a")
    assert total("SuccessfulRequestLatency", TableName=name, Operation="PutItem") > 0
    assert total("SuccessfulRequestLatency", TableName=name) is None
    assert total("SuccessfulRequestLatency") is None


def test_returned_item_count_is_of_queries_and_scans(table, name, total):
    """ReturnedItemCount is the number of items returned by Query or Scan.

    DynamoDB Developer Guide, "DynamoDB metrics and dimensions".
    """
    for number in range(4):
        put(table, name, str(number))
    table.scan(TableName=name)
    table.get_item(TableName=name, Key={"id": {"S": "1"}})
    assert total("ReturnedItemCount", TableName=name, Operation="Scan") == 4
    assert total("ReturnedItemCount", TableName=name, Operation="GetItem") is None


def test_user_errors_have_no_dimensions(table, name, total):
    """UserErrors is of the account and region, and leaves out failed conditions.

    DynamoDB Developer Guide, "DynamoDB metrics and dimensions".
    """
    with pytest.raises(ClientError, match="ValidationException"):
        table.put_item(TableName=name, Item={"nothing": {"S": "x"}})
    put(table, name, "a")
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        put(table, name, "a", ConditionExpression="attribute_not_exists(id)")
    assert total("UserErrors") == 1
    assert total("UserErrors", TableName=name) is None
    assert total("ConditionalCheckFailedRequests", TableName=name) == 1


def test_conditions_lost_in_a_transaction_count_per_condition(table, name, total):
    """Every condition that is false counts once, in transactions too.

    DynamoDB Developer Guide, "DynamoDB metrics and dimensions".
    """
    for key in ("a", "b"):
        put(table, name, key)
    puts = [
        {
            "Put": {
                "TableName": name,
                "Item": {"id": {"S": key}},
                "ConditionExpression": "attribute_not_exists(id)",
            }
        }
        for key in ("a", "b", "c")
    ]
    with pytest.raises(ClientError, match="TransactionCanceled"):
        table.transact_write_items(TransactItems=puts)
    assert total("ConditionalCheckFailedRequests", TableName=name) == 2
    assert total("UserErrors") is None


def test_injected_errors_are_system_errors_and_throttles(
    table, name, total, control, account
):
    """An HTTP 500 is SystemErrors; a throttle is counted, and is no UserErrors.

    DynamoDB Developer Guide, "DynamoDB metrics and dimensions": SystemErrors and
    ThrottledRequests by table and operation, ReadThrottleEvents by table.
    """
    for code, status in (
        ("InternalServerError", 500),
        ("ProvisionedThroughputExceededException", 400),
    ):
        control(
            "faults",
            {
                "service": "dynamodb",
                "operation": "GetItem",
                "account": account,
                "code": code,
                "status": status,
                "times": 1,
            },
        )
        with pytest.raises(ClientError, match=code):
            table.get_item(TableName=name, Key={"id": {"S": "1"}})
    assert total("SystemErrors", TableName=name, Operation="GetItem") == 1
    assert total("SystemErrors", TableName=name) is None
    assert total("ThrottledRequests", TableName=name, Operation="GetItem") == 1
    assert total("ReadThrottleEvents", TableName=name) == 1
    assert total("UserErrors") is None


@pytest.mark.usefixtures("table")
def test_an_idle_table_has_no_metrics(name, client, account):
    """DynamoDB sends a metric only when it has a non-zero value.

    DynamoDB Developer Guide, "DynamoDB metrics and dimensions".
    """
    listed = client("cloudwatch", account=account).list_metrics(
        Namespace="AWS/DynamoDB", Dimensions=[{"Name": "TableName", "Value": name}]
    )["Metrics"]
    assert listed == []


def test_list_metrics_filters_by_dimension(table, name, client, account):
    """ListMetrics returns the metrics that have all dimensions of the filter.

    botocore model, ListMetrics.
    """
    put(table, name, "a")
    listed = client("cloudwatch", account=account).list_metrics(
        Namespace="AWS/DynamoDB",
        MetricName="ConsumedWriteCapacityUnits",
        Dimensions=[{"Name": "GlobalSecondaryIndexName"}],
    )["Metrics"]
    assert [sorted(d["Name"] for d in one["Dimensions"]) for one in listed] == [
        ["GlobalSecondaryIndexName", "TableName"]
    ]
