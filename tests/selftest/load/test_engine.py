"""The load engine sends all that is due, says what it could not, and adds up."""

import pytest

from conformance.load.arrivals import FixedRate
from conformance.load.latency_histogram import percentiles_ms
from conformance.load.measurements import STEADY
from conformance.load.request_bodies import Kind, Request
from tests.selftest.load.engine import (
    GET,
    errors_of,
    measured,
    memory_transport,
    simulated,
    steady_meter,
    total,
    transport_to,
)
from tests.selftest.load.memory_loop import held_clock
from tests.selftest.load.server import OK, LoadServer, serving

PUT = Request(Kind("orders", "put", "PutItem"), (b'{"v":"', b'"}'))


def test_all_that_is_due_is_sent_and_answered():
    """A quick server gets what was planned, and the counts agree with its own."""
    server = LoadServer()
    meter = simulated(server, mix=(PUT, GET, GET, GET, GET))
    assert len(server.operations) == 100
    assert server.operations.count("PutItem") == 20
    assert (total(meter, "due"), total(meter, "sent")) == (100, 100)
    assert (total(meter, "answered"), total(meter, "answered_writes")) == (100, 20)
    assert not meter.errors
    assert not meter.dropped


def test_a_server_on_loopback_gets_all_that_is_due():
    """In memory and over sockets the same is sent and counted."""
    with serving(LoadServer()) as server:
        meter = measured(server.url, mix=(PUT, GET, GET, GET, GET))
    assert sorted(server.operations) == ["GetItem"] * 80 + ["PutItem"] * 20
    assert (total(meter, "due"), total(meter, "answered")) == (100, 100)
    assert not meter.errors


def test_a_stall_shows_in_the_latency_of_all_that_were_due():
    """Requests due while the server stands still are late, not left out."""
    first = []

    def stall(now):
        first[:] = first or [now]
        passed = now - first[0]
        return max(0.0, 0.6 - passed) if passed > 0.1 else 0.0

    meter = simulated(LoadServer(delay=stall), seconds=1.0, connections=8)
    latency = percentiles_ms(meter.latency.values())
    assert total(meter, "due") == 200
    assert latency["p50"] < 250 < latency["p95"]
    assert percentiles_ms([meter.lag])["p99"] < 1  # nothing of it is the generator's


def test_what_waits_too_long_for_a_connection_is_dropped_and_said_so():
    """Where every connection waits for an answer, the rest was due and not sent."""
    server = LoadServer(delay=lambda _: 0.6)
    meter = simulated(server, connections=4, timeout_ms=250)
    assert meter.dropped[STEADY, "orders", "waiting"] > 40
    assert {cause for _, _, cause in meter.dropped} == {"waiting"}
    assert total(meter, "due") == 100
    assert set(errors_of(meter)) == {"Timeout"}


@pytest.mark.parametrize("problem", [LookupError, TimeoutError])
@pytest.mark.parametrize("where", ["answered", "not_sent"])
def test_what_fails_in_the_suite_itself_ends_a_drive_and_not_the_next(where, problem):
    """A load that breaks says why, and its items can still be deleted."""

    def fail(*_):
        raise problem("a defect of ours")

    meter, whole = steady_meter(), steady_meter()
    setattr(meter, where, fail)
    slow = LoadServer(delay=lambda _: 0.3 if where == "not_sent" else 0.0)
    with held_clock() as clock:
        transport = memory_transport(slow, clock, connections=2, timeout_ms=400)
        source = FixedRate([GET] * 40, 1000, clock())
        with pytest.raises(problem, match="a defect of ours"):
            transport.run(source, meter)
        transport.run(FixedRate([GET], 1000, clock()), whole)
        assert (total(whole, "due"), total(whole, "answered")) == (1, 1)
        transport.close()


class _Breaks(FixedRate):
    """Breaks half a second after it began."""

    ended = False

    def take(self, now):
        yield from super().take(now)
        if now > self.begin + 0.5:
            raise LookupError("a defect of ours")


def test_a_drive_that_breaks_keeps_what_was_answered(monkeypatch):
    """It is in the record of a broken run, even if nothing was counted yet."""
    monkeypatch.setattr("conformance.load.measurements._SETTLE_EVERY_S", 1e9)
    meter = steady_meter()
    with held_clock() as clock:
        transport = memory_transport(LoadServer(), clock)
        source = _Breaks([GET] * 20, 1000, clock())
        source.begin = clock()
        with pytest.raises(LookupError, match="a defect of ours"):
            transport.run(source, meter)
        transport.close()
    assert total(meter, "answered") == 20
    assert meter.latency[GET.kind].total == 20


def test_one_question_gets_its_answer():
    """Scans ask one by one; what is not answered says why."""
    with serving(LoadServer()) as server:
        transport = transport_to(server.url)
        assert transport.ask(GET)[:2] == OK
        assert transport.ask(GET)[:2] == OK
        transport.close()
    transport = transport_to("http://127.0.0.1:9")
    assert transport.ask(GET).error == "ConnectionRefused"
    transport.close()


def test_seeding_sends_each_request_once():
    """What is written before a load is written once, at a pace."""
    kinds = [Request(PUT.kind, (b"%d" % n,)) for n in range(30)]
    server = LoadServer()
    with held_clock() as clock:
        transport = memory_transport(server, clock)
        begin = clock()
        transport.run(FixedRate(kinds, 300, begin), steady_meter())
        transport.close()
        assert clock() - begin == pytest.approx(29 / 300, abs=0.01)
    assert server.operations == ["PutItem"] * 30


def test_measurements_of_processes_add_up():
    """What two processes measured is one measurement, to the last sample."""
    ones = [simulated(LoadServer(), mix=(PUT, GET)) for _ in range(2)]
    merged = steady_meter()
    for one in ones:
        merged.add(one.as_text())
    assert total(merged, "answered") == 200
    assert merged.latency[GET.kind].total == 100
    assert merged.lag.total == 200
    assert merged.as_text() != ones[0].as_text()


def test_percentiles_of_few_samples_are_withheld():
    """Below 100 samples nothing is said, and of p99.9 nothing below 1000."""
    few = simulated(LoadServer(), seconds=0.4)
    enough = simulated(LoadServer(), seconds=0.6)
    assert set(percentiles_ms(few.latency.values()).values()) == {None}
    percentiles = percentiles_ms(enough.latency.values())
    assert [name for name, ms in percentiles.items() if ms is None] == ["p99.9"]
