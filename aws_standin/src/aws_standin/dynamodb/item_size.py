"""The size of an item by DynamoDB's own rules.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

import base64
import math
from collections.abc import Callable, Mapping
from typing import Any

from aws_standin.dynamodb.key_schema import Item

LARGEST_ITEM = 400 * 1024
"""Bytes, names included (Developer guide, "Quotas")."""
CONTAINER = 3
"""Bytes of overhead of a list or map."""


def item_size(item: Item) -> int:
    """Return an item's size in bytes: names and values."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """Return an attribute value's size in bytes."""
    ((kind, held),) = value.items()
    if kind in SCALARS:
        return SCALARS[kind](held)
    match kind:
        case "SS" | "NS" | "BS":
            return sum(map(SCALARS[kind[0]], held))
        case "L":
            return CONTAINER + sum(1 + value_size(one) for one in held)
        case "M":
            return CONTAINER + sum(
                1 + len(name.encode()) + value_size(one) for name, one in held.items()
            )
    return 1


def number_size(text: str) -> int:
    """Return a number's size: a byte for two significant digits, and one more."""
    digits = text.lower().partition("e")[0].lstrip("+-").replace(".", "").strip("0")
    return math.ceil(len(digits) / 2) + 1 + text.startswith("-")


SCALARS: dict[str, Callable[[str], int]] = {
    "S": lambda text: len(text.encode()),
    "N": number_size,
    "B": lambda text: len(base64.b64decode(text)),
}
