"""What a table does when written to: races, counts, transactions, refusals."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from conformance import pool
from conformance.aws import AwsError, unreadable
from conformance.probes.items import Items
from conformance.table import Attribute

T = TypeVar("T")
WRITERS = 8
INCREMENTS = 5
_ITEM_LIMIT_BYTES = 400 * 1024
ACCEPTED = "ACCEPTED"


@dataclass(frozen=True)
class Count:
    """Increments of one number by many writers."""

    acknowledged: int
    stored: int


@dataclass(frozen=True)
class Both:
    """Which of the two items of a transaction are there afterwards."""

    here: bool
    there: bool


def update_version(items: Items) -> dict[str, Any]:
    """Raise the item's version by one, and return the item as it is then."""
    return items.update(
        0,
        "ADD #version :one",
        ExpressionAttributeNames={"#version": "conformance_version"},
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def race(items: Items, writers: int = WRITERS) -> int:
    """How many of concurrent writers that expect the same version succeed."""
    items.put(items.item())

    def claim(writer: int) -> bool:
        try:
            items.update(
                0,
                "SET #version = :mine",
                ConditionExpression="attribute_not_exists(#version)",
                ExpressionAttributeNames={"#version": "conformance_version"},
                ExpressionAttributeValues={":mine": {"N": str(writer)}},
            )
        except AwsError as problem:
            if problem.code != "ConditionalCheckFailedException":
                raise
            return False
        return True

    return sum(_together(claim, writers))


def count(items: Items, writers: int = WRITERS) -> Count:
    """Increment one number from many writers, reading in between."""
    items.put(items.item())

    def increment(_: int) -> int:
        for _ in range(INCREMENTS):
            update_version(items)
            items.get()
        return INCREMENTS

    acknowledged = sum(_together(increment, writers))
    stored = (items.get() or {}).get("conformance_version", ("N", 0))[1]
    return Count(acknowledged, int(stored))


def transaction(here: Items, there: Items, condition_holds: bool) -> Both:
    """Put one item here and one there, in one transaction, and look for both."""
    here.delete()
    there.delete(1)
    expect = "attribute_not_exists" if condition_holds else "attribute_exists"
    partition = there.declared.key.partition.name
    puts: list[dict[str, Any]] = [
        {"Put": {"TableName": here.deployed.name, "Item": here.item()}},
        {
            "Put": {
                "TableName": there.deployed.name,
                "Item": there.item(1),
                "ConditionExpression": f"{expect}(#partition)",
                "ExpressionAttributeNames": {"#partition": partition},
            }
        },
    ]
    try:
        here.client.transact_write_items(TransactItems=puts)
    except here.client.exceptions.TransactionCanceledException:
        pass
    except (ClientError, BotoCoreError) as problem:
        where = f"transact_write_items in {here.deployed.region}"
        raise unreadable(where, problem) from None
    return Both(here.get() is not None, there.get(1) is not None)


def refusals(items: Items) -> dict[str, str]:
    """AWS's answer to each request with a key that must not be accepted."""
    return {name: _answer(items, item) for name, item in wrong_items(items)}


def wrong_items(items: Items) -> Iterator[tuple[str, dict[str, Any]]]:
    """Items that DynamoDB must refuse, with what is wrong with each."""
    good = items.item()
    for attribute in items.declared.key.attributes:
        rest = {name: it for name, it in good.items() if name != attribute.name}
        yield f"{attribute.name} missing", rest
        yield f"{attribute.name} of another type", good | _other_type(attribute)
        if attribute.type != "N":
            empty = "" if attribute.type == "S" else b""
            yield (
                f"{attribute.name} empty",
                good | {attribute.name: {attribute.type: empty}},
            )
    for index in items.declared.indexes.values():
        for attribute in index.key.attributes:
            case = f"{attribute.name} of another type for {index.name}"
            yield case, good | _other_type(attribute)
    yield "larger than 400 KB", good | {"filler": {"S": "x" * _ITEM_LIMIT_BYTES}}


def _other_type(attribute: Attribute) -> dict[str, Any]:
    other = "S" if attribute.type == "N" else "N"
    return {attribute.name: pool.value(other, 0)}


def _answer(items: Items, item: dict[str, Any]) -> str:
    try:
        items.send("put_item", Item=item)
    except AwsError as problem:
        return problem.code
    return ACCEPTED


def _together(act: Callable[[int], T], writers: int) -> list[T]:
    """Act in many threads at once; each rests on what the calling check rests on."""
    contexts = [copy_context() for _ in range(writers)]
    with ThreadPoolExecutor(writers) as threads:
        running = [
            threads.submit(context.run, act, writer)
            for writer, context in enumerate(contexts)
        ]
        return [each.result() for each in running]
