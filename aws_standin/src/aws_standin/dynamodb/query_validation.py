"""The refusals of conditions of a query."""

import re
from collections.abc import Mapping
from typing import Any

from aws_standin.protocols.messages import AwsError

COMPARED = re.compile(r"(#?\w+)\s*(?:=|<=|>=|<|>|BETWEEN|,)\s*(:\w+)", re.IGNORECASE)
"""A key attribute and the value it is compared with; the comma is begins_with's."""
ATTRIBUTE = re.compile(r"(?<![.\w:#])#?\w+")
"""The first element of a path."""
MISMATCH = (
    "One or more parameter values were invalid: Condition parameter type does not match"
    " schema type"
)
FILTERED = (
    "Filter Expression can only contain non-primary key attributes:"
    " Primary key attribute: {}"
)


def check_query(given: Mapping[str, Any], types: Mapping[str, str]) -> None:
    """Raise ValidationException for a condition that the keys do not allow.

    `types` are the key attributes of what is queried, table or index.  Key values have
    the key's type, and a filter names no key (Developer guide, "Key condition
    expressions" and "Filter expressions for the Query operation").
    """
    names = given.get("ExpressionAttributeNames") or {}
    values = given.get("ExpressionAttributeValues") or {}
    for name, value in COMPARED.findall(given.get("KeyConditionExpression") or ""):
        expected = types.get(names.get(name, name))
        if expected and value in values and expected not in values[value]:
            raise AwsError("ValidationException", MISMATCH)
    for name in ATTRIBUTE.findall(given.get("FilterExpression") or ""):
        attribute = names.get(name, name)
        if attribute in types:
            raise AwsError("ValidationException", FILTERED.format(attribute))
