"""Reading whole tables: their definitions, tags and items."""

import json
from collections.abc import Iterator
from typing import Any

from conformance.standin.backup.records import Content, Document, Place, place_of
from conformance.standin.backup.service import Calls, table_arn, table_name


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
