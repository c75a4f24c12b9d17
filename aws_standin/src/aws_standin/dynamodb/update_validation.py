"""The refusals of an UpdateItem because of the item that it would leave."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_standin.dynamodb.item_size import LARGEST_ITEM, item_size, value_size
from aws_standin.dynamodb.key_schema import Item
from aws_standin.dynamodb.key_validation import check_item
from aws_standin.dynamodb.table_history import key_text
from aws_standin.dynamodb.tables import Table
from aws_standin.dynamodb.update_trial import UpdateTrial
from aws_standin.protocols.messages import AwsError

ASSIGNED = re.compile(r"([#\w]+)\s*=\s*(:\w+)\s*(?=,|$|\b(?:SET|REMOVE|ADD|DELETE)\b)")
VALUE = re.compile(r":\w+")
WORD = re.compile(r"#?\w+")
TOO_LARGE = "Item size to update has exceeded the maximum allowed size"
UNSUPPORTED = (
    "The update expression attempted to update the secondary index key to"
    " unsupported type"
)


@dataclass
class Updates:
    """Checks an UpdateItem, or the Update of a transaction."""

    rehearsal: UpdateTrial

    def check(self, table: Table, given: Mapping[str, Any]) -> None:
        """Raise ValidationException for an item too large or a wrong index key."""
        expression = given.get("UpdateExpression")
        if not expression:
            return
        item = _present(table, given["Key"])
        names = given.get("ExpressionAttributeNames") or {}
        values = given.get("ExpressionAttributeValues") or {}
        assigned = {
            names.get(name, name): values[value]
            for name, value in ASSIGNED.findall(expression)
            if value in values
        }
        computed = _touched(expression, names) - set(assigned)
        grown = item_size(item) + sum(
            value_size(values[one])
            for one in VALUE.findall(expression)
            if one in values
        )
        if grown > LARGEST_ITEM or computed & _index_keys(table):
            self._rehearse(table, item, dict(given))
        else:
            kept = {k: v for k, v in assigned.items() if k in _index_keys(table)}
            _check_keys(table, {**given["Key"], **kept})

    def _rehearse(self, table: Table, item: Item, given: dict[str, Any]) -> None:
        outcome = self.rehearsal.outcome(table.schema, item, given)
        if outcome is None:
            return
        if item_size(outcome) > LARGEST_ITEM:
            raise AwsError("ValidationException", TOO_LARGE)
        _check_keys(table, outcome)


def _check_keys(table: Table, item: Item) -> None:
    try:
        check_item(table.schema, item)
    except AwsError as problem:
        if "Type mismatch for Index Key" in problem.message:
            raise AwsError("ValidationException", UNSUPPORTED) from problem
        raise


def _present(table: Table, key: Item) -> Item:
    """Return the item as it is, or the key alone of one that is not there."""
    entry = table.journal.latest.get(key_text(key))
    return (entry.item if entry else None) or key


def _touched(expression: str, names: Mapping[str, str]) -> set[str]:
    return {names.get(word, word) for word in WORD.findall(expression)}


def _index_keys(table: Table) -> set[str]:
    keys = {name for index in table.schema.indexes for name in index.keys}
    return keys - set(table.schema.keys)
