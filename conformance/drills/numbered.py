"""Numbered writes of the drills that switch regions."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conformance.drills.writer import BEAT
from conformance.model.item import canonical
from conformance.probes.items import Items

NONCE = "conformance_nonce"
_WRITTEN = "conformance_written_at"


@dataclass
class Write:
    """One acknowledged write; times of the monotonic clock."""

    slot: int
    region: str
    item: dict[str, Any]
    replaced: dict[str, Any] | None
    """What the slot held in this region until then."""
    acknowledged: float
    seen: float = 0.0
    """When it was first seen in the other region; 0 while it has not been."""

    @property
    def at(self) -> str:
        """The time of day that it was written at, in UTC."""
        written = datetime.fromisoformat(self.item[_WRITTEN][1])
        return f"{written.isoformat('T', 'milliseconds')[11:23]}Z"

    def came_before(self, other: "Write") -> bool:
        """Whether it, or one of its region after it, is what the other replaced."""
        held = other.replaced or {}
        if held.get(NONCE) != self.item[NONCE]:
            return False
        # One that was not acknowledged may have come after the last that was.
        return bool(held[BEAT] >= self.item[BEAT])


def write(to: Items, slot: int, number: int) -> Write:
    """Write one, and learn what it replaced.

    Raises:
        UnreadableError: it was not acknowledged.
    """
    marks = {
        BEAT: {"N": str(number)},
        NONCE: {"S": to.nonce},
        _WRITTEN: {"S": datetime.now(UTC).isoformat("T", "milliseconds")},
    }
    item = to.item(slot) | marks
    replaced = to.put_over(item)
    region = to.deployed.region
    return Write(slot, region, canonical(item), replaced, time.monotonic())
