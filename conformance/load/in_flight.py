"""Requests on their way, and many completed ones as columns."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from conformance.load.latency_histogram import Durations, coarse_bucket
from conformance.load.request_bodies import Kind, Request

Group = tuple[str, str, bool]
"""Phase, table, and True for its writes, False for its reads."""
_Key = TypeVar("_Key")
_Numbers = NDArray[np.int64]
_Moments = NDArray[np.float64]


@dataclass(slots=True)
class InFlight:
    """One request on its way; its moments are seconds of the transport's clock."""

    request: Request
    due: float
    noticed: float
    """The moment when the generator came to it."""
    sent: float = 0.0
    ended: float = 0.0
    waited: bool = False
    """It was noticed in time, and every connection was waiting for an answer."""
    repeated: bool = False
    """The connection it was sent on had just been closed: it is sent once more."""


class CompletedRequests:
    """Completed requests as columns, which take little memory and little time."""

    def __init__(self) -> None:
        """Start empty."""
        self.kinds: list[Kind] = []
        self.moments = array("d")
        """Four by request: due, sent, ended, and ready to be sent, by one clock."""
        self.problems: dict[int, str] = {}
        """The problems of failed requests, by their place."""

    def append(self, in_flight: InFlight) -> None:
        """Add a request."""
        self.kinds.append(in_flight.request.kind)
        due, sent = in_flight.due, in_flight.sent
        ready = in_flight.noticed if in_flight.waited else sent
        self.moments.extend((due, sent, in_flight.ended, ready))

    def by_moment(self) -> _Moments:
        """Return a row for each of the four moments."""
        return np.frombuffer(self.moments).reshape(-1, 4).T

    def latencies_ms(self) -> list[float]:
        """Return the latency of each request, from when it was due."""
        due, _, ended, _ = self.by_moment()
        latencies: list[float] = ((ended - due) * 1000).tolist()
        return latencies


class CompletedBatch:
    """Completed requests with their phases and groups, ready to be counted."""

    def __init__(
        self,
        completed: CompletedRequests,
        epoch: float,
        phase_at: Callable[[float], str],
    ) -> None:
        """Group the requests; `epoch` turns moments into seconds since 1970.

        `phase_at` takes a moment of the transport's clock.
        """
        moments = completed.by_moment()
        self.due, self.sent, self.ended, _ = moments + epoch
        due, sent, end, ready = moments
        self.latency = _us(end - due)
        self.service = _us(end - sent)
        self.late = _us(ready - due)
        """The lateness of the generator itself."""
        self.answered = np.ones(len(completed.kinds), bool)
        self.answered[list(completed.problems)] = False
        phases = map(phase_at, due.tolist())
        pairs, pair = _enumerated(zip(phases, completed.kinds, strict=True))
        self.kinds = [kind for _, kind in pairs]
        """Every kind in every phase."""
        self.kind: _Numbers = np.array(pair)
        """The number in `kinds` of each request's own."""
        self._phases = [phase for phase, _ in pairs]
        groups = [(phase, kind.table, kind.writes) for phase, kind in pairs]
        self.groups, group = _enumerated(groups)
        self._group = np.array(group)[self.kind]
        self.tables, table = _enumerated(group[:2] for group in groups)
        """Every phase and table."""
        self.table = np.array(table)[self.kind]

    def in_phase(self, name: str) -> NDArray[np.bool_]:
        """Mark the requests that were due in a phase."""
        return np.array([phase == name for phase in self._phases])[self.kind]

    def groups_by_second(
        self, moments: _Moments, which: NDArray[np.bool_]
    ) -> Iterator[tuple[int, Group, int]]:
        """Yield each second that has such moments, with the group and the count."""
        places = moments.astype(np.int64) * len(self.groups) + self._group
        found, counts = np.unique(places[which], return_counts=True)
        for place, count in zip(found.tolist(), counts.tolist(), strict=True):
            second, group = divmod(place, len(self.groups))
            yield second, self.groups[group], count

    def latencies_by_second(self) -> Iterator[tuple[int, tuple[str, str], _Numbers]]:
        """Yield the coarse buckets of latency by second, phase and table."""
        latency = coarse_bucket(self.latency)
        places = self.ended.astype(np.int64) * len(self.tables) + self.table
        for place in np.unique(places).tolist():
            second, table = divmod(place, len(self.tables))
            yield second, self.tables[table], latency[places == place]


def _us(seconds: _Moments) -> Durations:
    return (seconds * 1e6).astype(np.int64)


def _enumerated(keys: Iterable[_Key]) -> tuple[list[_Key], list[int]]:
    """Return the distinct keys, and for each key its number among them."""
    numbers: dict[_Key, int] = {}
    numbered = [numbers.setdefault(key, len(numbers)) for key in keys]
    return list(numbers), numbered
