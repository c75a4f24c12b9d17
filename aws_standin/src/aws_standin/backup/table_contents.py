"""The contents of whole tables: their definitions, tags and items."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aws_standin.backup.records import (
    Content,
    Document,
    Place,
    name_in,
    place_of,
    table_arn,
)
from aws_standin.protocols.messages import AwsError

Calls = Callable[..., dict[str, Any]]
"""The stand-in's calls to itself: service, operation, account, region, parameters."""


@dataclass
class Survey:
    """The tables of an account and region, each thing read once."""

    call: Calls
    tags: dict[str, dict[str, str]]
    """The contents of every table, by ARN."""
    contents: dict[str, Content] = field(default_factory=dict)
    roles: dict[str, str | None] = field(default_factory=dict)
    """Why a role cannot be assumed, by ARN; None where it can."""

    def content(self, arn: str) -> Content | None:
        """Return a table's content, None when it cannot be read."""
        if arn not in self.contents:
            try:
                self.contents[arn] = read(self.call, arn)
            except AwsError:
                return None
        return self.contents[arn]


def survey(call: Calls, place: Place) -> Survey:
    """Look at the tables of an account and region now."""
    found = {}
    for name in _names(call, place):
        arn = table_arn(place, name)
        with contextlib.suppress(AwsError):  # deleted since it was listed
            found[arn] = tags(call, arn)
    return Survey(call, found)


def read(call: Calls, arn: str) -> Content:
    """Return a table's definition, tags and items; raises AwsError if it is not."""
    place, name = place_of(arn), name_in(arn)
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
