"""The declared parameters of restore drills and region switches."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(frozen=True)
class Drills:
    """The section `drills` of surroundings.toml."""

    beats_per_s: float
    """Writes of ours a second, to each table."""
    lead: timedelta
    """The time for which they go on before the moment."""
    tail: timedelta
    """The time for which they go on after it."""
    tolerance: timedelta
    """Writes so near to the moment may be restored or not."""
    patience: timedelta
    """The longest wait for a restore."""


def declared_drills(section: dict[str, Any]) -> Drills:
    """Read the section."""
    return Drills(
        beats_per_s=section["beats_per_s"],
        lead=timedelta(seconds=section["lead_s"]),
        tail=timedelta(seconds=section["tail_s"]),
        tolerance=timedelta(milliseconds=section["tolerance_ms"]),
        patience=timedelta(minutes=section["patience_minutes"]),
    )
