"""Requests on their way, and many that have ended, as columns."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from conformance.load.durations import Durations, rough
from conformance.load.request_bodies import Kind, Request

Side = tuple[str, str, bool]
"""Phase, table, and whether it is the writes of it."""
_Key = TypeVar("_Key")
_Numbers = NDArray[np.int64]
_Moments = NDArray[np.float64]


@dataclass(slots=True)
class Sending:
    """One request on its way; its moments are seconds of the transport's clock."""

    request: Request
    due: float
    noticed: float
    """When the generator came to it."""
    sent: float = 0.0
    ended: float = 0.0
    waited: bool = False
    """It was noticed in time, and every connection was waiting for an answer."""
    repeated: bool = False
    """The connection it was sent on had just been closed: it is sent once more."""


class Ended:
    """Requests that have ended, as columns; that takes little memory and no time."""

    def __init__(self) -> None:
        """None yet."""
        self.kinds: list[Kind] = []
        self.moments = array("d")
        """For each: due, sent, ended, and ready to be sent, all by the same clock."""
        self.problems: dict[int, str] = {}
        """What was wrong with those that failed, by their place."""

    def append(self, sending: Sending) -> None:
        """One more."""
        self.kinds.append(sending.request.kind)
        due, sent = sending.due, sending.sent
        ready = sending.noticed if sending.waited else sent
        self.moments.extend((due, sent, sending.ended, ready))

    def by_moment(self) -> _Moments:
        """Rows of the four moments."""
        return np.frombuffer(self.moments).reshape(-1, 4).T

    def latencies_ms(self) -> list[float]:
        """Of each, from when it was due."""
        due, _, ended, _ = self.by_moment()
        latencies: list[float] = ((ended - due) * 1000).tolist()
        return latencies


class Batch:
    """The same, ready to be counted."""

    def __init__(
        self, ended: Ended, epoch: float, phase_at: Callable[[float], str]
    ) -> None:
        """With `epoch`, moments become seconds since 1970; not so for `phase_at`."""
        moments = ended.by_moment()
        self.due, self.sent, self.ended, _ = moments + epoch
        due, sent, end, ready = moments
        self.latency = _us(end - due)
        self.service = _us(end - sent)
        self.late = _us(ready - due)
        """How late the generator was by itself."""
        self.answered = np.ones(len(ended.kinds), bool)
        self.answered[list(ended.problems)] = False
        phases = map(phase_at, due.tolist())
        groups, group = _numbered(zip(phases, ended.kinds, strict=True))
        self.kinds = [kind for _, kind in groups]
        """Every kind in every phase."""
        self.kind: _Numbers = np.array(group)
        """Of each request, the number of its own."""
        self._phases = [phase for phase, _ in groups]
        sides = [(phase, kind.table, kind.writes) for phase, kind in groups]
        self.sides, side = _numbered(sides)
        """Every phase, table, and whether it is its writes."""
        self._side = np.array(side)[self.kind]
        self.tables, table = _numbered(it[:2] for it in sides)
        """Every phase and table."""
        self.table = np.array(table)[self.kind]

    def in_phase(self, name: str) -> NDArray[np.bool_]:
        """Which were due in a phase."""
        return np.array([it == name for it in self._phases])[self.kind]

    def sides_by_second(
        self, moments: _Moments, which: NDArray[np.bool_]
    ) -> Iterator[tuple[int, Side, int]]:
        """In which seconds these moments are, by side, and how many."""
        places = moments.astype(np.int64) * len(self.sides) + self._side
        found, counts = np.unique(places[which], return_counts=True)
        for place, count in zip(found.tolist(), counts.tolist(), strict=True):
            second, side = divmod(place, len(self.sides))
            yield second, self.sides[side], count

    def latencies_by_second(self) -> Iterator[tuple[int, tuple[str, str], _Numbers]]:
        """The rough latencies of what ended in each second, by phase and table."""
        latency = rough(self.latency)
        places = self.ended.astype(np.int64) * len(self.tables) + self.table
        for place in np.unique(places).tolist():
            second, table = divmod(place, len(self.tables))
            yield second, self.tables[table], latency[places == place]


def _us(seconds: _Moments) -> Durations:
    return (seconds * 1e6).astype(np.int64)


def _numbered(keys: Iterable[_Key]) -> tuple[list[_Key], list[int]]:
    """Each key once, and of all keys their numbers."""
    numbers: dict[_Key, int] = {}
    each = [numbers.setdefault(it, len(numbers)) for it in keys]
    return list(numbers), each
