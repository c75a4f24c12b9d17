"""What a load counts many at a time is what one would count by hand."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.load.answers import Answer
from conformance.load.in_flight import InFlight
from conformance.load.latency_histogram import (
    Samples,
    coarse_bucket,
    empty_histogram,
    increment,
    percentile_ms,
)
from conformance.load.measurements import STEADY, AnswerTimes, Meter
from conformance.load.request_bodies import Kind, Request

KINDS = [
    Kind("orders", "get", "GetItem"),
    Kind("orders", "put", "PutItem"),
    Kind("users", "query", "Query", "byEmail"),
]
FOUND = {
    "get": b'{"Item":{}}',
    "put": b"{}",
    "query": b'{"Items":[{}],"Count":1}',
}
EPOCH = 1_000_000.0
STEADY_FROM = 2.0
moments = st.integers(0, 4_000_000).map(lambda us: us / 1e6)
sendings = st.builds(
    lambda *drawn: drawn,
    st.sampled_from(KINDS),
    moments,
    st.tuples(*[st.integers(0, 2_000_000).map(lambda us: us / 1e6)] * 3),
    st.booleans(),
    st.booleans(),
)


def _phase_at(due):
    return STEADY if due >= STEADY_FROM else "warm-up"


def _told(drawn):
    """Requests in the order in which they ended, each with its answer."""
    for kind, due, (noticed, sent, ended), waited, fails in drawn:
        in_flight = InFlight(Request(kind, (b"",)), due, due + noticed)
        in_flight.sent = in_flight.noticed + sent
        in_flight.ended = in_flight.sent + ended
        in_flight.waited = waited
        yield (
            in_flight,
            Answer(500, b"") if fails else Answer(200, FOUND[kind.operation]),
        )


class _ByHand:
    """The same requests, counted one by one."""

    def __init__(self, told):
        self.counts, self.ends = Counter(), defaultdict(list)
        self.latency, self.service, self.lag = Counter(), Counter(), Counter()
        for in_flight, answer in told:
            phase = _phase_at(in_flight.due)
            self._in_seconds(in_flight, phase, answer)
            if answer.ok:
                where = phase, in_flight.request.kind.table
                self.ends[where].append(in_flight.ended)
            if phase == STEADY:
                self._in_steady(in_flight)

    def _in_seconds(self, in_flight, phase, answer):
        kind = in_flight.request.kind
        for name, moment, counted in (
            ("due", in_flight.due, True),
            ("sent", in_flight.sent, True),
            ("answered", in_flight.ended, answer.ok),
            ("failed", in_flight.ended, not answer.ok),
        ):
            where = (int(moment + EPOCH), phase, kind.table)
            self.counts[name, where] += counted
            self.counts[f"{name}_writes", where] += counted and kind.operation == "put"

    def _in_steady(self, in_flight):
        kind = in_flight.request.kind
        self.latency[kind, _bucket(in_flight.ended - in_flight.due)] += 1
        self.service[kind, _bucket(in_flight.ended - in_flight.sent)] += 1
        waits = in_flight.waited and in_flight.noticed != in_flight.sent
        late = (in_flight.noticed if waits else in_flight.sent) - in_flight.due
        self.lag[_bucket(late)] += 1


@given(st.lists(sendings, max_size=60), st.integers(1, 20))
def test_counting_together_changes_nothing(drawn, at_a_time):
    """Seconds, samples, waits and silence, however many were counted at a time."""
    told = sorted(_told(drawn), key=lambda pair: pair[0].ended)
    meter = Meter(EPOCH, _phase_at)
    for number, (in_flight, answer) in enumerate(told):
        meter.answered(in_flight, answer)
        if number % at_a_time == 0:
            meter.settle()
    meter.settle()

    by_hand = _ByHand(told)
    for where, second in meter.seconds.items():
        for name in ("due", "due_writes", "sent", "answered", "answered_writes"):
            assert getattr(second, name) == by_hand.counts[name, where]
        assert second.failed == by_hand.counts["failed", where]
    assert {where for _, where in by_hand.counts} == set(meter.seconds)
    ended = sum(second.latency.sum() for second in meter.seconds.values())
    assert ended == len(told)
    assert set(meter.latency) == {kind for kind, _ in by_hand.latency}
    assert _by_kind(meter.latency) == by_hand.latency
    assert _by_kind(meter.service) == by_hand.service
    assert meter.lag.counts == by_hand.lag
    for where, found in by_hand.ends.items():
        gaps = [b - a for a, b in pairwise(found)]
        assert abs(meter.answer_times[where].silence - max(gaps, default=0.0)) < 1e-6


def _bucket(seconds):
    return _shortest(int(seconds * 1e6))


def _shortest(us):
    """The shortest duration of its bucket, as one sample has it."""
    samples = Samples()
    samples.add([(us, 1)])
    return next(iter(samples.counts))


def _by_kind(samples):
    return Counter(
        {
            (kind, us): count
            for kind, of_kind in samples.items()
            for us, count in of_kind.counts.items()
        }
    )


@given(st.lists(st.integers(0, 60_000_000), min_size=1, max_size=50))
def test_a_bucket_begins_at_most_a_thousandth_below(durations):
    """To three digits, and never longer than what was seen."""
    for us in durations:
        shortest = _shortest(us)
        assert shortest <= us <= shortest * (1 + 1 / 1024) + 1


def test_what_is_longer_than_a_minute_counts_as_a_minute():
    """The histogram ends there."""
    assert _shortest(10**9) == _shortest(60_000_000)


@given(
    st.lists(st.integers(1000, 60_000_000), min_size=1, max_size=50),
    st.sampled_from([50, 99]),
)
def test_a_second_tells_its_percentiles_within_three_percent(durations, percent):
    """The line of a chart: rough, and not wrong."""
    counts = empty_histogram()
    increment(counts, coarse_bucket(np.array(durations)))
    true = sorted(durations)[(len(durations) * percent + 99) // 100 - 1] / 1000
    assert abs(percentile_ms(counts, percent) - true) <= true / 31 + 0.01
    assert percentile_ms(empty_histogram(), percent) is None


def _answered(*moments):
    times = AnswerTimes(moments[0], moments[0])
    for moment in moments:
        times.record([moment])
    return times


@pytest.mark.parametrize(
    ("one", "other", "silence"),
    [
        ([0, 1, 5, 6], [0, 2, 3, 6], 3),  # what the busier of the two met
        ([0, 25, 60], [30], 30),  # one answer says nothing of the rest
        ([0, 1, 2], [20, 21], 19),  # one after the other
        ([0, 1, 30, 31], [10, 10.1], 20.9),
        ([4], [4], 0),
    ],
)
def test_processes_together_are_silent_only_where_all_are(one, other, silence):
    """The time before a process's first answer and after its last one counts."""
    for first, second in ((one, other), (other, one)):
        merged = _answered(*first)
        merged.add(_answered(*second))
        assert merged.silence == pytest.approx(silence)
        assert (merged.first, merged.last) == (min(one + other), max(one + other))


def test_a_batch_of_answers_continues_the_last_one():
    """The time between two batches counts as well."""
    times = AnswerTimes(1.0, 1.0)
    times.record([1.0, 1.5])
    times.record([4.5, 5.0])
    assert times == AnswerTimes(1.0, 5.0, 3.0)
