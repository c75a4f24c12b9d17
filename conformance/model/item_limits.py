"""The documented limits by which DynamoDB takes an item into a declared table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from time import time
from typing import Any

from conformance.model.table import Attribute, Table

Item = Mapping[str, Mapping[str, Any]]
"""Attribute name to typed value, as DynamoDB JSON has it."""

ITEM_BYTES = 400 * 1024
PARTITION_KEY_BYTES = 2048
SORT_KEY_BYTES = 1024
DIGITS = 38
DEPTH = 32
LARGEST = Decimal("9.9999999999999999999999999999999999999E+125")
SMALLEST = Decimal("1E-130")

_FIVE_YEARS_S = 5 * 365 * 86_400
_YEAR_2100 = 4_102_444_800
_DOCS = "https://docs.aws.amazon.com/amazondynamodb/latest"
_LIMITS = f"{_DOCS}/developerguide/Constraints.html"
_TYPES = (
    f"{_DOCS}/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes"
)
_PUT = f"{_DOCS}/APIReference/API_PutItem.html"


@dataclass(frozen=True)
class Rule:
    """One limit of DynamoDB on items."""

    name: str
    source: str
    """The AWS page that states it."""
    broken_by: Callable[[Item, Table], Iterator[str]]
    """The attributes of an item that break it."""


def violations(item: Item, table: Table) -> frozenset[tuple[str, str]]:
    """Every rule that the item breaks, with the attribute; none if it is taken."""
    return frozenset(
        (rule.name, name) for rule in RULES for name in rule.broken_by(item, table)
    )


def expiry_window() -> range:
    """Return the expiry times, in seconds since 1970, that TTL acts on.

    An item that expired more than five years ago is never deleted, and one that would
    expire after 2100 was meant in another unit (DynamoDB Developer Guide, "Time to
    Live", on the format of the attribute).
    """
    return range(int(time()) - _FIVE_YEARS_S, _YEAR_2100)


def size(item: Item) -> int:
    """Return the bytes of an item by AWS's documented rules; approximate for numbers.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(_bytes(name) + _size(typed) for name, typed in item.items())


def _size(typed: Mapping[str, Any]) -> int:
    ((kind, content),) = typed.items()
    match kind:
        case "N":
            digits, _ = _significant(content)
            return 1 + (len(digits) + 1) // 2
        case "SS" | "NS" | "BS":
            return sum(_size({kind[0]: member}) for member in content)
        case "L":
            return 3 + sum(1 + _size(element) for element in content)
        case "M":
            return 3 + len(content) + size(content)
        case "BOOL" | "NULL":
            return 1
    return _bytes(content)


def _bytes(content: str | bytes) -> int:
    return len(content if isinstance(content, bytes) else content.encode())


def _significant(number: str) -> tuple[str, Decimal]:
    """Return the digits without zeros around them, and the magnitude."""
    magnitude = Decimal(number).copy_abs()  # abs() would round
    digits = "".join(map(str, magnitude.as_tuple().digits))
    return digits.strip("0"), magnitude


def _misses_key(item: Item, table: Table) -> Iterator[str]:
    yield from (
        attribute.name
        for attribute in table.key.attributes
        if attribute.name not in item
    )


def _mistypes_key(item: Item, table: Table) -> Iterator[str]:
    return _mistyped(item, table.key.attributes)


def _mistypes_index_key(item: Item, table: Table) -> Iterator[str]:
    return _mistyped(item, _index_attributes(table))


def _mistyped(item: Item, attributes: tuple[Attribute, ...]) -> Iterator[str]:
    for attribute in attributes:
        if attribute.name in item and attribute.type not in item[attribute.name]:
            yield attribute.name


def _empties_key(item: Item, table: Table) -> Iterator[str]:
    for attribute in (*table.key.attributes, *_index_attributes(table)):
        if _key_bytes(item, attribute) == 0:
            yield attribute.name


def _overlong_partition_key(item: Item, table: Table) -> Iterator[str]:
    for key in table.keys:
        if _key_bytes(item, key.partition) > PARTITION_KEY_BYTES:
            yield key.partition.name


def _overlong_sort_key(item: Item, table: Table) -> Iterator[str]:
    for key in table.keys:
        if key.sort and _key_bytes(item, key.sort) > SORT_KEY_BYTES:
            yield key.sort.name


def _index_attributes(table: Table) -> tuple[Attribute, ...]:
    """Attributes of index keys alone: an item may lack them (a sparse index)."""
    own = {attribute.name for attribute in table.key.attributes}
    return tuple(
        attribute
        for index in table.indexes.values()
        for attribute in index.key.attributes
        if attribute.name not in own
    )


def _key_bytes(item: Item, attribute: Attribute) -> int:
    """Return the bytes of a string or binary key value; 1 if it has no length."""
    match item.get(attribute.name, {}).get(attribute.type):
        case (str() | bytes()) as content if attribute.type != "N":
            return _bytes(content)
    return 1


def _imprecise_number(item: Item, _: Table) -> Iterator[str]:
    for name, number in _numbers(item):
        digits, magnitude = _significant(number)
        in_range = magnitude == 0 or SMALLEST <= magnitude <= LARGEST
        if len(digits) > DIGITS or not in_range:
            yield name


def _numbers(item: Item) -> Iterator[tuple[str, str]]:
    for name, typed in item.items():
        for kind, content in _flat(typed):
            if kind == "N":
                yield name, content


def _flat(typed: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the value, every value in it, and every member of a set as its own type."""
    ((kind, content),) = typed.items()
    yield kind, content
    if kind in ("SS", "NS", "BS"):
        yield from ((kind[0], member) for member in content)
    for inner in _inner(typed):
        yield from _flat(inner)


def _inner(typed: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    ((kind, content),) = typed.items()
    if kind == "M":
        return list(content.values())
    return list(content) if kind == "L" else []


def _wrong_set(item: Item, _: Table) -> Iterator[str]:
    for name, typed in item.items():
        if any(map(_repeats, _flat(typed))):
            yield name


def _repeats(value: tuple[str, Any]) -> bool:
    """Return True if a set is empty or holds a member twice; numbers count by value."""
    kind, content = value
    if kind not in ("SS", "NS", "BS"):
        return False
    members = set(map(Decimal, content)) if kind == "NS" else set(content)
    return not members or len(members) < len(content)


def _too_deep(item: Item, _: Table) -> Iterator[str]:
    yield from (name for name, typed in item.items() if _depth(typed) > DEPTH)


def _depth(typed: Mapping[str, Any]) -> int:
    """Count the lists and maps that are nested in one another."""
    nests = "L" in typed or "M" in typed
    return nests + max(map(_depth, _inner(typed)), default=0)


def _too_large(item: Item, _: Table) -> Iterator[str]:
    if size(item) > ITEM_BYTES:
        yield max(item, key=lambda name: _size(item[name]))


RULES = (
    Rule("key attribute missing", _PUT, _misses_key),
    Rule("key attribute of another type", _PUT, _mistypes_key),
    Rule("index key attribute of another type", _PUT, _mistypes_index_key),
    Rule("key attribute empty", _PUT, _empties_key),
    Rule("partition key too long", _LIMITS, _overlong_partition_key),
    Rule("sort key too long", _LIMITS, _overlong_sort_key),
    Rule("number out of range", _LIMITS, _imprecise_number),
    Rule("set empty or repeating", _TYPES, _wrong_set),
    Rule("nested too deep", _LIMITS, _too_deep),
    Rule("item too large", _LIMITS, _too_large),
)
