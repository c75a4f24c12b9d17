"""Reading a whole table, and making a table from what was read."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.standin.backup.records import Content, Document, Place, place_of
from conformance.standin.backup.service import Calls, table_arn, table_name

_BATCH = 25
"""Items in one BatchWriteItem (API Reference)."""
_INDEX_MEMBERS = ("IndexName", "KeySchema", "Projection")


def survey(call: Calls, place: Place) -> dict[str, dict[str, str]]:
    """Return the tags of all tables of an account and region, by ARN."""
    arns = [table_arn(place, name) for name in _names(call, place)]
    return {arn: tags(call, arn) for arn in arns}


def read(call: Calls, arn: str) -> Content:
    """Return a table's definition, tags and items; raises AwsError if it is not."""
    place, name = place_of(arn), table_name(arn)
    where = (place.account, place.region)
    found = call("dynamodb", "DescribeTable", *where, TableName=name)
    items = tuple(_items(call, place, name))
    size = sum(len(json.dumps(item)) for item in items)
    return Content(found["Table"], items, tags(call, arn), size)


def tags(call: Calls, arn: str) -> dict[str, str]:
    """Return a table's tags."""
    place = place_of(arn)
    found: dict[str, str] = {}
    token: dict[str, str] = {}
    while True:
        page = call(
            "dynamodb",
            "ListTagsOfResource",
            place.account,
            place.region,
            ResourceArn=arn,
            **token,
        )
        found.update({tag["Key"]: tag["Value"] for tag in page.get("Tags", [])})
        if not page.get("NextToken"):
            return found
        token = {"NextToken": page["NextToken"]}


def request_for(content: Content, name: str, encryption: Document) -> dict[str, Any]:
    """Return the CreateTable that makes the table anew.

    Keys, indexes and capacity come back; stream, tags, TTL, point-in-time recovery
    and deletion protection do not, and encryption is as asked for: ``{}`` is the
    AWS-owned key (Developer Guide, "Restore a Amazon DynamoDB table").
    """
    was = content.definition
    wanted: dict[str, Any] = {
        "TableName": name,
        "AttributeDefinitions": was["AttributeDefinitions"],
        "KeySchema": was["KeySchema"],
        **_capacity(was),
    }
    for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if was.get(kind):
            wanted[kind] = [_index(kind, one, was) for one in was[kind]]
    if was.get("TableClassSummary"):
        wanted["TableClass"] = was["TableClassSummary"]["TableClass"]
    if encryption:
        wanted["SSESpecification"] = encryption
    return wanted


def fill(call: Calls, place: Place, name: str, content: Content) -> None:
    """Write all items into a table that exists."""
    for first in range(0, len(content.items), _BATCH):
        batch = content.items[first : first + _BATCH]
        call(
            "dynamodb",
            "BatchWriteItem",
            place.account,
            place.region,
            RequestItems={name: [{"PutRequest": {"Item": item}} for item in batch]},
        )


def _names(call: Calls, place: Place) -> Iterator[str]:
    start: dict[str, str] = {}
    while True:
        page = call("dynamodb", "ListTables", place.account, place.region, **start)
        yield from page["TableNames"]
        if not page.get("LastEvaluatedTableName"):
            return
        start = {"ExclusiveStartTableName": page["LastEvaluatedTableName"]}


def _items(call: Calls, place: Place, name: str) -> Iterator[Document]:
    start: dict[str, Any] = {}
    while True:
        page = call(
            "dynamodb",
            "Scan",
            place.account,
            place.region,
            TableName=name,
            ConsistentRead=True,
            **start,
        )
        yield from page["Items"]
        if not page.get("LastEvaluatedKey"):
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _is_on_demand(was: Document) -> bool:
    # Without a summary the table is provisioned (API Reference, BillingModeSummary).
    return (was.get("BillingModeSummary") or {}).get("BillingMode") == "PAY_PER_REQUEST"


def _capacity(was: Document) -> dict[str, Any]:
    if _is_on_demand(was):
        return {"BillingMode": "PAY_PER_REQUEST"}
    return {
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": _throughput(was["ProvisionedThroughput"]),
    }


def _throughput(was: Mapping[str, Any]) -> dict[str, int]:
    return {name: was[name] for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _index(kind: str, index: Document, was: Document) -> dict[str, Any]:
    wanted = {name: index[name] for name in _INDEX_MEMBERS}
    if kind == "GlobalSecondaryIndexes" and not _is_on_demand(was):
        wanted["ProvisionedThroughput"] = _throughput(index["ProvisionedThroughput"])
    return wanted
