"""The maximum throughput that a Terraform plan gives to an on-demand table."""

from collections.abc import Iterator, Mapping

from conformance.terraform.configuration import Configuration
from conformance.terraform.resources import Resource, Values, standing_values

_NONE = -1
"""The value that takes a maximum away (API_OnDemandThroughput)."""
_BLOCK, _INDEX = "on_demand_throughput", "global_secondary_index"
_KINDS = ("read", "write")
Path = tuple[str | int, ...]
"""The way to a block in the configuration."""


def maxima(table: Resource, configuration: Configuration) -> Mapping[str, int]:
    """Return every maximum of a table and its indexes, in units, by what it limits.

    Raises:
        NotAssessedError: one is known only after apply.
    """
    values = standing_values(table)
    indexes = values.blocks(_INDEX)
    own: list[Path] = [(_BLOCK, 0)]
    # The plan sorts the blocks of indexes: any of the written ones may be meant.
    paths: list[Path] = [(_INDEX, n, _BLOCK, 0) for n in range(len(indexes))]
    places = [("", values, own)]
    places += [(f"{index.text('name')} ", index, paths) for index in indexes]
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
