"""The keys of the items that this suite writes, and no others.

Every probe, heartbeat and load item has a key that can be derived from a slot
number alone, so that any later run can remove it by key, without a scan.
"""

import base64
from collections.abc import Mapping
from typing import Any

from conformance.model.table import Attribute, Key

PREFIX = "conformance-suite-"
NUMBER = 9_223_370_000_000_000_000
"""The first of the suite's numeric keys, near the end of 64 bits with a sign.

No counter or time in use comes near it. A snowflake id, which holds milliseconds since
1970 above 22 other bits, reaches it in 2039, and one with a later epoch later.
"""
SLOTS_A_WORKER = 32
WORKERS = 8
_KEYS_A_BATCH = 100
SLOTS = SLOTS_A_WORKER * WORKERS
SHARED_GROUPS = 2
SHARED_SLOTS = 5
LOAD_PREFIX = f"{PREFIX}load-"
LOAD_SLOTS = 2000
"""The largest number of load items of a table."""
_LOAD_NUMBER = 5 * 10**11
"""The offset of the load's numbers within the suite's numbers."""

Value = Mapping[str, Any]
"""One value in DynamoDB JSON, such as `{"S": "draft"}`."""


def key_value(kind: str, suffix: int | str) -> dict[str, Any]:
    """Return a key value of type `S`, `N` or `B` that is recognisably the suite's."""
    if kind == "N":
        number = suffix if isinstance(suffix, int) else int.from_bytes(suffix.encode())
        return {"N": str(NUMBER + number % 10**12)}
    text = f"{PREFIX}{suffix:04d}" if isinstance(suffix, int) else f"{PREFIX}{suffix}"
    return {"S": text} if kind == "S" else {"B": text.encode()}


def key(of: Key, slot: int) -> dict[str, Any]:
    """Return the primary key of the item in this slot, in DynamoDB JSON."""
    return {
        attribute.name: key_value(attribute.type, slot) for attribute in of.attributes
    }


def shared_keys(of: Key, shared: Attribute, slots: range) -> list[dict[str, Any]]:
    """Return the keys of items that share one attribute of their primary key.

    An index by this attribute has several items in a partition only so. They are few:
    `SHARED_GROUPS` values of the attribute, each with the first `SHARED_SLOTS` slots.
    """
    return [
        key(of, slot) | {shared.name: key_value(shared.type, group)}
        for group in slots[:SHARED_GROUPS]
        for slot in slots[:SHARED_SLOTS]
    ]


def load_value(kind: str, number: int) -> dict[str, Any]:
    """Return a key value from the part that is reserved for load."""
    if kind == "N":
        return {"N": str(NUMBER + _LOAD_NUMBER + number)}
    text = f"{LOAD_PREFIX}{number:06d}"
    return {"S": text} if kind == "S" else {"B": text.encode()}


def load_key(of: Key, slot: int) -> dict[str, Any]:
    """Return the primary key of the load item in this slot, in DynamoDB JSON.

    Slot 0 is written first and deleted last: where it is missing, so are the others.
    """
    return {
        attribute.name: load_value(attribute.type, slot) for attribute in of.attributes
    }


def is_suite_key(typed: Value) -> bool:
    """Return True if only this suite can have made the key value."""
    match dict(typed):
        case {"S": str(text)}:
            return text.startswith(PREFIX)
        case {"N": str(number)} if number.isdigit():
            return NUMBER <= int(number) < NUMBER + 10**12
        case {"B": bytes(octets)}:
            return octets.startswith(PREFIX.encode())
        case {"B": str(encoded)}:
            return base64.b64decode(encoded).startswith(PREFIX.encode())
    return False


def is_load_key(typed: Value) -> bool:
    """Return True if the key value is in the part that is reserved for load."""
    match dict(typed):
        case {"S": str(text)}:
            return text.startswith(LOAD_PREFIX)
        case {"N": str(number)} if number.isdigit():
            first = NUMBER + _LOAD_NUMBER
            return first <= int(number) < first + LOAD_SLOTS
        case {"B": bytes(octets)}:
            return octets.startswith(LOAD_PREFIX.encode())
        case {"B": str(encoded)}:
            return base64.b64decode(encoded).startswith(LOAD_PREFIX.encode())
    return False


def pattern(kind: str, *, load: bool = False) -> str:
    """Return the pattern, with `*` and `?`, that key values of ours of a type match.

    IAM compares key values as text: numbers by their digits, binary values in base64.
    """
    if kind == "N":
        first, digits = (NUMBER + _LOAD_NUMBER, 4) if load else (NUMBER, 12)
        return str(first)[:-digits] + "?" * digits
    prefix = LOAD_PREFIX if load else PREFIX
    if kind == "B":
        whole = len(prefix) * 8 // 6  # the characters that the prefix alone decides
        prefix = base64.b64encode(prefix.encode()).decode()[:whole]
    return f"{prefix}*"


def batches(slots: range) -> list[range]:
    """Split the slots into parts that fit one BatchGetItem: at most 100 keys."""
    return [slots[first : first + _KEYS_A_BATCH] for first in slots[::_KEYS_A_BATCH]]


def batch_get_request(
    keys: list[dict[str, Any]], others: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return a table's part of BatchGetItem: these keys, and few attributes.

    `others` are further attributes by their placeholders.
    """
    names = {f"#{n}": name for n, name in enumerate(keys[0])} | dict(others or {})
    return {
        "Keys": keys,
        "ConsistentRead": True,
        "ProjectionExpression": ", ".join(names),
        "ExpressionAttributeNames": names,
    }
