"""The maxima of an on-demand table: what limits it far below the account's quotas."""

from collections.abc import Iterator, Mapping
from typing import Any

_UNITS = {"MaxReadRequestUnits": "reads", "MaxWriteRequestUnits": "writes"}
_NO_LIMIT = -1
"""Removes a maximum (API_OnDemandThroughput)."""
Maxima = Mapping[str, int]
"""Units a second, by what they limit: `reads`, `writes`, `INDEX reads`, …"""


def maxima_of(description: Mapping[str, Any]) -> Maxima:
    """Return every maximum of a table, its indexes and its replicas.

    OnDemandThroughput is absent where there is none (API_TableDescription).
    """
    own = dict(_limits(description, "OnDemandThroughput"))
    for index in description.get("GlobalSecondaryIndexes", ()):
        name = index["IndexName"]
        own |= _limits(index, "OnDemandThroughput", f"{name} ")
    for replica in description.get("Replicas", ()):
        own |= {
            f"{limit} in {replica['RegionName']}": units
            for limit, units in _overrides(replica)
            if own.get(limit) != units
        }
    return own


def _overrides(replica: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    yield from _limits(replica, "OnDemandThroughputOverride")
    for index in replica.get("GlobalSecondaryIndexes", ()):
        name = index["IndexName"]
        yield from _limits(index, "OnDemandThroughputOverride", f"{name} ")


def _limits(
    holder: Mapping[str, Any], member: str, prefix: str = ""
) -> Iterator[tuple[str, int]]:
    for name, unit in _UNITS.items():
        units = holder.get(member, {}).get(name, _NO_LIMIT)
        if units != _NO_LIMIT:
            yield f"{prefix}{unit}", units
