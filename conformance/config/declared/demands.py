"""The demands of the promotion plan on every table."""

from collections.abc import Mapping
from typing import Any

from conformance.model.demands import Demand, Demands


def declared_demands(section: Mapping[str, list[Any]]) -> Demands:
    """Read the section `demands` of plan.toml; its names are those of schemas.json."""
    return Demands(
        capacity_mode=Demand(tuple(section["capacity_mode"])),
        recovery_status=Demand(tuple(section["point_in_time_recovery"])),
        key_class=Demand(tuple(section["encryption"])),
        deletion_protection=Demand(tuple(section["deletion_protection"])),
    )
