"""A writer of test items at a known rate, and the log of its acknowledged writes."""

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
"""The number of slots that are put in turn; two more are updated and deleted."""
UPDATED, DELETED = RING, RING + 1
NUMBER = "conformance_beat"
"""The attribute that holds the number of a write."""
_SENT_AT = "conformance_beat_at"
Item = dict[str, Any]


@dataclass(frozen=True)
class Write:
    """One acknowledged write."""

    number: int
    slot: int
    sent: datetime
    acknowledged: datetime
    item: Item | None
    """The item in the slot since then, in canonical form; None once it is deleted."""


@dataclass(frozen=True)
class WriteLog:
    """The acknowledged writes of one table, in order."""

    writes: tuple[Write, ...]

    def allowed(self, first: datetime, last: datetime) -> dict[int, list[Item | None]]:
        """Return what each slot may hold in a restore to a moment between the two.

        What was acknowledged before the first must be there unless it was replaced;
        what was sent after the last must not.
        """
        held: dict[int, list[Item | None]] = {}
        for write in self.writes:
            if write.acknowledged <= first:
                held[write.slot] = [write.item]
            elif write.sent < last:
                held.setdefault(write.slot, [None]).append(write.item)
            else:
                held.setdefault(write.slot, [None])
        return held

    def newest(self, found: dict[int, Item]) -> Write | None:
        """Return the newest write that came back."""
        restored = (
            write
            for write in self.writes
            if write.item and found.get(write.slot) == write.item
        )
        return max(restored, key=lambda write: write.number, default=None)

    def first_lost(self, newest: Write | None) -> Write | None:
        """Return the first write after the newest that came back."""
        number = newest.number if newest else -1
        return next((write for write in self.writes if write.number > number), None)


@dataclass
class NumberedWriter:
    """A writer that puts, updates and deletes items of one table until stopped."""

    items: Items
    writes_per_s: float
    writes: list[Write] = field(default_factory=list)
    error: UnreadableError | None = None
    """The error that ended it before it was stopped."""
    _over: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        """Write in a thread until stopped."""
        run = copy_context().run
        self._thread = Thread(target=run, args=(self._run,), daemon=True)
        self._thread.start()

    def stop(self) -> WriteLog:
        """Write no more, and return what was acknowledged.

        Raises:
            UnreadableError: a write was refused or not answered.
        """
        self._over.set()
        if self._thread:
            self._thread.join()
        if self.error:
            raise self.error
        return WriteLog(tuple(self.writes))

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
                for slot, how in self._steps(next(numbers)):
                    self._write(slot, how)
                pause_until(began + len(self.writes) / self.writes_per_s)
        except UnreadableError as problem:
            self.error = problem

    def _steps(self, number: int) -> Iterator[tuple[int, str]]:
        """Yield a put in turn, every other time an update, every third a deletion."""
        yield number % RING, "put"
        if number % 2:
            yield UPDATED, "put" if number == 1 else "update"
        if number % 3 == 0:
            yield DELETED, "delete" if number % 2 else "put"

    def _write(self, slot: int, how: str) -> None:
        marks = {
            NUMBER: {"N": str(len(self.writes))},
            _SENT_AT: {"S": _now().isoformat()},
        }
        sent = _now()
        held = None
        if how == "put":
            held = self.items.put(self.items.item(slot) | marks)
        elif how == "update":
            held = self.items.update(
                slot,
                "SET #number = :number, #at = :at",
                ExpressionAttributeNames={"#number": NUMBER, "#at": _SENT_AT},
                ExpressionAttributeValues={
                    ":number": marks[NUMBER],
                    ":at": marks[_SENT_AT],
                },
            )
        else:
            self.items.delete(slot)
        self.writes.append(Write(len(self.writes), slot, sent, _now(), held))


def _now() -> datetime:
    return datetime.now(UTC)
