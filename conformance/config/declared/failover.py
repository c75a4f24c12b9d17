"""The declared DNS records that lead services to a region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model.errors import NotApplicableError

ALARM = "alarm "
PRIMARY = "PRIMARY"
ROLES = (PRIMARY, "SECONDARY")
"""The values of a failover record's `Failover`; Route 53 knows no third."""


@dataclass(frozen=True)
class Failover:
    """The section `failover` of surroundings.toml."""

    zone: str
    """The hosted zone, without the dot at the end."""
    record: str
    """The name that services are reached by."""
    type: str
    target: str
    """The record's target in one region; `{region}` stands for the region's name."""
    zone_id: str = ""
    """The id of the zone, where several have the name."""
    alarm: str = ""
    """The alarm that health checks watch instead of the target; as `target`."""

    def records(self, regions: Sequence[str]) -> Mapping[str, str]:
        """Return the record target by role (PRIMARY, SECONDARY).

        Raises:
            NotApplicableError: there is no second region to fail over to.
        """
        if len(regions) < len(ROLES):
            raise NotApplicableError("the environment has no second region")
        return {
            role: self.target.replace("{region}", region)
            for role, region in zip(ROLES, regions, strict=False)
        }

    def watched(self, regions: Sequence[str]) -> Mapping[str, str]:
        """Return what the health check of each role must watch.

        Raises:
            NotApplicableError: there is no second region to fail over to.
        """
        records = self.records(regions)
        if not self.alarm:
            return records
        return {
            role: alarm_in(self.alarm.replace("{region}", region), region)
            for role, region in zip(ROLES, regions, strict=False)
        }


def alarm_in(name: str, region: str) -> str:
    """Return how an alarm is named beside hosts."""
    return f"{ALARM}{name} in {region}"


def declared_failover(section: dict[str, Any]) -> Failover:
    """Read the section."""
    return Failover(**section)
