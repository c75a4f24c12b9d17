"""Does the load engine measure what a client would see? Against an open model apart.

    python benchmarks/truth.py [--seconds 40] [--minutes 0]

A stub answers every request after 3 ms and stands still for 500 ms every 5 s; another
takes 5 ms and never stalls. The engine and an open model written apart from it, with
asyncio, measure the same stub at the same time. Goals: p95 and p99 within 5 % of the
reference where it stalls, all within 10 % or 1.5 ms where it does not.
With --minutes, 6000 requests a second go to an nginx for so long, to see whether memory
grows.
"""

import argparse
import asyncio
import multiprocessing
import re
import resource
import sys
import time
from contextlib import contextmanager
from itertools import cycle, pairwise
from pathlib import Path

from load import CORES, EPOCH, GET, here, transport
from load import stub as nginx

from conformance.load.arrivals import Arrivals
from conformance.load.latency_histogram import percentiles_ms
from conformance.load.measurements import STEADY, Meter
from conformance.load.transport import clock

NAMES = ("p50", "p95", "p99")
RATE = 400
PORT = 18445


class Stub(asyncio.Protocol):
    """Answers after a while, and stands still every 5 s, as a whole."""

    def __init__(self, seconds, stall):
        """Nothing has come yet."""
        self._seconds, self._stall = seconds, stall
        self._held = b""

    def connection_made(self, transport):
        """Keep it."""
        self._transport = transport

    def data_received(self, data):
        """Answer each whole request."""
        self._held += data
        while b"\r\n\r\n" in self._held:
            head, _, rest = self._held.partition(b"\r\n\r\n")
            length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
            if len(rest) < length:
                return
            self._held = rest[length:]
            loop = asyncio.get_running_loop()
            passed = time.monotonic() % 5
            loop.call_later(
                self._seconds + max(0.0, self._stall - passed), self._answer
            )

    def _answer(self):
        body = b'{"Item":{}}'
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        )


def _serve(seconds, stall):
    async def serve():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Stub(seconds, stall), "127.0.0.1", PORT, backlog=2000
        )
        await server.serve_forever()

    here({CORES[-1]})
    asyncio.run(serve())


@contextmanager
def stub(seconds, stall):
    """Serve one in a process of its own."""
    server = multiprocessing.Process(target=_serve, args=(seconds, stall), daemon=True)
    server.start()
    time.sleep(0.5)
    try:
        yield
    finally:
        server.terminate()
        server.join()


def _reference(seconds, told):
    """An open model of its own: asyncio, a connection for each request in flight."""
    here()
    latencies = []
    message = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"

    async def one(due, free):
        reader, writer = (
            free.pop() if free else await asyncio.open_connection("127.0.0.1", PORT)
        )
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(re.search(rb"Length: (\d+)", head)[1]))
        latencies.append(time.monotonic() - due)
        free.append((reader, writer))

    async def run():
        begin, running, free = time.monotonic(), [], []
        for number in range(int(RATE * seconds)):
            due = begin + number / RATE
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            running.append(asyncio.create_task(one(due, free)))
        await asyncio.gather(*running)

    asyncio.run(run())
    latencies.sort()
    told.put(
        [latencies[int(len(latencies) * share)] * 1000 for share in (0.5, 0.95, 0.99)]
    )


def engine(seconds, rate, where=(f"http://127.0.0.1:{PORT}", ""), watch=None):
    """Return the measurements of the engine; call `watch` once a minute."""
    sender = transport(*where, 400)
    meter = Meter(EPOCH, lambda _: STEADY)
    arrivals = Arrivals(cycle([GET]))
    begin = clock()
    arrivals.change(begin, rate)
    arrivals.close(begin + seconds)
    sender.run(Watched(arrivals, watch) if watch else arrivals, meter)
    return meter


class Watched:
    """A source that is looked at once a minute."""

    def __init__(self, source, watch):
        """Look first when a minute is over."""
        self._source, self._watch = source, watch
        self._next = clock() + 60
        self.next_due = source.next_due

    @property
    def ended(self):
        """Return whether the source has ended."""
        return self._source.ended

    def take(self, now):
        """Take from the source, and look now and then."""
        if now > self._next:
            self._next += 60
            self._watch()
        return self._source.take(now)


def compare(seconds):
    """Percentiles of the same stub: the reference's and the engine's."""
    told = multiprocessing.Queue()
    reference = multiprocessing.Process(target=_reference, args=(seconds, told))
    reference.start()
    ours = percentiles_ms(engine(seconds, RATE).latency.values())
    truth = told.get()
    reference.join()
    return truth, [ours[name] for name in NAMES]


def memory(minutes):
    """The most memory that this process has taken, in MiB, after each minute.

    A connection takes 0.2 MiB, and a machine that is busy makes more of them needed.
    """
    sizes = []

    def watch():
        sizes.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        files = len(list(Path("/proc/self/fd").iterdir()))
        print(
            f"  minute {len(sizes)}: {sizes[-1]:.1f} MiB, {files} open files",
            flush=True,
        )

    with nginx() as where:
        engine(60 * minutes + 1, 6000, where, watch)
    return sizes


def main():
    """Print what both measured, and by how much they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--minutes", type=int, default=0)
    given = parser.parse_args()
    here()
    for name, kind in {
        "stalls of 500 ms every 5 s": (0.003, 0.5),
        "a steady 5 ms": (0.005, 0.0),
    }.items():
        with stub(*kind):
            truth, ours = compare(given.seconds)
        print(f"{name}: p50, p95, p99 in ms")
        for who, values in (("reference", truth), ("engine", ours)):
            print(f"  {who:<10}" + "".join(f"{value:9.2f}" for value in values))
        apart = [(b / a - 1) * 100 for a, b in zip(truth, ours, strict=True)]
        print(f"  {'apart':<10}" + "".join(f"{percent:+8.1f}%" for percent in apart))
    if given.minutes:
        print(f"memory at 6000/s for {given.minutes} minutes")
        sizes = memory(given.minutes)
        grown = max((b - a for a, b in pairwise(sizes)), default=0.0)
        print(f"  grows by at most {grown:.2f} MiB a minute")


if __name__ == "__main__":
    sys.exit(main())
