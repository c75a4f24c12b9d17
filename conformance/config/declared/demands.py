"""The demands of the promotion plan on every table."""

from collections.abc import Mapping
from typing import Any

from conformance.model.backup.values import Minutes
from conformance.model.demands import Demand, Demands


def declared_demands(section: Mapping[str, Any], stage: str) -> Demands:
    """Read the section `demands` of plan.toml; its names are those of schemas.json."""
    backups = section["backups"]
    retention = backups["retention_days"]
    return Demands(
        capacity_mode=Demand(tuple(section["capacity_mode"])),
        recovery_status=Demand(tuple(section["point_in_time_recovery"])),
        key_class=Demand(tuple(section["encryption"])),
        deletion_protection=Demand(tuple(section["deletion_protection"])),
        backup_interval=Minutes(backups["interval_minutes"]),
        retention_days=retention.get(stage, retention["default"]),
    )
