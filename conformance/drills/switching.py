"""Writers that switch to another region and back, with every write numbered.

Nothing is cut and nothing of anybody's is changed: our writers stop here and go on
there. Where the region stops answering meanwhile, that is the cut.
"""

import math
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from conformance.aws.client import AwsError
from conformance.aws.denials import DENIED
from conformance.aws.polling import pause_until, wait_for
from conformance.aws.recorder import collecting
from conformance.config.declared import Declared
from conformance.config.declared.drills import Drills
from conformance.drills.write_conflicts import (
    FEW,
    NONCE,
    NumberedWrite,
    WriteConflicts,
    write_numbered,
)
from conformance.model import suite_keys
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.model.finding import Observation
from conformance.model.item import canonical
from conformance.probes.items import Items
from conformance.probes.replication import shown

LEG = 80
"""The slots of one leg: there are three, here, there and here again."""
SLOTS = 3 * LEG + 2 * FEW
_PAUSE_S = 0.02
_BACK_WITHIN_S = 120.0
"""The time to wait for a region that stopped answering, before going back to it."""
_STOPPED = "a switchover: our writers stopped in {}, and nothing was cut"
_CUT = "{} stopped answering while our writers wrote there"


def items_of(drills: Drills) -> int:
    """Return how many test items a switch there and back writes, at most."""
    return 3 * _count(drills) + 2 * FEW


def _count(drills: Drills) -> int:
    """Return the number of writes of one leg."""
    return min(int(drills.lead.total_seconds() * drills.beats_per_s), LEG)


def _conflicts() -> tuple[WriteConflicts, WriteConflicts]:
    return WriteConflicts(3 * LEG), WriteConflicts(3 * LEG + FEW)


@dataclass
class SwitchResult:
    """The writes of one region after its writers went to the other."""

    how: str = ""
    seconds: float = 0.0
    """The time from the last acknowledged write here to the first one there."""
    lag_s: float = 0.0
    """The longest time that a write took which arrived before the switch."""
    writes: int = 0
    missing: int = 0
    gone: tuple[str, ...] = ()
    """Acknowledged writes that never arrived though older than the lag at the switch,
    and those after the switch that do not stand in a region, whatever undid them."""
    unsettled: tuple[str, ...] = ()
    """Conflicts whose earlier write never arrived where the later one was made."""
    contested: int = 0
    """The number of items that were written before the switch and after it."""
    conflicts: int = 0
    """The number of those whose earlier write had not arrived at the later one."""
    undone: int = 0
    """The number of writes after the switch that do not stand, in both regions."""

    @property
    def lost(self) -> tuple[str, ...]:
        """Return the acknowledged writes that are gone.

        Raises:
            NotAssessedError: none is, but how a conflict ends was never seen.
        """
        if self.unsettled and not self.gone:
            raise NotAssessedError(
                f"how the conflict of {', '.join(self.unsettled)} ends was not seen: "
                "the earlier write never arrived where the later one was made"
            )
        return self.gone

    @property
    def numbers(self) -> dict[str, Any]:
        """Return the numbers for the evidence."""
        return {
            "how": self.how,
            "switch_s": round(self.seconds, 3),
            "measured_lag_ms": round(self.lag_s * 1000, 1),
            "writes_acknowledged": self.writes,
            "writes_missing": self.missing,
            "items_contested": self.contested,
            "conflicts": self.conflicts,
            "conflicts_unsettled": len(self.unsettled),
            "writes_undone": self.undone,
        }


