"""Writes of ours at a known rate, with a log of when each was sent and acknowledged."""

import time
from collections.abc import Iterator
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

from conformance.aws.polling import pause_until
from conformance.model.errors import UnreadableError
from conformance.probes.items import Items

RING = 8
"""Slots that are put in turn; the next is updated again and again, the last goes."""
UPDATED, DELETED = RING, RING + 1
BEAT = "conformance_beat"
_AT = "conformance_beat_at"
Item = dict[str, Any]


@dataclass(frozen=True)
class Beat:
    """One acknowledged write."""

    number: int
    slot: int
    sent: datetime
    acknowledged: datetime
    item: Item | None
    """What the slot holds since then, in canonical form; None once it is deleted."""


@dataclass(frozen=True)
class Pulse:
    """The acknowledged writes of one table, in order."""

    beats: tuple[Beat, ...]

    def allowed(self, first: datetime, last: datetime) -> dict[int, list[Item | None]]:
        """What each slot may hold in a restore to a moment between the two.

        What was acknowledged before the first must be there unless it was replaced;
        what was sent after the last must not.
        """
        held: dict[int, list[Item | None]] = {}
        for beat in self.beats:
            if beat.acknowledged <= first:
                held[beat.slot] = [beat.item]
            elif beat.sent < last:
                held.setdefault(beat.slot, [None]).append(beat.item)
            else:
                held.setdefault(beat.slot, [None])
        return held

    def newest(self, found: dict[int, Item]) -> Beat | None:
        """The newest write that came back."""
        back = [it for it in self.beats if it.item and found.get(it.slot) == it.item]
        return max(back, key=lambda it: it.number, default=None)

    def first_lost(self, newest: Beat | None) -> Beat | None:
        """The first write after it."""
        number = newest.number if newest else -1
        return next((it for it in self.beats if it.number > number), None)


@dataclass
class Heart:
    """Beats in one table until it is stopped."""

    items: Items
    beats_per_s: float
    beats: list[Beat] = field(default_factory=list)
    error: UnreadableError | None = None
    """What ended it before it was stopped."""
    _over: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        """Write until stopped."""
        run = copy_context().run
        self._thread = Thread(target=run, args=(self._run,), daemon=True)
        self._thread.start()

    def stop(self) -> Pulse:
        """Write no more; what was acknowledged.

        Raises:
            UnreadableError: a write was refused or not answered.
        """
        self._over.set()
        if self._thread:
            self._thread.join()
        if self.error:
            raise self.error
        return Pulse(tuple(self.beats))

    def end(self) -> None:
        """Write no more, and remove what was written.

        Raises:
            UnreadableError: it could not be removed.
        """
        self._over.set()
        if self._thread:
            self._thread.join()
        self.items.clear()

    def _run(self) -> None:
        began = time.monotonic()
        numbers = iter(range(1_000_000_000))
        try:
            while not self._over.is_set():
                for slot, how in self._next(next(numbers)):
                    self._write(slot, how)
                pause_until(began + len(self.beats) / self.beats_per_s)
        except UnreadableError as problem:
            self.error = problem

    def _next(self, number: int) -> Iterator[tuple[int, str]]:
        """A put in turn; an update every other time, a deletion now and then."""
        yield number % RING, "put"
        if number % 2:
            yield UPDATED, "put" if number == 1 else "update"
        if number % 3 == 0:
            yield DELETED, "delete" if number % 2 else "put"

    def _write(self, slot: int, how: str) -> None:
        marks = {BEAT: {"N": str(len(self.beats))}, _AT: {"S": _now().isoformat()}}
        sent = _now()
        held = None
        if how == "put":
            held = self.items.put(self.items.item(slot) | marks)
        elif how == "update":
            held = self.items.update(
                slot,
                "SET #beat = :beat, #at = :at",
                ExpressionAttributeNames={"#beat": BEAT, "#at": _AT},
                ExpressionAttributeValues={":beat": marks[BEAT], ":at": marks[_AT]},
            )
        else:
            self.items.delete(slot)
        self.beats.append(Beat(len(self.beats), slot, sent, _now(), held))


def _now() -> datetime:
    return datetime.now(UTC)
