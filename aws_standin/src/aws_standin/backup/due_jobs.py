"""Future events in the order of their due times: a small discrete-event agenda."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

Work = Callable[[datetime], None]
"""Gets the time it was due at."""


@dataclass
class Agenda:
    """Work with due times; running it may add more, which may be due at once."""

    _entries: list[tuple[datetime, int, Work]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def add(self, due: datetime, work: Work) -> None:
        """Do ``work`` once the time is ``due``; equal times keep their order."""
        heapq.heappush(self._entries, (due, next(self._order), work))

    def run(self, now: datetime, limit: int = 20_000) -> int:
        """Do what is due by ``now``, oldest first, and return how much it was.

        Stops after ``limit`` pieces; the rest is done by the next call.
        """
        done = 0
        while self._entries and self._entries[0][0] <= now and done < limit:
            due, _, work = heapq.heappop(self._entries)
            work(due)
            done += 1
        return done
