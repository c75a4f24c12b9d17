"""What was measured: latency as a histogram, everything else as counts a second."""

import json
import math
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from conformance.load.answers import Answer, Judged, judged
from conformance.load.bodies import Kind, Request
from conformance.load.durations import FINENESS, Samples

STEADY = "steady"


@dataclass(slots=True)
class Second:
    """The counts of one second and table; `sent` and `answered` by when that was."""

    due: int = 0
    due_writes: int = 0
    sent: int = 0
    answered: int = 0
    answered_writes: int = 0
    throttled: int = 0
    failed: int = 0
    latency: dict[int, int] = field(default_factory=dict)

    def add(self, other: "Second") -> None:
        """Take another process's counts in."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for bucket, count in other.latency.items():
            self.latency[bucket] = self.latency.get(bucket, 0) + count


_COUNTS = (
    *("due", "due_writes", "sent", "answered", "answered_writes"),
    *("throttled", "failed"),
)


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


class Told(NamedTuple):
    """One answer."""

    kind: Kind
    latency_ms: float
    problem: str
    """What was wrong with it; empty for a success."""


class Meter:
    """Counts what a transport tells it; one thread tells, others copy."""

    def __init__(
        self, epoch: float, phase_at: Callable[[float], str], every: int = 16
    ) -> None:
        """`epoch` is what the transport's clock needs to be seconds since 1970.

        Consumed capacity is read from one answer in `every`.
        """
        self._epoch = epoch
        self._phase_at = phase_at
        self._every = every
        self._until_parsed = 1
        self.told: deque[Told] | None = None
        """Every answer, if somebody asks for them one by one."""
        self.latency: dict[Kind, Samples] = defaultdict(Samples)
        self.service: dict[Kind, Samples] = defaultdict(Samples)
        self.lag = Samples()
        """How late the generator was by itself."""
        self.seconds: dict[tuple[int, str, str], Second] = defaultdict(Second)
        """By second, phase and table."""
        self.throttles: Counter[tuple[str, str, str, str]] = Counter()
        """By phase, table, index and reason."""
        self.errors: Counter[tuple[str, Kind, str]] = Counter()
        self.samples: dict[str, str] = {}
        """The first message of each error."""
        self.dropped: Counter[tuple[str, str, str]] = Counter()
        """By phase, table and cause: `waiting` or `late`."""
        self.waited: Counter[tuple[str, str]] = Counter()
        self.silence: dict[tuple[str, str], float] = {}
        """The longest time between two answers, by phase and table, in seconds."""
        self._answered_at: dict[tuple[str, str], float] = {}
        self.consumed: dict[tuple[str, str, str], float] = defaultdict(float)
        """Units of the answers that were read, by table, index and use."""
        self.read_answers: Counter[tuple[str, bool]] = Counter()

    def answered(self, sending: Sending, answer: Answer) -> None:
        """A request was answered, or failed."""
        kind, due, ended_at = sending.request.kind, sending.due, sending.ended
        phase = self._phase_at(due)
        second = self._count_sending(sending, phase)
        ended = self._second(ended_at, phase, kind.table, second)
        latency = int((ended_at - due) * 1e6)
        bucket = int(FINENESS * math.log2(latency or 1))
        ended.latency[bucket] = ended.latency.get(bucket, 0) + 1
        if phase == STEADY:
            self.latency[kind].record(latency)
            self.service[kind].record(int((ended_at - sending.sent) * 1e6))
        self._until_parsed -= 1
        outcome = judged(kind, answer, with_capacity=self._until_parsed <= 0)
        if outcome.throttles or outcome.error:
            self._failed(kind, phase, ended, outcome)
        else:
            ended.answered += 1
            ended.answered_writes += kind.writes
            self._listen(phase, kind.table, ended_at)
        if outcome.consumed is not None:
            self._consumed(kind, outcome.consumed)
        if self.told is not None:
            problem = outcome.error or (outcome.throttles and "throttled") or ""
            self.told.append(Told(kind, latency / 1000, problem))

    def _second(
        self, moment: float, phase: str, table: str, near: tuple[int, Second]
    ) -> Second:
        """The counts that a moment belongs to; mostly those that are at hand."""
        number = int(moment + self._epoch)
        return near[1] if number == near[0] else self.seconds[number, phase, table]

    def _failed(self, kind: Kind, phase: str, ended: Second, outcome: Judged) -> None:
        if outcome.throttles:
            ended.throttled += 1
            for index, reason in outcome.throttles:
                self.throttles[phase, kind.table, index, reason] += 1
        else:
            ended.failed += 1
            self.errors[phase, kind, outcome.error] += 1
            self.samples.setdefault(outcome.error, outcome.message)

    def _consumed(self, kind: Kind, consumed: Mapping[str, float]) -> None:
        self._until_parsed = self._every
        self.read_answers[kind.table, kind.writes] += 1
        use = "write" if kind.writes else "read"
        for index, units in consumed.items():
            self.consumed[kind.table, index, use] += units

    def _listen(self, phase: str, table: str, now: float) -> None:
        where = (phase, table)
        silent = now - self._answered_at.get(where, now)
        self._answered_at[where] = now
        if silent > self.silence.get(where, 0.0):
            self.silence[where] = silent

    def not_sent(self, sending: Sending) -> None:
        """A request was due and never sent: all waited for answers, or it was late."""
        phase, kind = self._phase_at(sending.due), sending.request.kind
        at = self.seconds[int(sending.due + self._epoch), phase, kind.table]
        at.due += 1
        at.due_writes += kind.writes
        self.dropped[phase, kind.table, "waiting" if sending.waited else "late"] += 1

    def _count_sending(self, sending: Sending, phase: str) -> tuple[int, Second]:
        """Count when it was due and sent; the second that it was due in."""
        due, sent, kind = sending.due, sending.sent, sending.request.kind
        number = int(due + self._epoch)
        at = self.seconds[number, phase, kind.table]
        at.due += 1
        at.due_writes += kind.writes
        self._second(sent, phase, kind.table, (number, at)).sent += 1
        if sending.waited:
            self.waited[phase, kind.table] += 1
        if phase == STEADY:
            late = (sending.noticed if sending.waited else sent) - due
            self.lag.record(int(late * 1e6))
        return number, at

    def successes(self, table: str, *, writes: bool) -> int:
        """How many of a table's writes or reads succeeded, in all phases."""
        return sum(
            it.answered_writes if writes else it.answered - it.answered_writes
            for (_, _, name), it in self.seconds.items()
            if name == table
        )

    def as_text(self) -> str:
        """Everything, for another process."""
        return json.dumps(
            {
                "latency": _encoded(self.latency),
                "service": _encoded(self.service),
                "lag": list(self.lag.counts.items()),
                "seconds": [
                    [*where, asdict(it) | {"latency": list(it.latency.items())}]
                    for where, it in self.seconds.items()
                ],
                "errors": [
                    [phase, kind.fields, name, count]
                    for (phase, kind, name), count in self.errors.items()
                ],
                "samples": self.samples,
                "silence": [[*where, it] for where, it in self.silence.items()],
            }
            | {name: _listed(getattr(self, name)) for name in _COUNTERS}
        )

    def add(self, text: str) -> None:
        """Take in what another process measured."""
        content = json.loads(text)
        for name in ("latency", "service"):
            for kind, encoded in content[name]:
                getattr(self, name)[Kind(**kind)].add(encoded)
        self.lag.add(content["lag"])
        for second, phase, table, counts in content["seconds"]:
            latency = dict(counts.pop("latency"))
            self.seconds[second, phase, table].add(Second(**counts, latency=latency))
        for phase, kind, name, count in content["errors"]:
            self.errors[phase, Kind(**kind), name] += count
        self.samples = content["samples"] | self.samples
        for phase, table, silent in content["silence"]:
            # Nobody was answered only while no process was.
            known = self.silence.get((phase, table), silent)
            self.silence[phase, table] = min(known, silent)
        for name in _COUNTERS:
            for *where, count in content[name]:
                getattr(self, name)[tuple(where)] += count


_COUNTERS = ("throttles", "dropped", "waited", "consumed", "read_answers")


def _encoded(samples: Mapping[Kind, Samples]) -> list[Any]:
    return [[kind.fields, list(it.counts.items())] for kind, it in samples.items()]


def _listed(counter: Mapping[Any, float]) -> list[list[Any]]:
    return [[*where, count] for where, count in counter.items()]
