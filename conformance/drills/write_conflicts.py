"""Items that writers go on with in the other region: conflicts, and whose write stands.

A write that had not arrived where the next one was made is a conflict, and the last
writer wins it, by an internal timestamp (Developer guide, "How DynamoDB global tables
work", multi-Region eventual consistency). The write that was acknowledged later must
stand in both regions; where the earlier one undid it, an acknowledged write is lost.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.drills.numbered import NONCE, Write
from conformance.model.errors import UnreadableError
from conformance.model.item import canonical
from conformance.probes.items import Items
from conformance.probes.replication import shown

FEW = 5
"""Items that both sides of one switch write."""


@dataclass
class Contested:
    """The items of one switch: written here before it, and there after it."""

    first: int
    """The first of their slots."""
    earlier: dict[int, Write] = field(default_factory=dict)
    """The last write of each slot before the switch, in the order of writing."""
    later: dict[int, Write] = field(default_factory=dict)
    """Its write after the switch."""

    @property
    def conflicts(self) -> int:
        """Items whose earlier write had not arrived when the later one was made."""
        pairs = ((self.earlier[slot], it) for slot, it in self.later.items())
        return sum(not earlier.came_before(later) for earlier, later in pairs)

    def turn(self, number: int) -> int:
        """The slot that is written next before the switch."""
        return self.first + number % FEW

    def next(self) -> int | None:
        """The slot to go on with after it: what was written last arrives last."""
        left = [slot for slot in self.earlier if slot not in self.later]
        return left[-1] if left else None

    def before(self, write: Write) -> None:
        """Note a write before the switch."""
        self.earlier.pop(write.slot, None)
        self.earlier[write.slot] = write

    def after(self, write: Write) -> None:
        """Note a write after it."""
        self.later[write.slot] = write

    def undone(self, at: Items, until: float = math.inf) -> Iterator[str]:
        """Say which later writes, acknowledged until then, do not stand in a region.

        Raises:
            UnreadableError: the region did not say what it holds.
        """
        due = {k: it for k, it in self.later.items() if it.acknowledged <= until}
        found = shown(at, list(due)) if due else {}
        for slot, write in due.items():
            if slot not in found:
                raise UnreadableError(f"a test item in {at.deployed.region} is unread")
            held = canonical(found[slot] or {})
            if held.get(NONCE) != write.item[NONCE]:
                yield self._said(write, at.deployed.region, held)

    def unsettled(self, until: float) -> tuple[str, ...]:
        """Conflicts whose earlier write is not known to be where the later one is.

        Until then it undoes nothing there. `until` is when the newest write of its
        region that arrived was acknowledged.
        """
        return tuple(
            f"item {slot - self.first}"
            for slot, later in self.later.items()
            if self.earlier[slot].acknowledged > until
            and not self.earlier[slot].came_before(later)
        )

    def _said(self, write: Write, region: str, held: dict[str, Any]) -> str:
        earlier = self.earlier[write.slot]
        holds = "something else" if held else "nothing"
        if held.get(NONCE) == earlier.item[NONCE]:
            holds = f"the earlier write of {earlier.region}, {earlier.at}"
        return (
            f"item {write.slot - self.first} in {region} holds {holds}, not the "
            f"acknowledged later one of {write.region}, {write.at}"
        )
