"""The maximum throughput that a Terraform plan gives to an on-demand table."""

import math
from collections.abc import Iterator, Mapping

from conformance.config.declared.load import TableLoad
from conformance.model.errors import NotAssessedError
from conformance.model.table import Index, Table
from conformance.terraform.configuration import Configuration
from conformance.terraform.resources import Resource, Values, standing_values

_WRITE_BYTES, _READ_BYTES = 1024, 4096
_NONE = -1
"""The value that takes a maximum away (API_OnDemandThroughput)."""
_BLOCK, _INDEX = "on_demand_throughput", "global_secondary_index"
_KINDS = ("read", "write")
Path = tuple[str | int, ...]
"""The way to a block in the configuration."""


def maxima(table: Resource, configuration: Configuration) -> Mapping[str, int]:
    """Return every maximum of a table and its indexes, in request units a second.

    Raises:
        NotAssessedError: one is known only after apply.
    """
    values = standing_values(table)
    indexes = values.blocks(_INDEX)
    own: list[Path] = [(_BLOCK, 0)]
    # The plan sorts the blocks of indexes: any of the written ones may be meant.
    paths: list[Path] = [(_INDEX, n, _BLOCK, 0) for n in range(len(indexes))]
    places = [("", values, own)]
    places += [(f"index {index.text('name')}: ", index, paths) for index in indexes]
    return {
        f"{place}{kind}s": units
        for place, holder, ways in places
        for kind, units in _of_block(holder, table, configuration, ways)
    }


def _of_block(
    holder: Values,
    table: Resource,
    configuration: Configuration,
    paths: list[Path],
) -> Iterator[tuple[str, int]]:
    """Yield the maxima of a block; one that nothing sets is none."""
    written = [path for path in paths if configuration.sets(table, *path)]
    for block in holder.blocks(_BLOCK):
        for kind in _KINDS:
            name = f"max_{kind}_request_units"
            is_set = any(configuration.sets(table, *path, name) for path in written)
            if name in block.content and (is_set or not written):
                block[name]  # raises if it is known only after apply
            units = block.known(name)
            if units and units != _NONE:  # the provider sends nothing for 0
                yield kind, int(units)


def below_load(
    found: Mapping[str, int], table: Table, load: TableLoad | None
) -> Mapping[str, str]:
    """Return the maxima that are below the declared load, with what the load takes.

    Raises:
        NotAssessedError: there is a maximum, and no load is declared.
    """
    if not found:
        return {}
    if load is None:
        raise NotAssessedError(
            f"{', '.join(found)}: a maximum is planned, and no load of {table.name} is "
            "declared to compare it with"
        )
    needed = _needed(table, load)
    return {
        what: f"at most {units} units a second, the declared load takes {needs:.0f}"
        for what, units in found.items()
        if units < (needs := needed.get(what, 0.0))
    }


def _needed(table: Table, load: TableLoad) -> Mapping[str, float]:
    """Return the units a second that the load takes at least.

    Reads count as eventually consistent, and a query as one item; so a maximum that is
    below is too low for certain.
    """
    writes = load.writes_per_s * math.ceil(load.item_bytes / _WRITE_BYTES)
    reads = load.reads_per_s * math.ceil(load.item_bytes / _READ_BYTES) / 2
    queries = reads * load.reads.get("query", 0) / 100
    needed = {"writes": writes, "reads": reads - queries}
    for name, index in table.indexes.items():
        needed[f"index {name}: writes"] = writes * _share_written(index, load)
        needed[f"index {name}: reads"] = queries / len(table.indexes)
    return needed


def _share_written(index: Index, load: TableLoad) -> float:
    """Return the share of the writes that an index takes: all that make an item."""
    updates = load.writes.get("update", 0) if index.projection.type != "ALL" else 0
    return 1 - updates / 100
