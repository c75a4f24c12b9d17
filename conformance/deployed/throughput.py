"""The maxima of a table's throughput: what limits it far below the account's quotas."""

from collections.abc import Iterator, Mapping
from typing import Any

Maxima = Mapping[str, int]
"""Units a second, by what they limit: `reads`, `writes`, `INDEX reads`, …"""
_ON_DEMAND = "OnDemandThroughput"
_OVERRIDE = "OnDemandThroughputOverride"
_PROVISIONED = "ProvisionedThroughput"
_UNITS = {
    "MaxReadRequestUnits": "reads",
    "MaxWriteRequestUnits": "writes",
    "ReadCapacityUnits": "reads",
    "WriteCapacityUnits": "writes",
}
_NO_LIMITS = (-1, 0)
"""-1 removes a maximum (API_OnDemandThroughput); units of 0 are not provisioned."""


def maxima_of(description: Mapping[str, Any], capacity_mode: str) -> Maxima:
    """Return every maximum of a table, its indexes and its replicas.

    On demand, OnDemandThroughput is absent where there is none, and
    ProvisionedThroughput says nothing (API_TableDescription). Provisioned units are a
    maximum, which auto scaling may move.
    """
    on_demand = capacity_mode == "PAY_PER_REQUEST"
    member = _ON_DEMAND if on_demand else _PROVISIONED
    own = dict(_limits(description, member))
    for index in description.get("GlobalSecondaryIndexes", ()):
        own |= _limits(index, member, f"{index['IndexName']} ")
    for replica in description.get("Replicas", ()):
        own |= {
            f"{limit} in {replica['RegionName']}": units
            for limit, units in _overrides(replica)
            if own.get(limit) != units
        }
    return own


def _overrides(replica: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for member in (_OVERRIDE, f"{_PROVISIONED}Override"):
        yield from _limits(replica, member)
        for index in replica.get("GlobalSecondaryIndexes", ()):
            yield from _limits(index, member, f"{index['IndexName']} ")


def _limits(
    holder: Mapping[str, Any], member: str, prefix: str = ""
) -> Iterator[tuple[str, int]]:
    described = holder.get(member, {})
    for name, unit in _UNITS.items():
        units = described.get(name, 0)
        if units not in _NO_LIMITS:
            yield f"{prefix}{unit}", units
