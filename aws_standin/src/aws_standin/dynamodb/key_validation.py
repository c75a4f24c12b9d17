"""The refusals of keys of items, tables and indexes.

Developer guide, "Quotas" (key sizes), "Naming rules and data types" (key types are
string, number and binary), API_PutItem (key attributes are not empty).
"""

from collections.abc import Mapping
from typing import Any

from aws_standin.dynamodb.item_size import LARGEST_ITEM, item_size, value_size
from aws_standin.dynamodb.key_schema import Index, Item, Schema
from aws_standin.protocols.messages import AwsError

KEY_TYPES = ("B", "N", "S")
LONGEST_PARTITION_KEY, LONGEST_SORT_KEY = 2048, 1024
"""Bytes."""
WRONG = "One or more parameter values were invalid: "
NOT_VALID = "One or more parameter values are not valid. "
EMPTY = "The AttributeValue for a key attribute cannot contain an empty {} value. "
OF_INDEX = "A value specified for a secondary index key is not supported. "
KINDS = {"S": "string", "B": "binary"}


def check_definitions(given: Mapping[str, Any]) -> None:
    """Raise ValidationException for key types other than B, N and S."""
    for number, one in enumerate(given.get("AttributeDefinitions") or [], 1):
        kind = one.get("AttributeType")
        if kind not in KEY_TYPES:
            raise _invalid(
                f"1 validation error detected: Value '{kind}' at"
                f" 'attributeDefinitions.{number}.member.attributeType' failed to"
                " satisfy constraint: Member must satisfy enum value set: [B, N, S]"
            )


def check_item(schema: Schema, item: Item) -> None:
    """Raise ValidationException for an item that the table cannot hold."""
    for name in schema.keys:
        if name not in item:
            raise _invalid(f"{WRONG}Missing the key {name} in the item")
        expected, actual = schema.types[name], _kind(item[name])
        if actual != expected:
            mismatch = f"Type mismatch for key {name} expected: {expected}"
            raise _invalid(f"{WRONG}{mismatch} actual: {actual}")
    check_key_values(schema, item)
    for index in schema.indexes:
        _check_index(schema, index, item)
    if item_size(item) > LARGEST_ITEM:
        raise _invalid("Item size has exceeded the maximum allowed size")


def check_key(schema: Schema, key: Item) -> None:
    """Raise ValidationException for what is not a primary key of the table."""
    right = set(key) == set(schema.keys) and all(
        _kind(value) == schema.types[name] for name, value in key.items()
    )
    if not right:
        raise _invalid("The provided key element does not match the schema")
    check_key_values(schema, key)


def check_key_values(schema: Schema, item: Item) -> None:
    """Raise ValidationException for empty or too long values of the primary key."""
    for name in schema.keys:
        if problem := _empty(item[name]):
            raise _invalid(f"{NOT_VALID}{problem}Key: {name}")
    partition, *sort = (value_size(item[name]) for name in schema.keys)
    if partition > LONGEST_PARTITION_KEY:
        problem = "Size of hashkey has exceeded the maximum size limit of2048 bytes"
        raise _invalid(WRONG + problem)
    if sort and sort[0] > LONGEST_SORT_KEY:
        problem = (
            "Aggregated size of all range keys has exceeded the size limit of 1024"
        )
        raise _invalid(f"{WRONG}{problem} bytes")


def _check_index(schema: Schema, index: Index, item: Item) -> None:
    for name in index.keys:
        if name not in item or name in schema.keys:
            continue
        expected, actual = schema.types[name], _kind(item[name])
        if actual != expected:
            mismatch = f"Type mismatch for Index Key {name} Expected: {expected}"
            where = f"Actual: {actual} IndexName: {index.name}"
            raise _invalid(f"{WRONG}{mismatch} {where}")
        if problem := _empty(item[name]):
            where = f"IndexName: {index.name}, IndexKey: {name}"
            raise _invalid(f"{NOT_VALID}{OF_INDEX}{problem}{where}")


def _empty(value: Mapping[str, Any]) -> str:
    kind = _kind(value)
    return EMPTY.format(KINDS[kind]) if kind in KINDS and not value[kind] else ""


def _kind(value: Mapping[str, Any]) -> str:
    return next(iter(value), "")


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
