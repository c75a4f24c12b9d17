"""The access patterns of services, exercised on items of the suite's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import uuid4

from conformance.aws.client import SDK_ERRORS, unreadable
from conformance.aws.interlock import PARTITION_VALUE
from conformance.aws.polling import wait_for
from conformance.config.declared.services import Lifecycle
from conformance.model import suite_keys
from conformance.model.errors import NotAssessedError
from conformance.model.item import canonical
from conformance.model.table import Index
from conformance.probes.items import Items

_PATIENCE_S = 20.0
_WRITTEN = 4
_VERSION = "conformance_version"
ACCEPTED = "accepted"
REFUSED = "refused"


class Search:
    """Items of ours in one partition of an index, as a service looks for them."""

    def __init__(self, items: Items, index: Index) -> None:
        """Know the table's pool items and the index; nothing is written yet."""
        self._items = items
        self._index = index

    def create(self) -> list[str]:
        """Create items with a conditional write; return those that must be found.

        An index without a sort key is one for lookups: one item. Of several those of
        a range are looked for, the highest first.
        """
        if self._index.key.sort is None:
            self._put(0)
            return [self._name(0)]
        for slot in range(_WRITTEN):
            self._put(slot)
        return [self._name(slot) for slot in range(_WRITTEN - 2, 0, -1)]

    def found(self, expected: list[str]) -> list[str]:
        """Return the items of the query; wait for those expected."""
        return wait_for(self._query, lambda found: found == expected, _PATIENCE_S)

    def _put(self, slot: int) -> None:
        items = self._items
        item = items.in_index(slot, self._index)
        items.remove(item)
        items.send("put_item", Item=item, **absent(items))

    def _query(self) -> list[str]:
        key = self._index.key
        names = {"#partition": key.partition.name}
        values = {PARTITION_VALUE: self._items.partition_value(self._index)}
        condition = f"#partition = {PARTITION_VALUE}"
        if key.sort:
            names["#sort"] = key.sort.name
            values[":low"] = self._items.sort_value(self._index, 1)
            values[":high"] = self._items.sort_value(self._index, _WRITTEN - 2)
            condition += " AND #sort BETWEEN :low AND :high"
        answer = self._items.send(
            "query",
            IndexName=self._index.name,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
        )
        return [self._named(item) for item in answer["Items"]]

    def _name(self, slot: int) -> str:
        return self._named(self._items.in_index(slot, self._index))

    def _named(self, item: dict[str, Any]) -> str:
        """Return the primary key of an item, in words."""
        found = canonical(item)
        keys = self._items.declared.key.attributes
        return " ".join(str(found[attribute.name][1]) for attribute in keys)


@dataclass(frozen=True)
class Creation:
    """The result of creating one item three times."""

    first: str = ACCEPTED
    repeated: str = ACCEPTED
    """The same request with the same token, as a client repeats it after a timeout."""
    another: str = REFUSED
    """A second request for the same item."""


class Progress:
    """An item of ours that a service creates, finds and moves on."""

    def __init__(self, items: Items, index: Index, declared: Lifecycle) -> None:
        """Know the table's pool items and the declared moves; nothing is written."""
        self._items = items
        self._index = index
        self._declared = declared

    promised = Creation()
    """The result that conditional writes and idempotency promise."""

    def creation(self) -> Creation:
        """Create the item by a transaction; repeat it; ask for it once more."""
        self._items.remove(self._new())
        token = str(uuid4())
        return Creation(
            first=self._create(token),
            repeated=self._create(token),
            another=self._create(str(uuid4())),
        )

    def history(self) -> tuple[str, ...]:
        """Return the state of the item that its reader sees after each move.

        It ends where the item is refused or is not seen.
        """
        seen: list[str] = []
        for move, answer in self._walk():
            seen.append(self._read(move) if answer == ACCEPTED else f"{move} {answer}")
            if seen[-1] != move:
                break
        return tuple(seen)

    def step_back(self) -> str:
        """Return the result of a move from a state in which the item no longer is.

        Raises:
            NotAssessedError: the item did not come that far.
        """
        if any(answer != ACCEPTED for _, answer in self._walk()):
            raise NotAssessedError("the item does not move as declared")
        first, second, *_ = self._declared.moves
        return self._move(first, second, 0)

    def _walk(self) -> Iterator[tuple[str, str]]:
        """Create the item and move it on: each state, and what became of the move."""
        self._items.remove(self._new())
        moves = self._declared.moves
        yield moves[0], self._create(str(uuid4()))
        for number, (before, after) in enumerate(pairwise(moves)):
            yield after, self._move(before, after, number)

    def _create(self, token: str) -> str:
        item = self._new() | {
            self._declared.attribute: self._state(self._declared.moves[0]),
            _VERSION: {"N": "0"},
        }
        put = {"TableName": self._items.deployed.name, "Item": item}
        return self._transact({"Put": put | absent(self._items)}, token)

    def _move(self, before: str, after: str, version: int) -> str:
        update = {
            "TableName": self._items.deployed.name,
            "Key": self._items.key_of(self._new()),
            "UpdateExpression": "SET #state = :after, #version = :next",
            "ConditionExpression": "#state = :before AND #version = :version",
            "ExpressionAttributeNames": {
                "#state": self._declared.attribute,
                "#version": _VERSION,
            },
            "ExpressionAttributeValues": {
                ":before": self._state(before),
                ":after": self._state(after),
                ":version": {"N": str(version)},
                ":next": {"N": str(version + 1)},
            },
        }
        return self._transact({"Update": update}, str(uuid4()))

    def _transact(self, action: dict[str, Any], token: str) -> str:
        client = self._items.client
        try:
            client.transact_write_items(
                TransactItems=[action], ClientRequestToken=token
            )
        except client.exceptions.TransactionCanceledException:
            return REFUSED
        except SDK_ERRORS as problem:
            where = f"transact_write_items on {self._items.deployed.name}"
            raise unreadable(where, problem) from None
        return ACCEPTED

    def _read(self, wanted: str) -> str:
        """Return the state that the index shows; wait for the one expected."""
        states = {str(self._state(move)): move for move in self._declared.moves}
        group = self._items.partition_value(self._index)

        def look() -> str:
            answer = self._items.send(
                "query",
                IndexName=self._index.name,
                KeyConditionExpression=f"#partition = {PARTITION_VALUE}",
                ExpressionAttributeNames={"#partition": self._index.key.partition.name},
                ExpressionAttributeValues={PARTITION_VALUE: group},
            )
            shown = [item.get(self._declared.attribute) for item in answer["Items"]]
            return (
                ", ".join(states.get(str(state), "not shown") for state in shown)
                or "none"
            )

        return wait_for(look, lambda found: found == wanted, _PATIENCE_S)

    def _new(self) -> dict[str, Any]:
        return self._items.in_index(0, self._index)

    def _state(self, move: str) -> dict[str, Any]:
        """Return a value of the suite's own for the state: no service queries it."""
        return suite_keys.key_value("S", f"{self._items.nonce}-{move}")


def absent(items: Items) -> dict[str, Any]:
    """Return the condition that no item with the same key exists."""
    return {
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": items.declared.key.partition.name},
    }
