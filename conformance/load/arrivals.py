"""When requests are due: by an absolute plan, whatever became of earlier ones."""

from collections import deque
from collections.abc import Iterable, Iterator
from heapq import heapify, heapreplace
from typing import Protocol

from conformance.load.request_bodies import Request


class Source(Protocol):
    """What a transport sends."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will ever be due."""

    def take(self, now: float) -> Iterable[tuple[float, Request]]:
        """Everything that has become due, each with the moment it was due at."""

    def next_due(self) -> float:
        """The moment that the next request is due at; infinity if nothing is."""


class Arrivals:
    """An open model: arrivals at a rate that may change, through a mix of requests.

    The n-th arrival since the last change is due n/rate after it, so that no delay of
    the generator adds up. Whoever changes the rate may do so from another thread.
    """

    def __init__(self, mix: Iterator[Request]) -> None:
        """Start without arrivals."""
        self._mix = mix
        self._changes: deque[tuple[float, float]] = deque()
        self._rate = 0.0
        self._since = 0.0
        self._arrived = 0
        self._carried = 0.0
        self._closed = False

    def change(self, now: float, rate: float) -> None:
        """From now on, so many arrivals a second."""
        self._changes.append((now, rate))

    def close(self, now: float) -> None:
        """No more arrivals, ever."""
        self._changes.append((now, 0.0))
        self._closed = True

    @property
    def ended(self) -> bool:
        """Whether it was closed and all changes are done."""
        return self._closed and not self._changes

    def take(self, now: float) -> Iterator[tuple[float, Request]]:
        """Everything due by now, in order."""
        while self._changes and self._changes[0][0] <= now:
            moment, rate = self._changes.popleft()
            yield from self._until(moment)
            # The part of an interval that has passed counts at the new rate, too.
            passed = (moment - self._since) * self._rate + self._carried
            self._carried = passed - self._arrived
            self._since, self._rate, self._arrived = moment, rate, 0
        yield from self._until(now)

    def next_due(self) -> float:
        """When the next arrives, or the rate changes."""
        change = self._changes[0][0] if self._changes else float("inf")
        return min(self._next(), change)

    def _next(self) -> float:
        if not self._rate:
            return float("inf")
        return self._since + (self._arrived + 1 - self._carried) / self._rate

    def _until(self, moment: float) -> Iterator[tuple[float, Request]]:
        while (due := self._next()) <= moment:
            self._arrived += 1
            yield due, next(self._mix)


class Once:
    """Each of some requests once, at a steady rate: for seeding and cleaning up."""

    def __init__(self, requests: Iterable[Request], rate: float, now: float) -> None:
        """Begin now."""
        self._requests = deque(requests)
        self._interval = 1 / rate
        self._due = now

    @property
    def ended(self) -> bool:
        """Whether all were taken."""
        return not self._requests

    def take(self, now: float) -> Iterator[tuple[float, Request]]:
        """Everything due by now."""
        while self._requests and self._due <= now:
            yield self._due, self._requests.popleft()
            self._due += self._interval

    def next_due(self) -> float:
        """When the next is due."""
        return self._due if self._requests else float("inf")


def interleaved(shares: Iterable[tuple[Iterator[Request], float]]) -> Iterator[Request]:
    """Requests from several streams, each as often as its share, evenly mixed.

    The n-th request of a stream is due at (n + 0.5) / share: any second has the share
    of each stream, give or take one request, and so has the whole, however long it is.
    """
    streams = [(stream, share) for stream, share in shares if share > 0]
    order = [(0.5 / share, which, 0) for which, (_, share) in enumerate(streams)]
    heapify(order)
    while True:
        _, which, count = order[0]
        stream, share = streams[which]
        heapreplace(order, ((count + 1.5) / share, which, count + 1))
        yield next(stream)
