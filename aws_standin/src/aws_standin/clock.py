"""The stand-in's own time: real, shifted, or stopped; and what happens by itself.

Everything that depends on time asks `Clock.now()`.  State is computed from stored
times when somebody looks; `Clock.every` is for the few things that must happen
although nobody looks (schedules, alarms, deliveries).  All of them share one thread,
and are also run whenever the clock is set, before that call is answered.
"""

import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

Work = Callable[[], None]


@dataclass
class _Repeated:
    seconds: float
    work: Work
    due: float = 0.0


@dataclass
class Clock:
    """The time of the stand-in, in UTC."""

    offset: timedelta = timedelta()
    stopped_at: datetime | None = None
    _repeated: list[_Repeated] = field(default_factory=list)
    _running: threading.Lock = field(default_factory=threading.Lock)
    _ticker: threading.Thread | None = None
    _end: threading.Event = field(default_factory=threading.Event)

    def now(self) -> datetime:
        """Return the stand-in's present, with its time zone."""
        return self.stopped_at or datetime.now(UTC) + self.offset

    def set(self, moment: datetime, *, stopped: bool = False) -> None:
        """Make it `moment` now; from there time passes, unless stopped."""
        self.offset = moment - datetime.now(UTC)
        self.stopped_at = moment if stopped else None
        self.run_all()

    def shift(self, seconds: float) -> None:
        """Move the present; a stopped clock stays stopped."""
        step = timedelta(seconds=seconds)
        self.offset += step
        if self.stopped_at:
            self.stopped_at += step
        self.run_all()

    def reset(self) -> None:
        """Go back to real time."""
        self.offset, self.stopped_at = timedelta(), None
        self.run_all()

    def every(self, seconds: float, work: Work) -> None:
        """Do `work` every so many real seconds, and when the clock is set.

        It runs under one lock, never twice at a time; it must be quick, and look
        at `now()` itself to see what is due.
        """
        self._repeated.append(_Repeated(seconds, work))

    def run_all(self) -> None:
        """Do all repeated work once, now."""
        with self._running:
            for one in self._repeated:
                _attempt(one)

    def start(self) -> None:
        """Start the ticker thread, if there is anything to repeat."""
        if self._repeated and not self._ticker:
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()

    def stop(self) -> None:
        """End the ticker thread."""
        self._end.set()
        if self._ticker:
            self._ticker.join(timeout=5)

    def _tick(self) -> None:
        pause = min(one.seconds for one in self._repeated)
        while not self._end.wait(pause):
            with self._running:
                for one in self._repeated:
                    if time.monotonic() >= one.due:
                        _attempt(one)


def _attempt(one: _Repeated) -> None:
    one.due = time.monotonic() + one.seconds
    try:
        one.work()
    except Exception:  # noqa: BLE001 - one failing behaviour must not stop the others
        traceback.print_exc(file=sys.stderr)
