"""The behaviour of a table under writes: races, counts, transactions, refusals."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from conformance.aws.client import SDK_ERRORS, AwsError, unreadable
from conformance.model import suite_keys
from conformance.model.item_limits import ITEM_BYTES
from conformance.model.table import Attribute
from conformance.probes.items import Items

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

    def __init__(self, items: Items, share: tuple[int, int] = (0, 1)) -> None:
        """Use these items; nothing is written yet. `share` is the n-th of how many."""
        self._items = items
        self._share = share

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
        """Count the concurrent writers that succeed although all expect one version."""
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
        except SDK_ERRORS as problem:
            if not _condition_failed(problem):
                where = f"transact_write_items in {here.deployed.region}"
                raise unreadable(where, problem) from None
        return here.get() is not None, partner.get(1) is not None

    def refusals(self) -> dict[str, str]:
        """AWS's answer to this table's share of the wrong items."""
        return {name: self._answer(item) for name, item in self._wrong().items()}

    @property
    def declared_refusals(self) -> dict[str, str]:
        """The answer that each of them must get."""
        return dict.fromkeys(self._wrong(), REFUSED)

    def _wrong(self) -> dict[str, dict[str, Any]]:
        """Return this table's share of the wrong items; together the tables try all.

        A refused item counts as a user error, and the plan has an alarm at ten a
        minute: to try every kind on every table would wake whoever is on call.
        """
        cases = list(wrong_items(self._items))
        position, tables = self._share
        mine = cases[position::tables] or [cases[position % len(cases)]]
        return dict(mine)

    def _answer(self, item: dict[str, Any]) -> str:
        """Return what DynamoDB makes of an item; a throttle or a fault says nothing."""
        try:
            self._items.send("put_item", Item=item)
        except AwsError as problem:
            if problem.code != REFUSED:
                raise
            return problem.code
        return ACCEPTED


def _condition_failed(problem: Exception) -> bool:
    """Return True if a transaction was cancelled for a condition, and nothing else.

    A conflict or a throttle cancels it, too (TransactionCanceledException).
    """
    if not isinstance(problem, ClientError):
        return False
    reasons: list[dict[str, Any]] = problem.response.get("CancellationReasons", [])
    return {reason["Code"] for reason in reasons} - {"None"} == {
        "ConditionalCheckFailed"
    }


def raise_version(items: Items) -> dict[str, Any]:
    """Raise the item's version by one, and return the item as it is then."""
    return items.update(
        0,
        "ADD #version :one",
        ExpressionAttributeNames=VERSION,
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def wrong_items(items: Items) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return an item of each kind that DynamoDB must refuse, with its defect."""
    good = items.item()
    first, last = items.declared.key.partition, items.declared.key.attributes[-1]
    yield f"{first.name} missing", {k: v for k, v in good.items() if k != first.name}
    yield f"{last.name} of another type", good | _other_type(last)
    if first.type != "N":
        empty = {first.type: "" if first.type == "S" else b""}
        yield f"{first.name} empty", good | {first.name: empty}
    for index in items.declared.indexes.values():
        # Nothing refuses what no index holds: GSI-1 or GSI-2 fails for it.
        if items.deployed.index(index.name).holds(index.key):
            key = index.key.attributes[-1]
            case = f"{key.name} of another type for {index.name}"
            yield case, good | _other_type(key)
            break
    yield "larger than 400 KB", good | {"filler": {"S": "x" * ITEM_BYTES}}


def _other_type(attribute: Attribute) -> dict[str, Any]:
    other = "S" if attribute.type == "N" else "N"
    return {attribute.name: suite_keys.key_value(other, 0)}


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
        return [future.result() for future in running]