@dataclass
class Switching:
    """The switch of one table's writers to the other region and back."""

    here: Items
    there: Items
    declared: Declared
    failover: SwitchResult = field(default_factory=SwitchResult)
    failback: SwitchResult = field(default_factory=SwitchResult)
    conflicts: tuple[WriteConflicts, WriteConflicts] = field(default_factory=_conflicts)
    """The items of the failover, and of the failback."""
    observations: list[Observation] = field(default_factory=list)
    error: Exception | None = None

    def run(self) -> None:
        """Switch there and back; whatever happens, remove what was written."""
        with collecting() as observations:
            try:
                self._run()
            except UnreadableError as problem:
                self.error = problem
            finally:
                self.clear()
        self.observations += observations

    def _run(self) -> None:
        first, self.failover.how = self._leg(self.here, self.there, 0)
        second, _ = self._leg(self.there, self.here, 1)
        first_arrived = self._arrived(self.there, first)
        _measure(self.failover, first, second, first_arrived)
        self._await_first_region()
        second_arrived = self._arrived(self.here, second)
        self.failback.how = _STOPPED.format(self.there.deployed.region)
        third, _ = self._leg(self.here, self.there, 2)
        remaining = [write for write in second if write.slot in second_arrived]
        _measure(self.failback, second, third, self._arrived(self.here, remaining))
        second_until = _newest_arrival(second, second_arrived)
        third_until = _newest_arrival(third, self._arrived(self.there, third))
        over, back = self.conflicts
        self.failover.unsettled = over.unsettled(_newest_arrival(first, first_arrived))
        self.failback.unsettled = back.unsettled(second_until)
        self._settle(second_until, third_until)

    def _leg(
        self, to: Items, other: Items, number: int
    ) -> tuple[list[NumberedWrite], str]:
        """Write at the known rate in one region, and look in the other meanwhile.

        Return the writes, and how the leg ended.
        """
        drills = self.declared.drills
        count = _count(drills)
        region, over = to.deployed.region, Event()
        writes: list[NumberedWrite] = []
        with ThreadPoolExecutor(1) as threads:
            looking = threads.submit(copy_context().run, _look, other, writes, over)
            began = time.monotonic()
            try:
                for step in range(count):
                    pause_until(began + step / drills.beats_per_s)
                    self._write_before(to, number, step)
                    writes.append(write_numbered(to, number * LEG + step, step))
                    self._write_after(to, number, step)
            except UnreadableError as problem:
                # A right that is taken away is no region that goes away.
                denied = isinstance(problem, AwsError) and problem.code in DENIED
                if not writes or number != 0 or denied:
                    raise
                return writes, _CUT.format(region)
            finally:
                over.set()
            looking.result()
        return writes, _STOPPED.format(region)

    def _write_before(self, to: Items, leg: int, step: int) -> None:
        """Write an item that the next leg will go on with, if there is a next leg."""
        for conflicts in self.conflicts[leg : leg + 1]:
            conflicts.before(write_numbered(to, conflicts.turn(step), step))

    def _write_after(self, to: Items, leg: int, step: int) -> None:
        """Go on with an item that the leg before wrote, if there was one."""
        if leg and (slot := self.conflicts[leg - 1].next()) is not None:
            self.conflicts[leg - 1].after(write_numbered(to, slot, step))

    def _settle(self, second_until: float, third_until: float) -> None:
        """Record which later writes do not stand, in the end, in either region.

        In the region that a write was not made in, it must stand only if writes after
        it have arrived: replication that stands still undoes nothing.
        """
        patience = self.declared.replication.markers.patience.total_seconds()
        over, back = self.conflicts

        def look() -> tuple[tuple[str, ...], tuple[str, ...]]:
            return (
                (*over.undone(self.there), *over.undone(self.here, second_until)),
                (*back.undone(self.here), *back.undone(self.there, third_until)),
            )

        undone = wait_for(look, lambda found: not any(found), patience)
        for result, conflicts, found in zip(
            (self.failover, self.failback), self.conflicts, undone, strict=True
        ):
            result.gone += found
            result.undone = len(found)
            result.contested = len(conflicts.later)
            result.conflicts = conflicts.conflicts

    def _arrived(self, at: Items, writes: list[NumberedWrite]) -> set[int]:
        """Return the slots whose writes can be read, within the declared patience."""
        patience = self.declared.replication.markers.patience.total_seconds()
        found: dict[int, Any] = {}

        def look() -> bool:
            found.update(_held(at, writes))
            return all(_is_held(write, found) for write in writes)

        wait_for(look, bool, patience)
        return {write.slot for write in writes if _is_held(write, found)}

    def _await_first_region(self) -> None:
        """Wait until the first region answers again."""

        def answers() -> bool:
            try:
                self.here.get(0)
            except UnreadableError:
                return False
            return True

        wait_for(answers, bool, _BACK_WITHIN_S)

    def clear(self) -> None:
        """Delete on both sides, again until nothing that was on its way comes after."""
        patience = self.declared.replication.markers.patience.total_seconds()
        slots = range(SLOTS)

        def cleared() -> int:
            left = 0
            for items in (self.here, self.there):
                for part in suite_keys.batches(slots):
                    found = shown(items, part)
                    held = [slot for slot, item in found.items() if item]
                    for slot in held:
                        items.delete(slot)
                    left += len(held) + len(part) - len(found)
            return left

        problem = UnreadableError(
            f"items of the switch in {self.here.deployed.name} are still there, or "
            "unread, after being deleted in both regions"
        )
        try:
            cleared()  # on a slow line that alone takes longer than the patience
            left = wait_for(cleared, lambda left: not left, patience)
        except UnreadableError as unread:
            left, problem = len(slots), unread
        if left:
            self.error = self.error or problem


def _newest_arrival(writes: list[NumberedWrite], arrived: set[int]) -> float:
    """Return when the newest write that arrived was acknowledged."""
    times = (write.acknowledged for write in writes if write.slot in arrived)
    return max(times, default=-math.inf)


def _look(other: Items, writes: list[NumberedWrite], over: Event) -> None:
    """Record when writes are first seen; a region that is down shows nothing."""
    while not over.is_set():
        waiting = [write for write in writes if not write.seen]
        try:
            found = _held(other, waiting)
        except UnreadableError:
            found = {}
        for write in waiting:
            if write.slot in found:
                write.seen = time.monotonic()
        pause_until(time.monotonic() + _PAUSE_S)


def _held(at: Items, writes: Iterable[NumberedWrite]) -> dict[int, Any]:
    """Return what each write's slot holds, without empty and unread slots."""
    slots = [write.slot for write in writes]
    found = shown(at, slots) if slots else {}
    return {slot: canonical(item) for slot, item in found.items() if item}


def _is_held(write: NumberedWrite, found: dict[int, Any]) -> bool:
    """Return True if the slot holds an item of this run, as its nonce shows."""
    return bool(found.get(write.slot, {}).get(NONCE) == write.item[NONCE])


def _measure(
    result: SwitchResult,
    before: list[NumberedWrite],
    after: list[NumberedWrite],
    arrived: set[int],
) -> None:
    """Record what the switch from one leg to the next has lost."""
    last = before[-1].acknowledged
    lags = (
        write.seen - write.acknowledged for write in before if 0 < write.seen <= last
    )
    result.lag_s = max(lags, default=0.0)
    result.seconds = after[0].acknowledged - last
    result.writes = len(before)
    missing = [write for write in before if write.slot not in arrived]
    result.missing = len(missing)
    result.gone = tuple(
        f"write {write.slot % LEG}, {last - write.acknowledged:.3f} s before the switch"
        for write in missing
        if last - write.acknowledged >= result.lag_s
    )
