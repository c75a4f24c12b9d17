"""Writers that switch to another region and back, with every write numbered.

Nothing is cut and nothing of anybody's is changed: our writers stop here and go on
there. Where the region stops answering meanwhile, that is the cut.
"""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any

from conformance.declared import Declared
from conformance.drills.heartbeat import BEAT
from conformance.errors import UnreadableError
from conformance.finding import Observation
from conformance.item import canonical
from conformance.probes.items import Items
from conformance.probes.replication import shown
from conformance.recording import resting
from conformance.waiting import pause_until, wait_for

LEG = 80
"""Slots of one leg of the way: here, there, here again."""
_PAUSE_S = 0.02
_BACK_WITHIN_S = 120.0
"""How long a region that stopped answering is waited for, before going back to it."""
_STOPPED = "a switchover: our writers stopped in {}, and nothing was cut"
_CUT = "{} stopped answering while our writers wrote there"


@dataclass
class Write:
    """One numbered write; times of the monotonic clock."""

    slot: int
    acknowledged: float
    item: dict[str, Any]
    seen: float = 0.0
    """When it was first seen in the other region; 0 while it has not been."""


@dataclass
class Switch:
    """What became of the writes of one region when its writers went to the other."""

    how: str = ""
    seconds: float = 0.0
    """From the last acknowledged write here to the first one there."""
    lag_s: float = 0.0
    """The longest that a write took which arrived before the switch."""
    writes: int = 0
    missing: int = 0
    lost: tuple[str, ...] = ()
    """Acknowledged writes, older than the lag at the switch, that never arrived."""
    conflicts: int = 0
    """Writes that arrived as something else than was written."""

    @property
    def numbers(self) -> dict[str, Any]:
        """As evidence."""
        return {
            "how": self.how,
            "switch_s": round(self.seconds, 3),
            "measured_lag_ms": round(self.lag_s * 1000, 1),
            "writes_acknowledged": self.writes,
            "writes_missing": self.missing,
            "conflicts": self.conflicts,
        }


@dataclass
class Switching:
    """One table's way to the other region and back."""

    here: Items
    there: Items
    declared: Declared
    failover: Switch = field(default_factory=Switch)
    failback: Switch = field(default_factory=Switch)
    observations: list[Observation] = field(default_factory=list)
    error: Exception | None = None

    def run(self) -> None:
        """Go there and back; whatever happens, remove what was written."""
        with resting() as observations:
            try:
                self._run()
            except UnreadableError as problem:
                self.error = problem
            finally:
                self._clear()
        self.observations += observations

    def _run(self) -> None:
        out, how = self._leg(self.here, self.there, 0)
        self.failover.how = how
        back, _ = self._leg(self.there, self.here, 1)
        _judge(self.failover, out, back, self._arrived(self.there, out))
        self._until_back()
        arrived = self._arrived(self.here, back)
        self.failback.how = _STOPPED.format(self.there.deployed.region)
        again, _ = self._leg(self.here, self.there, 2)
        _judge(self.failback, back, again, arrived & self._arrived(self.here, back))

    def _leg(self, to: Items, other: Items, number: int) -> tuple[list[Write], str]:
        """Write at the known rate in one region, and look in the other meanwhile."""
        drills = self.declared.drills
        count = min(int(drills.lead.total_seconds() * drills.beats_per_s), LEG)
        region, over = to.deployed.region, Event()
        writes: list[Write] = []
        with ThreadPoolExecutor(1) as threads:
            looking = threads.submit(copy_context().run, _look, other, writes, over)
            began = time.monotonic()
            try:
                for beat in range(count):
                    pause_until(began + beat / drills.beats_per_s)
                    writes.append(_write(to, number * LEG + beat, beat))
            except UnreadableError:
                if not writes or number != 0:
                    raise
                return writes, _CUT.format(region)
            finally:
                over.set()
            looking.result()
        return writes, _STOPPED.format(region)

    def _arrived(self, at: Items, writes: list[Write]) -> set[int]:
        """The slots whose writes can be read, after the declared patience at most."""
        patience = self.declared.replication.markers.patience.total_seconds()
        found: dict[int, Any] = {}

        def look() -> bool:
            found.update(_held(at, writes))
            return all(_same(it, found) for it in writes)

        wait_for(look, bool, patience)
        return {it.slot for it in writes if _same(it, found)}

    def _until_back(self) -> None:
        """Wait until the first region answers again."""

        def answers() -> bool:
            try:
                self.here.get(0)
            except UnreadableError:
                return False
            return True

        wait_for(answers, bool, _BACK_WITHIN_S)

    def _clear(self) -> None:
        """Delete on both sides, again until nothing that was on its way comes after."""
        patience = self.declared.replication.markers.patience.total_seconds()
        slots = range(3 * LEG)

        def gone() -> bool:
            left = 0
            for items in (self.here, self.there):
                for first in range(0, len(slots), 100):
                    part = list(slots[first : first + 100])
                    held = [k for k, v in shown(items, part).items() if v]
                    for slot in held:
                        items.delete(slot)
                    left += len(held)
            return left == 0

        try:
            wait_for(gone, bool, patience)
        except UnreadableError as problem:
            self.error = self.error or problem


def _write(to: Items, slot: int, number: int) -> Write:
    marks = {
        BEAT: {"N": str(number)},
        "conformance_nonce": {"S": to.nonce},
        "conformance_written_at": {"S": datetime.now(UTC).isoformat()},
    }
    held = to.put(to.item(slot) | marks)
    return Write(slot, time.monotonic(), held)


def _look(other: Items, writes: list[Write], over: Event) -> None:
    """Note when writes are first seen; a region that is down shows nothing."""
    while not over.is_set():
        waiting = [it for it in writes if not it.seen]
        try:
            found = _held(other, waiting)
        except UnreadableError:
            found = {}
        for each in waiting:
            if each.slot in found:
                each.seen = time.monotonic()
        pause_until(time.monotonic() + _PAUSE_S)


def _held(at: Items, writes: Iterable[Write]) -> dict[int, Any]:
    """What each write's slot holds of this exercise."""
    slots = [it.slot for it in writes]
    found = shown(at, slots) if slots else {}
    return {slot: canonical(item) for slot, item in found.items() if item}


def _same(write: Write, found: dict[int, Any]) -> bool:
    """Whether the write is there: its nonce says whose it is, and of which run."""
    name = "conformance_nonce"
    return bool(found.get(write.slot, {}).get(name) == write.item[name])


def _judge(
    switch: Switch, before: list[Write], after: list[Write], arrived: set[int]
) -> None:
    """Say what the switch from one leg to the next has lost."""
    last = before[-1].acknowledged
    in_time = [it.seen - it.acknowledged for it in before if 0 < it.seen <= last]
    switch.lag_s = max(in_time, default=0.0)
    switch.seconds = after[0].acknowledged - last
    switch.writes = len(before)
    missing = [it for it in before if it.slot not in arrived]
    switch.missing = len(missing)
    switch.lost = tuple(
        f"write {it.slot % LEG}, {last - it.acknowledged:.3f} s before the switch"
        for it in missing
        if last - it.acknowledged >= switch.lag_s
    )
