"""Requests on their way, and many that have ended, as columns."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from conformance.load.bodies import Kind, Request
from conformance.load.durations import ROUGH, Durations, rough

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
        self.waited = ready != sent
        self.answered = np.ones(len(ended.kinds), bool)
        self.answered[list(ended.problems)] = False
        numbers: dict[tuple[str, Kind], int] = {}
        phases = map(phase_at, due.tolist())
        groups = [
            numbers.setdefault(it, len(numbers))
            for it in zip(phases, ended.kinds, strict=True)
        ]
        self.groups = list(numbers)
        """Every phase and kind that is there."""
        self.group: _Numbers = np.array(groups)
        """Of each request, the number of its own."""
        of_groups = [(phase, kind.table) for phase, kind in self.groups]
        self.tables = list(dict.fromkeys(of_groups))
        """Every phase and table."""
        self.table = self._of_group([self.tables.index(it) for it in of_groups])

    def _of_group(self, values: list[int]) -> _Numbers:
        return np.array(values)[self.group]

    def in_phase(self, name: str) -> NDArray[np.bool_]:
        """Which of the requests were due in a phase."""
        return self._of_group([phase == name for phase, _ in self.groups]) > 0

    def by_second(
        self, moments: _Moments, which: NDArray[np.bool_]
    ) -> Iterator[tuple[int, str, Kind, int]]:
        """Second, phase and kind of these moments, and how often they are there."""
        places = moments.astype(np.int64) * len(self.groups) + self.group
        for place, count in _counted(places[which]):
            second, group = divmod(place, len(self.groups))
            yield second, *self.groups[group], count

    def latencies(self) -> Iterator[tuple[tuple[int, str, str], int, int]]:
        """Second, phase and table, and of their latency each rough one, how often."""
        places = self.ended.astype(np.int64) * len(self.tables) + self.table
        for place, count in _counted(places * ROUGH + rough(self.latency)):
            rest, bucket = divmod(place, ROUGH)
            second, table = divmod(rest, len(self.tables))
            yield (second, *self.tables[table]), bucket, count


def _us(seconds: _Moments) -> Durations:
    return (seconds * 1e6).astype(np.int64)


def _counted(numbers: _Numbers) -> Iterator[tuple[int, int]]:
    """Each number that is there, and how often."""
    found, counts = np.unique(numbers, return_counts=True)
    return zip(found.tolist(), counts.tolist(), strict=True)
