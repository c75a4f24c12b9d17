"""An event loop whose time the test holds, with connections in memory.

A load of minutes takes a second, on any machine: time passes only where the loop or the
transport waits for it.
"""

import asyncio
import selectors
import time
from contextlib import contextmanager
from unittest import mock


class Clock:
    """A clock that moves only when somebody waits."""

    def __init__(self):
        """Start at the machine's time."""
        self.now = time.perf_counter()

    def __call__(self):
        """Return the time in seconds."""
        return self.now

    def sleep(self, seconds):
        """Let time pass."""
        self.now += seconds


class StallingClock(Clock):
    """A clock that stands still once, as one does for a process that is stopped."""

    def __init__(self, after_s, for_s):
        """Stand still after so many seconds."""
        super().__init__()
        self._stalls_at, self._for_s = self.now + after_s, for_s
        self.stalled = False

    def sleep(self, seconds):
        """Let time pass, and once more of it than was asked for."""
        super().sleep(seconds)
        if not self.stalled and self.now > self._stalls_at:
            self.stalled = True
            super().sleep(self._for_s)


class _Selector(selectors.DefaultSelector):
    """A selector that waits by the clock."""

    clock = None

    def select(self, timeout=None):
        """Return what is ready, and let the time pass if nothing is."""
        ready = super().select(0)
        if not ready and timeout:
            self.clock.sleep(timeout)
        return ready


class _Wire(asyncio.Transport):
    """The client's end of a connection in memory."""

    def __init__(self, loop, protocol, reader):
        """Connect the protocol with what the server reads."""
        super().__init__()
        self._loop, self._protocol, self._reader = loop, protocol, reader
        self._open = True

    def write(self, data):
        """Send to the server."""
        self._reader.feed_data(data)

    def abort(self):
        """Close it."""
        if self._open:
            self._open = False
            self._reader.feed_eof()
            self._loop.call_soon(self._protocol.connection_lost, None)

    close = abort

    def deliver(self, data):
        """Give the client what the server has written."""
        while data and self._open:
            space = self._protocol.get_buffer(-1)
            size = min(len(space), len(data))
            space[:size] = data[:size]
            self._protocol.buffer_updated(size)
            data = data[size:]


class _Writer:
    """The server's end of a connection in memory."""

    def __init__(self, loop, wire):
        """Write to the client."""
        self._loop, self._wire = loop, wire

    def write(self, data):
        """Send to the client."""
        self._loop.call_soon(self._wire.deliver, data)

    def close(self):
        """Close the connection, once everything is delivered."""
        self._loop.call_soon(self._wire.abort)


class MemoryLoop(asyncio.SelectorEventLoop):
    """An event loop in which every connection leads to one server."""

    def __init__(self, clock, server):
        """Wait by the clock."""
        selector = _Selector()
        selector.clock = clock
        super().__init__(selector)
        self._clock, self._server = clock, server
        self._serving = set()

    def time(self):
        """Return the clock's time."""
        return self._clock()

    async def create_connection(self, factory, **_address):
        """Connect to the server."""
        protocol, reader = factory(), asyncio.StreamReader(loop=self)
        wire = _Wire(self, protocol, reader)
        protocol.connection_made(wire)
        serving = self.create_task(self._server.serve(reader, _Writer(self, wire)))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)
        return wire, protocol

    def close(self):
        """End the server, too."""
        if not self.is_closed():
            for serving in self._serving:
                serving.cancel()
            self.run_until_complete(asyncio.sleep(0))
        super().close()


@contextmanager
def held_clock(clock=None):
    """Let the engine and its transport go by a clock that the test holds."""
    clock = clock or Clock()
    with (
        mock.patch("conformance.load.transport.clock", clock),
        mock.patch("conformance.load.engine.clock", clock),
    ):
        yield clock
