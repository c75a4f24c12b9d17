"""Numbered writes of a switch, and the items that both of its sides write.

A write that had not arrived where the next one was made is a conflict, and the last
writer wins it, by an internal timestamp (Developer guide, "How DynamoDB global tables
work", multi-Region eventual consistency). The write that was acknowledged later must
stand in both regions; where the earlier one undid it, an acknowledged write is lost.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from conformance.drills.writer import NUMBER
from conformance.model.errors import UnreadableError
from conformance.model.item import canonical
from conformance.probes.items import Items
from conformance.probes.replication import shown

FEW = 5
"""The number of items that both sides of one switch write."""
NONCE = "conformance_nonce"
_WRITTEN = "conformance_written_at"


@dataclass
class NumberedWrite:
    """One acknowledged write of a switch; times of the monotonic clock."""

    slot: int
    region: str
    item: dict[str, Any]
    replaced: dict[str, Any] | None
    """The item that the slot held in this region until then."""
    acknowledged: float
    seen: float = 0.0
    """The time it was first seen in the other region; 0 while it has not been."""

    @property
    def at(self) -> str:
        """Return the time of day that it was written at, in UTC."""
        written = datetime.fromisoformat(self.item[_WRITTEN][1])
        return f"{written.isoformat('T', 'milliseconds')[11:23]}Z"

    def came_before(self, other: "NumberedWrite") -> bool:
        """Return True if the other replaced it, or one of its region after it."""
        held = other.replaced or {}
        if held.get(NONCE) != self.item[NONCE]:
            return False
        # One that was not acknowledged may have come after the last that was.
        return bool(held[NUMBER] >= self.item[NUMBER])


def write_numbered(to: Items, slot: int, number: int) -> NumberedWrite:
    """Write an item, and return the write with what it replaced.

    Raises:
        UnreadableError: it was not acknowledged.
    """
    marks = {
        NUMBER: {"N": str(number)},
        NONCE: {"S": to.nonce},
        _WRITTEN: {"S": datetime.now(UTC).isoformat("T", "milliseconds")},
    }
    item = to.item(slot) | marks
    replaced = to.put_over(item)
    region = to.deployed.region
    return NumberedWrite(slot, region, canonical(item), replaced, time.monotonic())


@dataclass
class WriteConflicts:
    """The items that are written here before a switch, and there after it."""

    first: int
    """The first of their slots."""
    earlier: dict[int, NumberedWrite] = field(default_factory=dict)
    """The last write of each slot before the switch, in the order of writing."""
    later: dict[int, NumberedWrite] = field(default_factory=dict)
    """The write of each slot after the switch."""

    @property
    def conflicts(self) -> int:
        """Count the items whose earlier write had not arrived at the later one."""
        pairs = ((self.earlier[slot], later) for slot, later in self.later.items())
        return sum(not earlier.came_before(later) for earlier, later in pairs)

    def turn(self, number: int) -> int:
        """Return the slot of a write before the switch, in turn."""
        return self.first + number % FEW

    def next(self) -> int | None:
        """Return the slot to write next after the switch; the newest arrive last."""
        left = [slot for slot in self.earlier if slot not in self.later]
        return left[-1] if left else None

    def before(self, write: NumberedWrite) -> None:
        """Keep a write before the switch."""
        self.earlier.pop(write.slot, None)
        self.earlier[write.slot] = write

    def after(self, write: NumberedWrite) -> None:
        """Keep a write after the switch."""
        self.later[write.slot] = write

    def undone(self, at: Items, until: float = math.inf) -> Iterator[str]:
        """Yield the later writes, acknowledged until then, that a region does not hold.

        Raises:
            UnreadableError: the region did not say what it holds.
        """
        acknowledged = {
            slot: write
            for slot, write in self.later.items()
            if write.acknowledged <= until
        }
        found = shown(at, list(acknowledged)) if acknowledged else {}
        for slot, write in acknowledged.items():
            if slot not in found:
                raise UnreadableError(f"a test item in {at.deployed.region} is unread")
            held = canonical(found[slot] or {})
            if held.get(NONCE) != write.item[NONCE]:
                yield self._explained(write, at.deployed.region, held)

    def unsettled(self, until: float) -> tuple[str, ...]:
        """Return conflicts whose earlier write is not known to be where the later is.

        Until then it undoes nothing there. `until` is when the newest write of its
        region that arrived was acknowledged.
        """
        return tuple(
            f"item {slot - self.first}"
            for slot, later in self.later.items()
            if self.earlier[slot].acknowledged > until
            and not self.earlier[slot].came_before(later)
        )

    def _explained(
        self, write: NumberedWrite, region: str, held: dict[str, Any]
    ) -> str:
        earlier = self.earlier[write.slot]
        holds = "something else" if held else "nothing"
        if held.get(NONCE) == earlier.item[NONCE]:
            holds = f"the earlier write of {earlier.region}, {earlier.at}"
        return (
            f"item {write.slot - self.first} in {region} holds {holds}, not the "
            f"acknowledged later one of {write.region}, {write.at}"
        )
