"""The load engine at an address or at a server in memory, and what it measures."""

import itertools
from functools import partial

from botocore.httpsession import get_cert_path

from conformance.load import transport as engine
from conformance.load.arrivals import Arrivals
from conformance.load.engine import EPOCH
from conformance.load.measurements import STEADY, Meter
from conformance.load.request_bodies import Kind, Request
from conformance.load.signing import Credentials, Signer
from conformance.load.transport import Endpoint, Transport
from tests.selftest.load.memory_loop import MemoryLoop, held_clock

GET = Request(Kind("orders", "get", "GetItem"), (b'{"a":1}',))
PUBLIC = get_cert_path(verify=True)


def transport_to(
    url, *, timeout_ms=2000, connections=64, authorities=PUBLIC, **choices
):
    """A transport to the address, with credentials that nobody checks."""
    signer = Signer(Credentials("AK", "secret"), "eu-west-1", url.partition("//")[2])
    endpoint = Endpoint(url, "eu-west-1", authorities, timeout_ms, connections)
    return Transport(endpoint, signer, **choices)


def memory_transport(server, clock, **settings):
    """A transport to a server in memory, by a clock that the test holds."""
    url, loop = "http://server.example", partial(MemoryLoop, clock, server)
    return transport_to(url, sleep=clock.sleep, new_loop=loop, **settings)


def measured(url, seconds=0.5, rate=200, mix=(GET,), **settings):
    """What a steady load on the address measures; a busy machine may take long."""
    settings = {"timeout_ms": 60_000} | settings
    return _steady(transport_to(url, **settings), seconds, rate, mix)


def simulated(server, seconds=0.5, rate=200, mix=(GET,), **settings):
    """What a steady load on a server in memory measures, on any machine."""
    with held_clock() as clock:
        transport = memory_transport(server, clock, **settings)
        return _steady(transport, seconds, rate, mix)


def _steady(transport, seconds, rate, mix):
    meter = steady_meter()
    arrivals = Arrivals(itertools.cycle(mix))
    begin = engine.clock()
    arrivals.change(begin, rate)
    arrivals.close(begin + seconds)
    try:
        transport.run(arrivals, meter)
    finally:
        transport.close()
    return meter


def steady_meter():
    """A meter to which every phase is the steady one."""
    return Meter(EPOCH, lambda _due: STEADY)


def total(meter, name):
    """How many of these there were, over all seconds."""
    return sum(getattr(second, name) for second in meter.seconds.values())


def errors_of(meter):
    """How many errors there were of each name."""
    counts = {}
    for (_, _, name), count in meter.errors.items():
        counts[name] = counts.get(name, 0) + count
    return counts
