"""Settings that moto forgets and DescribeTable shows: limits, classes, vector indexes.

API_CreateTable, API_UpdateTable, API_TableDescription.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aws_standin.dynamodb.tables import Table

Document = dict[str, Any]
NO_LIMIT = -1
"""Removes a maximum (API_OnDemandThroughput)."""
VECTOR_INDEX = (
    *("IndexName", "SearchSchema", "Projection", "VectorAttribute"),
    *("Dimensions", "DistanceFunction"),
)


def keep(table: Table, given: Document, now: datetime) -> None:
    """Keep what a CreateTable or an UpdateTable sets."""
    if "TableClass" in given:
        table.shown["TableClassSummary"] = {"TableClass": given["TableClass"]}
        if table.created != now:
            changed = {"LastUpdateDateTime": now.timestamp()}
            table.shown["TableClassSummary"] |= changed
    if "DisassociationProtectionEnabled" in given:
        protected = given["DisassociationProtectionEnabled"]
        table.shown["DisassociationProtectionEnabled"] = protected
    if "OnDemandThroughput" in given:
        _limit(table.shown, given["OnDemandThroughput"])
    for name, limits in _index_limits(given):
        _limit(table.shown_of_index.setdefault(name, {}), limits)
    _keep_vector_indexes(table, given)


def _limit(shown: Document, given: Document) -> None:
    limits = shown.get("OnDemandThroughput", {}) | given
    shown["OnDemandThroughput"] = limits
    if set(limits.values()) == {NO_LIMIT}:
        del shown["OnDemandThroughput"]


def _index_limits(given: Document) -> Iterator[tuple[str, Document]]:
    updates = given.get("GlobalSecondaryIndexUpdates") or []
    changed = [one for update in updates for one in update.values()]
    for index in (given.get("GlobalSecondaryIndexes") or []) + changed:
        if "OnDemandThroughput" in index:
            yield index["IndexName"], index["OnDemandThroughput"]


def _keep_vector_indexes(table: Table, given: Document) -> None:
    made = list(given.get("VectorIndexes") or [])
    for update in given.get("VectorIndexUpdates") or []:
        made += [update["Create"]] if "Create" in update else []
        if "Delete" in update:
            _drop_vector_index(table, update["Delete"]["IndexName"])
    if made:
        described = [_vector_index(table, index) for index in made]
        table.shown.setdefault("VectorIndexes", []).extend(described)


def _drop_vector_index(table: Table, name: str) -> None:
    present = table.shown.get("VectorIndexes", [])
    table.shown["VectorIndexes"] = [
        index for index in present if index["IndexName"] != name
    ]


def _vector_index(table: Table, given: Document) -> Document:
    return {
        **{member: given[member] for member in VECTOR_INDEX if member in given},
        "IndexStatus": "ACTIVE",
        "Backfilling": False,
        "IndexSizeBytes": 0,
        "ItemCount": 0,
        "IndexArn": f"{table.name.arn}/index/{given['IndexName']}",
    }
