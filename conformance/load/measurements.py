"""What was measured: latency as a histogram, everything else as counts a second."""

import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, field
from typing import Any

import numpy as np

from conformance.load.answers import DONE, Answer, Judged, judged
from conformance.load.durations import Counts, Samples, SamplesByKind, no_rough, tally
from conformance.load.in_flight import Batch, Ended, Sending
from conformance.load.request_bodies import Kind
from conformance.load.silence import Answers

STEADY = "steady"
_SETTLE_EVERY_S = 0.04


@dataclass(slots=True, eq=False)
class Second:
    """The counts of one second and table; `sent` and `answered` by when that was."""

    due: int = 0
    due_writes: int = 0
    sent: int = 0
    answered: int = 0
    answered_writes: int = 0
    throttled: int = 0
    failed: int = 0
    latency: Counts = field(default_factory=no_rough)
    """By `rough` bucket."""

    def add(self, other: "Second") -> None:
        """Take another process's counts in."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.latency += other.latency


_COUNTS = (
    *("due", "due_writes", "sent", "answered", "answered_writes"),
    *("throttled", "failed"),
)


class Meter:
    """Counts what a transport tells it in one thread; others read when that is over."""

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
        self._unsettled = Ended()
        self._settled = 0.0
        self.told: deque[Ended] | None = None
        """What has ended since somebody took it from here, if somebody does."""
        self.latency = SamplesByKind()
        self.service = SamplesByKind()
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
        self.heard: dict[tuple[str, str], Answers] = {}
        """Successes only, by phase and table."""
        self.consumed: dict[tuple[str, str, str], float] = defaultdict(float)
        """Units of the answers that were read, by table, index and use."""
        self.read_answers: Counter[tuple[str, bool]] = Counter()

    def answered(self, sending: Sending, answer: Answer) -> None:
        """A request was answered, or failed; `settle` counts it."""
        self._until_parsed -= 1
        kind = sending.request.kind
        outcome = judged(kind, answer, with_capacity=self._until_parsed <= 0)
        if outcome is not DONE:
            self._note(sending, outcome)
        self._unsettled.append(sending)

    def _note(self, sending: Sending, outcome: Judged) -> None:
        """What is seldom: a failure, or capacity that was read."""
        if problem := outcome.problem:
            self._unsettled.problems[len(self._unsettled.kinds)] = problem
            self._failed(sending, outcome)
        if outcome.consumed is not None:
            self._consumed(sending.request.kind, outcome.consumed)

    def _failed(self, sending: Sending, outcome: Judged) -> None:
        kind, phase = sending.request.kind, self._phase_at(sending.due)
        at = self.seconds[int(sending.ended + self._epoch), phase, kind.table]
        if outcome.throttles:
            at.throttled += 1
            for index, reason in outcome.throttles:
                self.throttles[phase, kind.table, index, reason] += 1
        else:
            at.failed += 1
            self.errors[phase, kind, outcome.error] += 1
            self.samples.setdefault(outcome.error, outcome.message)

    def _consumed(self, kind: Kind, consumed: Mapping[str, float]) -> None:
        self._until_parsed = self._every
        self.read_answers[kind.table, kind.writes] += 1
        use = "write" if kind.writes else "read"
        for index, units in consumed.items():
            self.consumed[kind.table, index, use] += units

    def settle(self, now: float | None = None) -> None:
        """Count what has ended since the last time, unless that was just before.

        All at once, as one by one would take five times as long.
        """
        if now is not None:
            if now - self._settled < _SETTLE_EVERY_S:
                return
            self._settled = now
        ended, self._unsettled = self._unsettled, Ended()
        if not ended.kinds:
            return
        batch = Batch(ended, self._epoch, self._phase_at)
        self._count(batch)
        self._listen(batch)
        kinds, steady = batch.kinds, batch.in_phase(STEADY)
        self.latency.record(kinds, batch.kind[steady], batch.latency[steady])
        self.service.record(kinds, batch.kind[steady], batch.service[steady])
        self.lag.record(batch.late[steady])
        if self.told is not None:
            self.told.append(ended)

    def _count(self, batch: Batch) -> None:
        """How many, by second, phase and table."""
        every = np.ones_like(batch.answered)
        for moments, which, names in (
            (batch.due, every, ("due", "due_writes")),
            (batch.sent, every, ("sent",)),
            (batch.ended, batch.answered, ("answered", "answered_writes")),
        ):
            for second, side, often in batch.sides_by_second(moments, which):
                phase, table, writes = side
                at = self.seconds[second, phase, table]
                for name in names[: 1 + writes]:
                    setattr(at, name, getattr(at, name) + often)
        for second, (phase, table), rough in batch.latencies_by_second():
            tally(self.seconds[second, phase, table].latency, rough)

    def _listen(self, batch: Batch) -> None:
        """When each table answered."""
        for number, where in enumerate(batch.tables):
            ended = batch.ended[batch.answered & (batch.table == number)].tolist()
            if ended:
                heard = self.heard.setdefault(where, Answers(ended[0], ended[0]))
                heard.heard(ended)

    def not_sent(self, sending: Sending) -> None:
        """A request was due and never sent: all waited for answers, or it was late."""
        phase, kind = self._phase_at(sending.due), sending.request.kind
        at = self.seconds[int(sending.due + self._epoch), phase, kind.table]
        at.due += 1
        at.due_writes += kind.writes
        self.dropped[phase, kind.table, "waiting" if sending.waited else "late"] += 1

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
                "lag": _pairs(self.lag),
                "seconds": [
                    [
                        *where,
                        [getattr(it, name) for name in _COUNTS],
                        list(_seen(it.latency)),
                    ]
                    for where, it in self.seconds.items()
                ],
                "errors": [
                    [phase, kind, name, count]
                    for (phase, kind, name), count in self.errors.items()
                ],
                "samples": self.samples,
                "heard": [[*where, *astuple(it)] for where, it in self.heard.items()],
            }
            | {name: _listed(getattr(self, name)) for name in _COUNTERS}
        )

    def add(self, text: str) -> None:
        """Take in what another process measured."""
        content = json.loads(text)
        for name in ("latency", "service"):
            for kind, encoded in content[name]:
                getattr(self, name).add(Kind(*kind), encoded)
        self.lag.add(content["lag"])
        for second, phase, table, counts, latency in content["seconds"]:
            at = self.seconds[second, phase, table]
            at.add(Second(*counts))
            for bucket, count in latency:
                at.latency[bucket] += count
        for phase, kind, name, count in content["errors"]:
            self.errors[phase, Kind(*kind), name] += count
        self.samples = content["samples"] | self.samples
        for phase, table, *moments in content["heard"]:
            heard = Answers(*moments)
            self.heard.setdefault((phase, table), heard).add(heard)
        for name in _COUNTERS:
            for *where, count in content[name]:
                getattr(self, name)[tuple(where)] += count


_COUNTERS = ("throttles", "dropped", "consumed", "read_answers")


def _encoded(samples: Mapping[Kind, Samples]) -> list[Any]:
    return [[kind, _pairs(it)] for kind, it in samples.items()]


def _seen(counts: Counts) -> Iterator[tuple[int, int]]:
    """Each bucket that is not empty."""
    return ((int(it), int(counts[it])) for it in np.flatnonzero(counts))


def _pairs(samples: Samples) -> list[tuple[int, int]]:
    return list(samples.counts.items())


def _listed(counter: Mapping[Any, float]) -> list[list[Any]]:
    return [[*where, count] for where, count in counter.items()]
