"""Items of the suite that an earlier run left in a table, found by their keys."""

from collections.abc import Iterator
from typing import Any

from conformance.aws.client import SDK_ERRORS, AwsClients, unreadable
from conformance.aws.polling import wait_for
from conformance.deployed import DeployedTable
from conformance.model import suite_keys
from conformance.model.errors import UnreadableError
from conformance.model.table import Table
from conformance.probes.items import Items

_UNPROCESSED_S = 20.0


def sweep(clients: AwsClients, declared: Table, deployed: DeployedTable) -> int:
    """Delete every pool item that an earlier run left in the table; say how many.

    Raises:
        AwsError, UnreadableError: the table could not be read or written.
    """
    items = Items(clients, declared, deployed)
    found = 0
    for key in keys_left(items):
        items.send("delete_item", Key=key)
        found += 1
    return found


def left(clients: AwsClients, declared: Table, deployed: DeployedTable) -> int:
    """Count the items that an earlier run left in the table.

    Raises:
        AwsError, UnreadableError: the table could not be read.
    """
    return sum(1 for _ in keys_left(Items(clients, declared, deployed)))


def keys_left(items: Items) -> Iterator[dict[str, Any]]:
    """Yield the keys of the suite's items in the table; the load's slot 0 is last."""
    key = items.declared.key
    for slots in suite_keys.batches(range(suite_keys.SLOTS)):
        yield from _present(items, [suite_keys.key(key, slot) for slot in slots])
    yield from _left_shared(items)
    if not _present(items, [suite_keys.load_key(key, 0)]):
        return
    for slots in reversed(suite_keys.batches(range(suite_keys.LOAD_SLOTS))):
        keys = [suite_keys.load_key(key, slot) for slot in slots]
        yield from sorted(_present(items, keys), key=str, reverse=True)


def _left_shared(items: Items) -> Iterator[dict[str, Any]]:
    """Yield the keys of the items that share an attribute of their key."""
    declared = items.declared
    grouped = {index.key.partition for index in declared.indexes.values()}
    if declared.key.sort is None:
        return
    for shared in grouped & set(declared.key.attributes):
        for worker in range(suite_keys.WORKERS):
            first = worker * suite_keys.SLOTS_A_WORKER
            slots = range(first, first + suite_keys.SLOTS_A_WORKER)
            keys = suite_keys.shared_keys(declared.key, shared, slots)
            own = [suite_keys.key(declared.key, slot) for slot in slots]
            yield from _present(items, [key for key in keys if key not in own])


def _present(items: Items, keys: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return those of at most 100 keys that the table holds.

    Keys that DynamoDB did not get to are asked for again, with growing pauses
    (API_BatchGetItem, UnprocessedKeys).
    """
    name = items.deployed.name
    request = {name: suite_keys.batch_get_request(keys)}
    found: list[dict[str, Any]] = []

    def ask() -> dict[str, Any]:
        nonlocal request
        answer: dict[str, Any] = items.reader.batch_get_item(RequestItems=request)
        found.extend(answer["Responses"].get(name, []))
        request = dict(answer.get("UnprocessedKeys", {}))
        return request

    try:
        left_out = wait_for(ask, lambda rest: not rest, _UNPROCESSED_S)
    except SDK_ERRORS as problem:
        raise unreadable(f"batch_get_item on {name}", problem) from None
    if left_out:
        raise UnreadableError(
            f"batch_get_item on {name}: DynamoDB left keys out for {_UNPROCESSED_S:g} "
            "s, as it does where a table is throttled"
        )
    return found
