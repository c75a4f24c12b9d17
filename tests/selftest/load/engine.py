"""The load engine, driven at an address, and what it has measured."""

import itertools
import time

from botocore.httpsession import get_cert_path

from conformance.load.arrivals import Arrivals
from conformance.load.measurements import STEADY, Meter
from conformance.load.request_bodies import Kind, Request
from conformance.load.signing import Credentials, Signer
from conformance.load.transport import Endpoint, Transport, clock

GET = Request(Kind("orders", "get", "GetItem"), (b'{"a":1}',))
PUBLIC = get_cert_path(verify=True)
EPOCH = time.time() - clock()


def transport_to(
    url, *, timeout_ms=2000, connections=64, authorities=PUBLIC, **choices
):
    """A transport to the address, with credentials that nobody checks."""
    signer = Signer(Credentials("AK", "secret"), "eu-west-1", url.partition("//")[2])
    endpoint = Endpoint(url, "eu-west-1", authorities, timeout_ms, connections)
    return Transport(endpoint, signer, **choices)


def measured(url, seconds=0.5, rate=200, mix=(GET,), **settings):
    """What a steady load on the address measures."""
    meter = Meter(EPOCH, lambda _due: STEADY)
    arrivals = Arrivals(itertools.cycle(mix))
    begin = clock()
    arrivals.change(begin, rate)
    arrivals.close(begin + seconds)
    transport = transport_to(url, **settings)
    try:
        transport.run(arrivals, meter)
    finally:
        transport.close()
    return meter


def total(meter, name):
    """How many of these there were, over all seconds."""
    return sum(getattr(it, name) for it in meter.seconds.values())


def errors_of(meter):
    """How many errors there were of each name."""
    counts = {}
    for (_, _, name), count in meter.errors.items():
        counts[name] = counts.get(name, 0) + count
    return counts
