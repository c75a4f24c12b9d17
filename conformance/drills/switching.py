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

from conformance.aws.polling import pause_until, wait_for
from conformance.aws.recorder import collecting
from conformance.config.declared import Declared
from conformance.config.declared.drills import Drills
from conformance.drills.numbered import NONCE, Write, write
from conformance.drills.switch import Switch
from conformance.drills.write_conflicts import FEW, Contested
from conformance.model import suite_keys
from conformance.model.errors import UnreadableError
from conformance.model.finding import Observation
from conformance.model.item import canonical
from conformance.probes.items import Items
from conformance.probes.replication import shown

LEG = 80
"""Slots of one leg of the way: here, there, here again."""
SLOTS = 3 * LEG + 2 * FEW
_PAUSE_S = 0.02
_BACK_WITHIN_S = 120.0
"""How long a region that stopped answering is waited for, before going back to it."""
_STOPPED = "a switchover: our writers stopped in {}, and nothing was cut"
_CUT = "{} stopped answering while our writers wrote there"


def items_of(drills: Drills) -> int:
    """How many items of ours a way there and back leaves to be removed, at most."""
    return 3 * _count(drills) + 2 * FEW


def _count(drills: Drills) -> int:
    """The numbered writes of one leg."""
    return min(int(drills.lead.total_seconds() * drills.beats_per_s), LEG)


def _contested() -> tuple[Contested, Contested]:
    return Contested(3 * LEG), Contested(3 * LEG + FEW)


@dataclass
class Switching:
    """One table's way to the other region and back."""

    here: Items
    there: Items
    declared: Declared
    failover: Switch = field(default_factory=Switch)
    failback: Switch = field(default_factory=Switch)
    contested: tuple[Contested, Contested] = field(default_factory=_contested)
    """Of the failover, and of the failback."""
    observations: list[Observation] = field(default_factory=list)
    error: Exception | None = None

    def run(self) -> None:
        """Go there and back; whatever happens, remove what was written."""
        with collecting() as observations:
            try:
                self._run()
            except UnreadableError as problem:
                self.error = problem
            finally:
                self.clear()
        self.observations += observations

    def _run(self) -> None:
        out, how = self._leg(self.here, self.there, 0)
        self.failover.how = how
        back, _ = self._leg(self.there, self.here, 1)
        went = self._arrived(self.there, out)
        _judge(self.failover, out, back, went)
        self._until_back()
        arrived = self._arrived(self.here, back)
        self.failback.how = _STOPPED.format(self.there.deployed.region)
        again, _ = self._leg(self.here, self.there, 2)
        came = [it for it in back if it.slot in arrived]
        _judge(self.failback, back, again, self._arrived(self.here, came))
        back_until = _until(back, arrived)
        over, contested_back = self.contested
        self.failover.unsettled = over.unsettled(_until(out, went))
        self.failback.unsettled = contested_back.unsettled(back_until)
        self._settle(back_until, _until(again, self._arrived(self.there, again)))

    def _leg(self, to: Items, other: Items, number: int) -> tuple[list[Write], str]:
        """Write at the known rate in one region, and look in the other meanwhile."""
        drills = self.declared.drills
        count = _count(drills)
        region, over = to.deployed.region, Event()
        writes: list[Write] = []
        with ThreadPoolExecutor(1) as threads:
            looking = threads.submit(copy_context().run, _look, other, writes, over)
            began = time.monotonic()
            try:
                for beat in range(count):
                    pause_until(began + beat / drills.beats_per_s)
                    self._contest_before(to, number, beat)
                    writes.append(write(to, number * LEG + beat, beat))
                    self._contest_after(to, number, beat)
            except UnreadableError:
                if not writes or number != 0:
                    raise
                return writes, _CUT.format(region)
            finally:
                over.set()
            looking.result()
        return writes, _STOPPED.format(region)

    def _contest_before(self, to: Items, leg: int, beat: int) -> None:
        """Write an item that the next leg will go on with, if there is a next leg."""
        for contested in self.contested[leg : leg + 1]:
            contested.before(write(to, contested.turn(beat), beat))

    def _contest_after(self, to: Items, leg: int, beat: int) -> None:
        """Go on with an item that the leg before wrote, if there was one."""
        if leg and (slot := self.contested[leg - 1].next()) is not None:
            self.contested[leg - 1].after(write(to, slot, beat))

    def _settle(self, back_until: float, again_until: float) -> None:
        """Say which later write does not stand, in the end, in either region.

        In the region that it was not made in, only if writes after it have arrived:
        what stands still undoes nothing.
        """
        patience = self.declared.replication.markers.patience.total_seconds()
        over, back = self.contested

        def look() -> tuple[tuple[str, ...], tuple[str, ...]]:
            return (
                (*over.undone(self.there), *over.undone(self.here, back_until)),
                (*back.undone(self.here), *back.undone(self.there, again_until)),
            )

        undone = wait_for(look, lambda found: not any(found), patience)
        for switch, of, found in zip(
            (self.failover, self.failback), self.contested, undone, strict=True
        ):
            switch.gone += found
            switch.undone = len(found)
            switch.contested, switch.conflicts = len(of.later), of.conflicts

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

    def clear(self) -> None:
        """Delete on both sides, again until nothing that was on its way comes after."""
        patience = self.declared.replication.markers.patience.total_seconds()
        slots = range(SLOTS)

        def cleared() -> int:
            left = 0
            for items in (self.here, self.there):
                for part in suite_keys.batches(slots):
                    found = shown(items, part)
                    held = [k for k, v in found.items() if v]
                    for slot in held:
                        items.delete(slot)
                    left += len(held) + len(part) - len(found)
            return left

        problem = UnreadableError(
            f"items of the switch in {self.here.deployed.name} are still there, or "
            "unread, after being deleted in both regions"
        )
        try:
            left = wait_for(cleared, lambda left: not left, patience)
        except UnreadableError as unread:
            left, problem = len(slots), unread
        if left:
            self.error = self.error or problem


def _until(writes: list[Write], arrived: set[int]) -> float:
    """When the newest write that arrived was acknowledged."""
    there = [it.acknowledged for it in writes if it.slot in arrived]
    return max(there, default=-math.inf)


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
    """What each write's slot holds, whoever wrote it; not the empty and unread ones."""
    slots = [it.slot for it in writes]
    found = shown(at, slots) if slots else {}
    return {slot: canonical(item) for slot, item in found.items() if item}


def _same(write: Write, found: dict[int, Any]) -> bool:
    """Whether the write is there: its nonce says whose it is, and of which run."""
    return bool(found.get(write.slot, {}).get(NONCE) == write.item[NONCE])


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
    switch.gone = tuple(
        f"write {it.slot % LEG}, {last - it.acknowledged:.3f} s before the switch"
        for it in missing
        if last - it.acknowledged >= switch.lag_s
    )
