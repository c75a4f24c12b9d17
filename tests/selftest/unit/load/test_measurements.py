"""What a load counts many at a time is what one would count by hand."""

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from conformance.load.answers import Answer
from conformance.load.durations import Samples, no_rough, rough, second_ms, tally
from conformance.load.in_flight import Sending
from conformance.load.measurements import STEADY, Meter
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
        sending = Sending(Request(kind, (b"",)), due, due + noticed)
        sending.sent = sending.noticed + sent
        sending.ended = sending.sent + ended
        sending.waited = waited
        yield sending, Answer(500, b"") if fails else Answer(200, FOUND[kind.operation])


class _ByHand:
    """The same requests, counted one by one."""

    def __init__(self, told):
        self.counts, self.ends = Counter(), defaultdict(list)
        self.latency, self.service, self.lag = Counter(), Counter(), Counter()
        for sending, answer in told:
            phase = _phase_at(sending.due)
            self._in_seconds(sending, phase, answer)
            if answer.ok:
                where = phase, sending.request.kind.table
                self.ends[where].append(sending.ended)
            if phase == STEADY:
                self._in_steady(sending)

    def _in_seconds(self, sending, phase, answer):
        kind = sending.request.kind
        for name, moment, counted in (
            ("due", sending.due, True),
            ("sent", sending.sent, True),
            ("answered", sending.ended, answer.ok),
            ("failed", sending.ended, not answer.ok),
        ):
            where = (int(moment + EPOCH), phase, kind.table)
            self.counts[name, where] += counted
            self.counts[f"{name}_writes", where] += counted and kind.operation == "put"

    def _in_steady(self, sending):
        kind = sending.request.kind
        self.latency[kind, _bucket(sending.ended - sending.due)] += 1
        self.service[kind, _bucket(sending.ended - sending.sent)] += 1
        waits = sending.waited and sending.noticed != sending.sent
        late = (sending.noticed if waits else sending.sent) - sending.due
        self.lag[_bucket(late)] += 1


@given(st.lists(sendings, max_size=60), st.integers(1, 20))
def test_counting_together_changes_nothing(drawn, at_a_time):
    """Seconds, samples, waits and silence, however many were counted at a time."""
    told = sorted(_told(drawn), key=lambda it: it[0].ended)
    meter = Meter(EPOCH, _phase_at)
    for number, (sending, answer) in enumerate(told):
        meter.answered(sending, answer)
        if number % at_a_time == 0:
            meter.settle()
    meter.settle()

    by_hand = _ByHand(told)
    for where, second in meter.seconds.items():
        for name in ("due", "due_writes", "sent", "answered", "answered_writes"):
            assert getattr(second, name) == by_hand.counts[name, where]
        assert second.failed == by_hand.counts["failed", where]
    assert {where for _, where in by_hand.counts} == set(meter.seconds)
    ended = sum(it.latency.sum() for it in meter.seconds.values())
    assert ended == len(told)
    assert set(meter.latency) == {kind for kind, _ in by_hand.latency}
    assert _by_kind(meter.latency) == by_hand.latency
    assert _by_kind(meter.service) == by_hand.service
    assert meter.lag.counts == by_hand.lag
    for where, found in by_hand.ends.items():
        gaps = [b - a for a, b in pairwise(found)]
        assert abs(meter.heard[where].silence - max(gaps, default=0.0)) < 1e-6


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
            for kind, it in samples.items()
            for us, count in it.counts.items()
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
    counts = no_rough()
    tally(counts, rough(np.array(durations)))
    true = sorted(durations)[(len(durations) * percent + 99) // 100 - 1] / 1000
    assert abs(second_ms(counts, percent) - true) <= true / 31 + 0.01
    assert second_ms(no_rough(), percent) is None
