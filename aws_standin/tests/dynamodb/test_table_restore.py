"""Point-in-time recovery: what a restore gives, and when it is refused."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError
from tests.dynamodb.restorable_table import INDEX, START, at, dynamodb, recovery, source

__all__ = ["at", "dynamodb", "source"]


def put(dynamodb, name, key, text):
    dynamodb.put_item(
        TableName=name, Item={"id": {"S": key}, "kind": {"S": "x"}, "text": {"S": text}}
    )


def restore(dynamodb, name, **how):
    target = f"{name}-{len(dynamodb.list_tables()['TableNames'])}"
    answer = dynamodb.restore_table_to_point_in_time(
        SourceTableName=name, TargetTableName=target, **how
    )
    return target, answer["TableDescription"]


def contents(dynamodb, name):
    found = dynamodb.scan(TableName=name)["Items"]
    return {item["id"]["S"]: item["text"]["S"] for item in found}


def code_of(call, **parameters):
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    return refusal.value.response["Error"]["Code"]


def test_a_restore_gives_the_items_of_that_second(dynamodb, source, at):
    """A restore has exactly the items of its time (API_RestoreTableToPointInTime).

    Overwritten, deleted and later items show each moment apart from the others.
    """
    at(10)
    put(dynamodb, source, "a", "first")
    put(dynamodb, source, "b", "stays")
    at(20)
    put(dynamodb, source, "a", "second")
    at(30)
    dynamodb.delete_item(TableName=source, Key={"id": {"S": "a"}})
    put(dynamodb, source, "c", "new")
    at(60)

    held = [
        contents(
            dynamodb,
            restore(
                dynamodb, source, RestoreDateTime=START + timedelta(seconds=second)
            )[0],
        )
        for second in (5, 10, 19, 20, 30)
    ]

    assert held == [
        {},
        {"a": "first", "b": "stays"},
        {"a": "first", "b": "stays"},
        {"a": "second", "b": "stays"},
        {"b": "stays", "c": "new"},
    ]


def test_every_kind_of_write_is_restored(dynamodb, source, at):
    """Updates, batches, transactions and PartiQL are writes like any other."""
    at(10)
    put(dynamodb, source, "update", "old")
    put(dynamodb, source, "transact-delete", "old")
    at(20)
    change = {
        "Key": {"id": {"S": "update"}},
        "UpdateExpression": "SET #t = :t",
        "ExpressionAttributeNames": {"#t": "text"},
        "ExpressionAttributeValues": {":t": {"S": "new"}},
    }
    dynamodb.update_item(TableName=source, ReturnValues="UPDATED_OLD", **change)
    item = {"id": {"S": "batch"}, "text": {"S": "new"}}
    dynamodb.batch_write_item(RequestItems={source: [{"PutRequest": {"Item": item}}]})
    item = {"id": {"S": "transact"}, "text": {"S": "new"}}
    gone = {"id": {"S": "transact-delete"}}
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": source, "Item": item}},
            {"Delete": {"TableName": source, "Key": gone}},
        ]
    )
    dynamodb.execute_statement(
        Statement=f"INSERT INTO \"{source}\" VALUE {{'id': 'partiql', 'text': 'new'}}"
    )
    at(30)

    old, _ = restore(dynamodb, source, RestoreDateTime=START + timedelta(seconds=10))
    new, _ = restore(dynamodb, source, UseLatestRestorableTime=True)

    assert contents(dynamodb, old) == {"update": "old", "transact-delete": "old"}
    assert contents(dynamodb, new) == dict.fromkeys(
        ("update", "batch", "transact", "partiql"), "new"
    )


def test_a_refused_write_is_not_restored(dynamodb, source, at):
    """A write whose condition fails changes nothing (API_PutItem)."""
    at(10)
    put(dynamodb, source, "a", "first")
    code_of(
        dynamodb.put_item,
        TableName=source,
        Item={"id": {"S": "a"}, "text": {"S": "refused"}},
        ConditionExpression="attribute_not_exists(id)",
    )

    restored, _ = restore(dynamodb, source, UseLatestRestorableTime=True)

    assert contents(dynamodb, restored) == {"a": "first"}


@pytest.mark.parametrize("second", [-1, 61])
def test_a_time_outside_of_the_window_is_refused(dynamodb, source, at, second):
    """RestoreDateTime must be within the window (InvalidRestoreTimeException)."""
    at(60)

    code = code_of(
        restore,
        dynamodb=dynamodb,
        name=source,
        RestoreDateTime=START + timedelta(seconds=second),
    )

    assert code == "InvalidRestoreTimeException"


def test_no_restore_without_recovery(dynamodb, source):
    """PointInTimeRecoveryUnavailableException: recovery "has not yet been enabled"."""
    recovery(dynamodb, source, PointInTimeRecoveryEnabled=False)

    code = code_of(
        restore, dynamodb=dynamodb, name=source, UseLatestRestorableTime=True
    )

    assert code == "PointInTimeRecoveryUnavailableException"


def test_a_restore_needs_a_new_name(dynamodb, source):
    """TableAlreadyExistsException: a target of that name "already exists"."""
    code = code_of(
        dynamodb.restore_table_to_point_in_time,
        SourceTableName=source,
        TargetTableName=source,
        UseLatestRestorableTime=True,
    )

    assert code == "TableAlreadyExistsException"


def test_a_restore_needs_a_source(dynamodb, account):
    """TableNotFoundException: the source "does not currently exist"."""
    arn = f"arn:aws:dynamodb:eu-west-1:{account}:table/nothing"

    code = code_of(
        dynamodb.restore_table_to_point_in_time,
        SourceTableArn=arn,
        TargetTableName="target",
        UseLatestRestorableTime=True,
    )

    assert code == "TableNotFoundException"


def test_a_restored_table_is_creating_for_a_while(dynamodb, source, at, control):
    """RestoreInProgress is true until the table is ACTIVE (API_RestoreSummary)."""
    control("settings", {"dynamodb": {"restoring": 1200}})
    at(60)

    target, answer = restore(dynamodb, source, RestoreDateTime=START)
    during = dynamodb.describe_table(TableName=target)["Table"]
    code = code_of(dynamodb.scan, TableName=target)
    at(60 + 1200)
    after = dynamodb.describe_table(TableName=target)["Table"]

    assert answer["TableStatus"] == during["TableStatus"] == "CREATING"
    assert during["RestoreSummary"]["RestoreInProgress"] is True
    assert during["RestoreSummary"]["RestoreDateTime"] == START
    assert during["RestoreSummary"]["SourceTableArn"].endswith(f"table/{source}")
    assert code == "ResourceNotFoundException"
    assert after["TableStatus"] == "ACTIVE"
    assert after["RestoreSummary"]["RestoreInProgress"] is False


def test_what_a_restore_does_not_bring(dynamodb, source):
    """Tags, stream, TTL, recovery and deletion protection stay behind.

    API_RestoreTableToPointInTime: "You must manually set up the following".
    """
    target, _ = restore(dynamodb, source, UseLatestRestorableTime=True)

    described = dynamodb.describe_table(TableName=target)["Table"]
    tags = dynamodb.list_tags_of_resource(ResourceArn=described["TableArn"])["Tags"]
    ttl = dynamodb.describe_time_to_live(TableName=target)["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=target)
    of_target = backups["ContinuousBackupsDescription"]
    assert described["DeletionProtectionEnabled"] is False
    assert "StreamSpecification" not in described
    assert tags == []
    assert ttl["TimeToLiveStatus"] == "DISABLED"
    assert of_target["PointInTimeRecoveryDescription"] == {
        "PointInTimeRecoveryStatus": "DISABLED"
    }


def test_what_a_restore_brings(dynamodb, source):
    """Indexes, capacity and encryption come along (API_RestoreTableToPointInTime)."""
    dynamodb.update_table(TableName=source, SSESpecification={"Enabled": True})
    of_source = dynamodb.describe_table(TableName=source)["Table"]

    target, _ = restore(dynamodb, source, UseLatestRestorableTime=True)

    restored = dynamodb.describe_table(TableName=target)["Table"]
    (index,) = restored["GlobalSecondaryIndexes"]
    assert {k: index[k] for k in INDEX} == INDEX
    assert restored["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert restored["SSEDescription"] == of_source["SSEDescription"]
    assert restored["KeySchema"] == of_source["KeySchema"]


def test_a_restore_can_be_told_otherwise(dynamodb, source):
    """Billing, indexes and encryption can be overridden (the API's …Override)."""
    target, _ = restore(
        dynamodb,
        source,
        UseLatestRestorableTime=True,
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride={"ReadCapacityUnits": 3, "WriteCapacityUnits": 2},
        GlobalSecondaryIndexOverride=[],
        SSESpecificationOverride={"Enabled": True},
    )

    restored = dynamodb.describe_table(TableName=target)["Table"]
    assert restored["ProvisionedThroughput"]["ReadCapacityUnits"] == 3
    assert "GlobalSecondaryIndexes" not in restored
    assert "BillingModeSummary" not in restored
    assert restored["SSEDescription"]["SSEType"] == "KMS"
    names = [one["AttributeName"] for one in restored["AttributeDefinitions"]]
    assert names == ["id"]
