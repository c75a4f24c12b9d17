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
from conformance.validity import ITEM_BYTES

T = TypeVar("T")
WRITERS = 8
INCREMENTS = 5
ACCEPTED = "ACCEPTED"
REFUSED = "ValidationException"
VERSION = {"#version": "conformance_version"}


@dataclass(frozen=True)
class Count:
    """Increments of one number by many writers."""

    acknowledged: int
    stored: int


class Writes:
    """Exercises on the pool items of one table."""

    def __init__(self, items: Items) -> None:
        """Use these items; nothing is written yet."""
        self._items = items

    def put(self) -> dict[str, Any]:
        """Write a complete item and return it."""
        return self._items.put(self._items.item())

    def get(self) -> dict[str, Any] | None:
        """Read it back, strongly consistently."""
        return self._items.get()

    def update(self) -> dict[str, Any]:
        """Change one attribute and return the item as AWS says it is then."""
        return raise_version(self._items)

    def delete(self) -> None:
        """Delete it."""
        self._items.delete()

    def race(self, writers: int = WRITERS) -> int:
        """How many of concurrent writers that expect the same version succeed."""
        self.put()

        def claim(writer: int) -> bool:
            try:
                self._items.update(
                    0,
                    "SET #version = :mine",
                    ConditionExpression="attribute_not_exists(#version)",
                    ExpressionAttributeNames=VERSION,
                    ExpressionAttributeValues={":mine": {"N": str(writer)}},
                )
            except AwsError as problem:
                if problem.code != "ConditionalCheckFailedException":
                    raise
                return False
            return True

        return sum(_together(claim, writers))

    def count(self, writers: int = WRITERS) -> Count:
        """Increment one number from many writers, reading in between."""
        self.put()

        def increment(_: int) -> int:
            for _ in range(INCREMENTS):
                self.update()
                self.get()
            return INCREMENTS

        acknowledged = sum(_together(increment, writers))
        stored = (self.get() or {}).get("conformance_version", ("N", 0))[1]
        return Count(acknowledged, int(stored))

    def transaction(
        self, partner: Items, *, condition_holds: bool
    ) -> tuple[bool, bool]:
        """Put an item here and one there in one transaction: which are there then?"""
        here = self._items
        here.delete()
        partner.delete(1)
        expect = "attribute_not_exists" if condition_holds else "attribute_exists"
        name = partner.declared.key.partition.name
        condition = {
            "ConditionExpression": f"{expect}(#partition)",
            "ExpressionAttributeNames": {"#partition": name},
        }
        try:
            here.client.transact_write_items(
                TransactItems=[
                    {"Put": _put(here, 0)},
                    {"Put": _put(partner, 1) | condition},
                ]
            )
        except here.client.exceptions.TransactionCanceledException:
            pass
        except (ClientError, BotoCoreError) as problem:
            where = f"transact_write_items in {here.deployed.region}"
            raise unreadable(where, problem) from None
        return here.get() is not None, partner.get(1) is not None

    def wrongly_answered(self) -> dict[str, str]:
        """Wrong items that were not refused as invalid, with AWS's answer to each."""
        answers = {it: self._answer(item) for it, item in wrong_items(self._items)}
        return {it: said for it, said in answers.items() if said != REFUSED}

    def _answer(self, item: dict[str, Any]) -> str:
        try:
            self._items.send("put_item", Item=item)
        except AwsError as problem:
            return problem.code
        return ACCEPTED


def raise_version(items: Items) -> dict[str, Any]:
    """Raise the item's version by one, and return the item as it is then."""
    return items.update(
        0,
        "ADD #version :one",
        ExpressionAttributeNames=VERSION,
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


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
        if items.deployed.index(index.name).status == "MISSING":
            continue  # nothing refuses what no index holds: GSI-1 fails for it
        if items.deployed.index(index.name).key != index.key:
            continue  # the same for another key: GSI-2 fails for it
        for attribute in index.key.attributes:
            case = f"{attribute.name} of another type for {index.name}"
            yield case, good | _other_type(attribute)
    yield "larger than 400 KB", good | {"filler": {"S": "x" * ITEM_BYTES}}


def _other_type(attribute: Attribute) -> dict[str, Any]:
    other = "S" if attribute.type == "N" else "N"
    return {attribute.name: pool.value(other, 0)}


def _put(items: Items, slot: int) -> dict[str, Any]:
    return {"TableName": items.deployed.name, "Item": items.item(slot)}


def _together(act: Callable[[int], T], writers: int) -> list[T]:
    """Act in many threads at once; each rests on what the calling check rests on."""
    contexts = [copy_context() for _ in range(writers)]
    with ThreadPoolExecutor(writers) as threads:
        running = [
            threads.submit(context.run, act, writer)
            for writer, context in enumerate(contexts)
        ]
        return [each.result() for each in running]
