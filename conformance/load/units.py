"""What requests of a load consume, in capacity units of DynamoDB."""

import math

from conformance.config.declared.load import TableLoad
from conformance.load.request_bodies import VERSION
from conformance.model.table import Index

_WRITE_BYTES = 1024
_READ_BYTES = 4096


def item_write_units(load: TableLoad) -> int:
    """Of writing one item, to the table or to an index."""
    return math.ceil(load.item_bytes / _WRITE_BYTES)


def item_read_units(load: TableLoad) -> int:
    """Of reading one item strongly consistently; half of it otherwise."""
    return math.ceil(load.item_bytes / _READ_BYTES)


def query_units(load: TableLoad, index: Index, items: int) -> float:
    """Of one query of an index that holds so many items, eventually consistent."""
    found = min(load.query_items, math.ceil(items / values_of(load, index, items)))
    return math.ceil(load.item_bytes * found / _READ_BYTES) / 2


def values_of(load: TableLoad, index: Index, items: int) -> int:
    """How many values the index's partition key has."""
    return min(load.distinct.get(index.key.partition.name, items), items)


def carries_version(index: Index) -> bool:
    """Whether a write of ours changes the index: only if what it changes is there."""
    projection = index.projection
    return projection.type == "ALL" or VERSION in projection.attributes
