"""The quotas of one request and of one table.

Developer guide, "Quotas"; API_BatchWriteItem, API_BatchGetItem,
API_TransactWriteItems, API_TransactGetItems, API_UpdateTable.
"""

from collections.abc import Mapping
from typing import Any

from aws_standin.dynamodb.item_size import item_size
from aws_standin.protocols.messages import AwsError

BATCH_WRITE, BATCH_GET, TRANSACTION = 25, 100, 100
GLOBAL_INDEXES, LOCAL_INDEXES = 20, 5
LARGEST_TRANSACTION = 4 * 1024 * 1024
"""Bytes."""
Document = Mapping[str, Any]


def check_batch_write(given: Document) -> None:
    """Raise ValidationException for more than 25 writes."""
    requests = given.get("RequestItems") or {}
    for actions in requests.values():
        if not 1 <= len(actions) <= BATCH_WRITE:
            raise _invalid(
                "1 validation error detected: Value at 'requestItems' failed to satisfy"
                " constraint: Map value must satisfy constraint: [Member must have"
                " length less than or equal to 25, Member must have length greater than"
                " or equal to 1]"
            )
    if sum(map(len, requests.values())) > BATCH_WRITE:
        raise _invalid("Too many items requested for the BatchWriteItem call")


def check_batch_get(given: Document) -> None:
    """Raise ValidationException for more than 100 keys."""
    requests = (given.get("RequestItems") or {}).values()
    if sum(len(one.get("Keys", [])) for one in requests) > BATCH_GET:
        raise _invalid("Too many items requested for the BatchGetItem call")


def check_transaction(given: Document) -> None:
    """Raise ValidationException for more than 100 actions or 4 MB."""
    actions = given.get("TransactItems") or []
    if not 1 <= len(actions) <= TRANSACTION:
        bound = "less than or equal to 100" if actions else "greater than or equal to 1"
        raise _invalid(
            "1 validation error detected: Value at 'transactItems' failed to satisfy"
            f" constraint: Member must have length {bound}"
        )
    puts = (action["Put"]["Item"] for action in actions if "Put" in action)
    if sum(map(item_size, puts)) > LARGEST_TRANSACTION:
        raise _invalid("Collection of items in transaction is too large.")


def check_indexes(given: Document) -> None:
    """Raise ValidationException for more than 20 global or 5 local indexes."""
    if len(given.get("GlobalSecondaryIndexes") or []) > GLOBAL_INDEXES:
        raise _too_many_global()
    if len(given.get("LocalSecondaryIndexes") or []) > LOCAL_INDEXES:
        raise _invalid(
            "One or more parameter values were invalid: Number of"
            " LocalSecondaryIndexes exceeds per-table limit of 5"
        )


def check_index_updates(given: Document, present: int) -> None:
    """Raise for two creations or deletions at once, or a 21st global index."""
    updates = given.get("GlobalSecondaryIndexUpdates") or []
    changes = [kind for one in updates for kind in one if kind != "Update"]
    if len(changes) > 1:
        raise AwsError(
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted"
            " simultaneously per table",
        )
    if "Create" in changes and present >= GLOBAL_INDEXES:
        raise _too_many_global()


def _too_many_global() -> AwsError:
    return _invalid(
        "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds"
        " the per-table limit of 20"
    )


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
