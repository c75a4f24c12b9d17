"""Due times of requests, on an absolute schedule that no earlier request shifts."""

from collections import deque
from collections.abc import Iterable, Iterator
from heapq import heapify, heapreplace
from typing import Protocol

from conformance.load.request_bodies import Request


class RequestSource(Protocol):
    """The requests that a sender sends."""

    @property
    def ended(self) -> bool:
        """Return True once nothing more will ever be due."""

    def take(self, now: float) -> Iterable[tuple[float, Request]]:
        """Return everything that has become due, with the moment it was due at."""

    def next_due(self) -> float:
        """Return the moment of the next request; infinity if none will be due."""


class Arrivals:
    """Arrivals of an open model: at a rate that may change, through a mix of requests.

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
        """Change the rate to so many arrivals a second."""
        self._changes.append((now, rate))

    def close(self, now: float) -> None:
        """End the arrivals."""
        self._changes.append((now, 0.0))
        self._closed = True

    @property
    def ended(self) -> bool:
        """Return True once it was closed and all changes are done."""
        return self._closed and not self._changes

    def take(self, now: float) -> Iterator[tuple[float, Request]]:
        """Yield everything that is due by now, in order."""
        while self._changes and self._changes[0][0] <= now:
            moment, rate = self._changes.popleft()
            yield from self._until(moment)
            # The part of an interval that has passed counts at the new rate, too.
            passed = (moment - self._since) * self._rate + self._carried
            self._carried = passed - self._arrived
            self._since, self._rate, self._arrived = moment, rate, 0
        yield from self._until(now)

    def next_due(self) -> float:
        """Return the moment of the next arrival or change of rate."""
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


class FixedRate:
    """Requests that are each sent once, at a fixed rate, to seed and to clean up."""

    def __init__(self, requests: Iterable[Request], rate: float, now: float) -> None:
        """Start at the moment `now`."""
        self._requests = deque(requests)
        self._interval = 1 / rate
        self._due = now

    @property
    def ended(self) -> bool:
        """Return True once all were taken."""
        return not self._requests

    def take(self, now: float) -> Iterator[tuple[float, Request]]:
        """Yield everything that is due by now."""
        while self._requests and self._due <= now:
            yield self._due, self._requests.popleft()
            self._due += self._interval

    def next_due(self) -> float:
        """Return the moment of the next request."""
        return self._due if self._requests else float("inf")


def interleaved(shares: Iterable[tuple[Iterator[Request], float]]) -> Iterator[Request]:
    """Mix requests from several streams evenly, each as often as its share.

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
