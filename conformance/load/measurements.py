"""Measurements of a load: latency as histograms, everything else as counts a second."""

import json
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from conformance.load.answers import DONE, Answer, Interpretation, interpret
from conformance.load.in_flight import CompletedBatch, CompletedRequests, InFlight
from conformance.load.latency_histogram import (
    Counts,
    Samples,
    SamplesByKind,
    empty_histogram,
    increment,
)
from conformance.load.request_bodies import Kind

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
    latency: Counts = field(default_factory=empty_histogram)
    """Counts by coarse bucket."""

    def add(self, other: "Second") -> None:
        """Add another process's counts."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.latency += other.latency


_COUNTS = (
    *("due", "due_writes", "sent", "answered", "answered_writes"),
    *("throttled", "failed"),
)


@dataclass(slots=True)
class AnswerTimes:
    """The times at which a table answered, in seconds since 1970."""

    first: float
    last: float
    silence: float = 0.0
    """The longest time between two answers, in seconds."""

    def record(self, moments: list[float]) -> None:
        """Take in later answers, in their order."""
        gaps = (after - before for before, after in pairwise([self.last, *moments]))
        self.silence = max(self.silence, *gaps)
        self.last = moments[-1]

    def add(self, other: "AnswerTimes") -> None:
        """Add the answers to another process.

        The table was silent only while it answered none of the processes. The time
        before a process's first answer and after its last counts as silence for it.
        """
        first, last = min(self.first, other.first), max(self.last, other.last)
        self.silence = min(times.within(first, last) for times in (self, other))
        self.first, self.last = first, last

    def within(self, begin: float, end: float) -> float:
        """Return the longest silence between two moments that enclose all answers."""
        return max(self.silence, self.first - begin, end - self.last)


class Meter:
    """The measurements of one process; one thread counts, others read afterwards."""

    def __init__(
        self, epoch: float, phase_at: Callable[[float], str], every: int = 16
    ) -> None:
        """Start empty; `epoch` turns the transport's clock into seconds since 1970.

        Consumed capacity is read from one answer in `every`.
        """
        self._epoch = epoch
        self._phase_at = phase_at
        self._every = every
        self._until_parsed = 1
        self._unsettled = CompletedRequests()
        self._settled = 0.0
        self.completed_queue: deque[CompletedRequests] | None = None
        """Completed requests for a reader, if there is one; it takes them away."""
        self.latency = SamplesByKind()
        self.service = SamplesByKind()
        self.lag = Samples()
        """The lateness of the generator itself."""
        self.seconds: dict[tuple[int, str, str], Second] = defaultdict(Second)
        """Counts by second, phase and table."""
        self.throttles: Counter[tuple[str, str, str, str]] = Counter()
        """Counts by phase, table, index and reason."""
        self.errors: Counter[tuple[str, Kind, str]] = Counter()
        self.samples: dict[str, str] = {}
        """The first message of each error."""
        self.dropped: Counter[tuple[str, str, str]] = Counter()
        """Counts by phase, table and cause: `waiting` or `late`."""
        self.answer_times: dict[tuple[str, str], AnswerTimes] = {}
        """Times of successes, by phase and table."""
        self.consumed: dict[tuple[str, str, str], float] = defaultdict(float)
        """Units of the answers that were read, by table, index and use."""
        self.read_answers: Counter[tuple[str, bool]] = Counter()

    def answered(self, in_flight: InFlight, answer: Answer) -> None:
        """Keep a request that was answered, or failed, until `settle` counts it."""
        self._until_parsed -= 1
        kind = in_flight.request.kind
        outcome = interpret(kind, answer, with_capacity=self._until_parsed <= 0)
        if outcome is not DONE:
            self._record_exception(in_flight, outcome)
        self._unsettled.append(in_flight)

    def _record_exception(self, in_flight: InFlight, outcome: Interpretation) -> None:
        """Count what is seldom: a failure, or capacity that was read."""
        if problem := outcome.problem:
            self._unsettled.problems[len(self._unsettled.kinds)] = problem
            self._failed(in_flight, outcome)
        if outcome.consumed is not None:
            self._consumed(in_flight.request.kind, outcome.consumed)

    def _failed(self, in_flight: InFlight, outcome: Interpretation) -> None:
        kind, phase = in_flight.request.kind, self._phase_at(in_flight.due)
        at = self.seconds[int(in_flight.ended + self._epoch), phase, kind.table]
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
        completed, self._unsettled = self._unsettled, CompletedRequests()
        if not completed.kinds:
            return
        batch = CompletedBatch(completed, self._epoch, self._phase_at)
        self._count(batch)
        self._record_answer_times(batch)
        kinds, steady = batch.kinds, batch.in_phase(STEADY)
        self.latency.record(kinds, batch.kind[steady], batch.latency[steady])
        self.service.record(kinds, batch.kind[steady], batch.service[steady])
        self.lag.record(batch.late[steady])
        if self.completed_queue is not None:
            self.completed_queue.append(completed)

    def _count(self, batch: CompletedBatch) -> None:
        """Count by second, phase and table."""
        every = np.ones_like(batch.answered)
        for moments, which, names in (
            (batch.due, every, ("due", "due_writes")),
            (batch.sent, every, ("sent",)),
            (batch.ended, batch.answered, ("answered", "answered_writes")),
        ):
            for second, group, often in batch.groups_by_second(moments, which):
                phase, table, writes = group
                at = self.seconds[second, phase, table]
                for name in names[: 1 + writes]:
                    setattr(at, name, getattr(at, name) + often)
        for second, (phase, table), buckets in batch.latencies_by_second():
            increment(self.seconds[second, phase, table].latency, buckets)

    def _record_answer_times(self, batch: CompletedBatch) -> None:
        """Take in when each table answered."""
        for number, where in enumerate(batch.tables):
            ended = batch.ended[batch.answered & (batch.table == number)].tolist()
            if ended:
                first = AnswerTimes(ended[0], ended[0])
                self.answer_times.setdefault(where, first).record(ended)

    def not_sent(self, in_flight: InFlight) -> None:
        """Count a request that was never sent, by its cause.

        All connections waited for answers, or the generator was late.
        """
        phase, kind = self._phase_at(in_flight.due), in_flight.request.kind
        at = self.seconds[int(in_flight.due + self._epoch), phase, kind.table]
        at.due += 1
        at.due_writes += kind.writes
        self.dropped[phase, kind.table, "waiting" if in_flight.waited else "late"] += 1

    def successes(self, table: str, *, writes: bool) -> int:
        """Return how many of a table's writes or reads succeeded, in all phases."""
        total = Second()
        for (_, _, name), counts in self.seconds.items():
            if name == table:
                total.add(counts)
        return (
            total.answered_writes if writes else total.answered - total.answered_writes
        )

    def as_text(self) -> str:
        """Return everything as text, for another process."""
        return json.dumps(
            {
                "latency": _encoded(self.latency),
                "service": _encoded(self.service),
                "lag": _pairs(self.lag),
                "seconds": [
                    [
                        *where,
                        [getattr(counts, name) for name in _COUNTS],
                        list(_seen(counts.latency)),
                    ]
                    for where, counts in self.seconds.items()
                ],
                "errors": [
                    [phase, kind, name, count]
                    for (phase, kind, name), count in self.errors.items()
                ],
                "samples": self.samples,
                "answer_times": [
                    [*where, *astuple(times)]
                    for where, times in self.answer_times.items()
                ],
            }
            | {name: _listed(getattr(self, name)) for name in _COUNTERS}
        )

    def add(self, text: str) -> None:
        """Add what another process measured."""
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
        for phase, table, *moments in content["answer_times"]:
            times = AnswerTimes(*moments)
            self.answer_times.setdefault((phase, table), times).add(times)
        for name in _COUNTERS:
            for *where, count in content[name]:
                getattr(self, name)[tuple(where)] += count


_COUNTERS = ("throttles", "dropped", "consumed", "read_answers")


def _encoded(samples: Mapping[Kind, Samples]) -> list[Any]:
    return [[kind, _pairs(of_kind)] for kind, of_kind in samples.items()]


def _seen(counts: Counts) -> Iterator[tuple[int, int]]:
    """Yield each bucket that is not empty, with its count."""
    return ((int(place), int(counts[place])) for place in np.flatnonzero(counts))


def _pairs(samples: Samples) -> list[tuple[int, int]]:
    return list(samples.counts.items())


def _listed(counter: Mapping[Any, float]) -> list[list[Any]]:
    return [[*where, count] for where, count in counter.items()]
