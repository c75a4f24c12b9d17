"""The transport of the load engine: sends what is due, in one thread.

An event loop does the connections, TLS and name resolution; the transport only decides
when. It uses nothing of gevent, so it runs in a native thread of any process. Where
`time` is patched there, the caller passes the unpatched `sleep`.
"""

import asyncio
import errno
import ssl
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from conformance.aws.gc_pause import gc_paused
from conformance.load.answers import Answer
from conformance.load.arrivals import FixedRate, RequestSource
from conformance.load.connection import Connection, named
from conformance.load.in_flight import InFlight
from conformance.load.request_bodies import Request
from conformance.load.signing import Signer

if sys.platform == "win32":
    from asyncio import new_event_loop  # there is no uvloop; this takes more time
else:
    from uvloop import new_event_loop

clock = time.perf_counter
_FIRST_CONNECTIONS = 16
_MORE_CONNECTIONS = 2
_MORE_CONNECTIONS_PART = 8
"""One for so many that are there, where that is more."""
_MORE_EVERY_S = 0.02
_SLOW_S = 0.002
"""A service that takes so long keeps its connections busy."""
_LONG_S = 0.05
"""Whatever waits so long for a connection needs more of them."""
_TICK_S = 0.0005
"""Due times within a tick are served together: a wake-up costs more than a request."""
_LONGEST_PAUSE_S = 0.05
_LAST_PAUSE_S = 0.001
_IDLE_S = 0.01
_OURS = {errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL}
"""Limits of this machine, which say nothing about the service."""


@dataclass(frozen=True)
class Endpoint:
    """The endpoint that requests go to."""

    url: str
    region: str
    authorities: str
    """The file of certificate authorities."""
    timeout_ms: int
    connections: int
    """The most connections that are open at once."""

    def address(self) -> dict[str, Any]:
        """Return host, port and TLS for an event loop, which resolves the name anew.

        Raises:
            OSError: the file of certificate authorities cannot be read.
        """
        url = urlsplit(self.url)
        if url.scheme != "https":
            return {"host": url.hostname, "port": url.port or 80}
        context = ssl.create_default_context(cafile=self.authorities)
        return {"host": url.hostname, "port": url.port or 443, "ssl": context}


class Observer(Protocol):
    """The observer of completed requests."""

    def answered(self, in_flight: InFlight, answer: Answer) -> None:
        """Take in a request that was answered, or failed."""

    def not_sent(self, in_flight: InFlight) -> None:
        """Take in a request that was due and never sent."""

    def settle(self, now: float | None = None) -> None:
        """Count what was taken in if it is time; without `now`, for the last time."""


class Transport:
    """Connections to one endpoint, kept from one run to the next."""

    def __init__(
        self,
        endpoint: Endpoint,
        signer: Signer,
        sleep: Callable[[float], None] = time.sleep,
        new_loop: Callable[[], asyncio.AbstractEventLoop] = new_event_loop,
    ) -> None:
        """Open nothing yet."""
        self._endpoint = endpoint
        self.signer = signer
        self._sleep = sleep
        self._loop = new_loop()
        self._loop.set_exception_handler(self._broke)
        self._problem: BaseException | None = None
        self._address = endpoint.address()
        self._free: list[Connection] = []
        self._busy: dict[Connection, InFlight] = {}
        """Requests on their way, in the order in which they were sent."""
        self._waiting: deque[InFlight] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._raised = 0.0
        self._version = time.time_ns() // 1000
        self._observer: Observer = _SingleResponse()
        self.stopping = False
        """True, from any thread: nothing more is sent, what was sent is waited for."""

    def run(self, source: RequestSource, observer: Observer) -> None:
        """Send everything that becomes due, until the source has ended."""
        self._observer, self._problem = observer, None
        try:
            with gc_paused():
                self._loop.run_until_complete(self._run(source))
        except BaseException:
            self._abandon()
            raise
        finally:
            observer.settle()

    def ask(self, request: Request) -> Answer:
        """Send one request now, and wait for its answer."""
        response = _SingleResponse()
        self.run(FixedRate([request], 1, clock()), response)
        return response.answer

    def close(self) -> None:
        """Close all connections."""
        for opening in self._opening:
            opening.cancel()
        for connection in self._free:
            connection.give_up()
        ended = asyncio.wait(self._opening) if self._opening else asyncio.sleep(0)
        self._loop.run_until_complete(ended)
        self._loop.close()

    async def _run(self, source: RequestSource) -> None:
        await asyncio.sleep(0)  # learn which connections were closed meanwhile
        while True:
            if self._problem:
                raise self._problem
            now = clock()
            if not self.stopping:
                for due, request in source.take(now):
                    self._waiting.append(InFlight(request, due, now))
            self._send(now)
            self._expire(now)
            self._observer.settle(now)
            ended = self.stopping or source.ended
            if ended and not self._waiting and not self._busy:
                return
            await self._pause(_LAST_PAUSE_S if ended else source.next_due() - clock())

    def _abandon(self) -> None:
        """Give up what was on its way when a run broke: the next begins anew."""
        for connection in self._busy:
            connection.give_up()
        self._busy.clear()
        self._waiting.clear()

    async def _pause(self, pause: float) -> None:
        """Wait for what is due next.

        At high rates an answer waits for the end of the tick, half of one on average.
        """
        if pause < _TICK_S or self._waiting:
            self._sleep(_TICK_S)
            await asyncio.sleep(0)
        else:
            await asyncio.sleep(min(pause, _LONGEST_PAUSE_S))

    def _send(self, now: float) -> None:
        """Send what waits, as far as there are connections."""
        waiting, patience = self._waiting, self._endpoint.timeout_ms / 1000
        signed_at = time.time()
        while waiting:
            if self.stopping or now - waiting[0].due > patience:
                self._observer.not_sent(waiting.popleft())
            elif self._free:
                self._begin(self._free.pop(), waiting.popleft(), signed_at)
            else:
                self._open_more(now)
                _block(waiting)
                return

    def _begin(self, connection: Connection, first: InFlight, signed_at: float) -> None:
        self._version += 1
        request = first.request
        body = request.body(self._version)
        head = self.signer.head(request.kind.api, body, signed_at)
        self._busy[connection] = first
        first.sent = clock()
        connection.send(head + body)

    def _expire(self, now: float) -> None:
        """Give up what has waited too long for its answer."""
        patience = self._endpoint.timeout_ms / 1000
        while self._busy:
            connection, oldest = next(iter(self._busy.items()))
            if now - oldest.sent < patience:
                return
            self._complete(self._busy.pop(connection), Answer(0, b"", "Timeout"))
            connection.give_up()

    def _complete(self, in_flight: InFlight, answer: Answer) -> None:
        in_flight.ended = clock()
        try:
            self._observer.answered(in_flight, answer)
        except Exception as problem:  # noqa: BLE001 -- a loop would keep it to itself
            self._problem = self._problem or problem

    def _answered(self, connection: Connection, answer: Answer) -> None:
        """Complete a request that was answered; mostly its connection stays open."""
        self._complete(self._busy.pop(connection), answer)
        if connection.keeps:
            self._free.append(connection)

    def _ended(self, connection: Connection, why: Answer) -> None:
        """Complete the request of a connection that is closed, or send it once more.

        A kept connection may have been closed for being idle just when it was used
        again: then the request goes out once more, on another.
        """
        if connection in self._free:
            self._free.remove(connection)
        in_flight = self._busy.pop(connection, None)
        if in_flight is None:
            return
        kept = connection.used or in_flight.sent - connection.opened > _IDLE_S
        if kept and not connection.answer_began and not in_flight.repeated:
            in_flight.repeated = in_flight.waited = True
            self._waiting.appendleft(in_flight)
        else:
            self._complete(in_flight, why)

    def _open_more(self, now: float) -> None:
        """Open connections for what waits: some at once, then a few at a time.

        A storm of handshakes would be a load of its own. What the service answers at
        once is served soon by the connections that are there.
        """
        there = len(self._busy) + len(self._opening)
        step = _FIRST_CONNECTIONS - there
        asked = next((request.sent for request in self._busy.values()), now)
        slow = now - asked > _SLOW_S or now - self._waiting[0].due > _LONG_S
        if step <= 0 and slow and now - self._raised >= _MORE_EVERY_S:
            self._raised = now
            step = max(_MORE_CONNECTIONS, there // _MORE_CONNECTIONS_PART)
        wanted = len(self._waiting) - len(self._opening)
        for _ in range(min(wanted, step, self._endpoint.connections - there)):
            opening = self._loop.create_task(self._open())
            self._opening.add(opening)
            opening.add_done_callback(self._opened)

    async def _open(self) -> None:
        """Open one; if that fails, what has waited longest has failed."""
        began = clock()
        try:
            async with asyncio.timeout(self._endpoint.timeout_ms / 1000):
                _, connection = await self._loop.create_connection(
                    lambda: Connection(self._answered, self._ended), **self._address
                )
        except OSError as problem:
            if problem.errno in _OURS:
                raise
            if self._waiting:
                first = self._waiting.popleft()
                first.sent = max(first.due, began)
                self._complete(first, named(problem, "NotConnected"))
        else:
            connection.opened = clock()
            self._free.append(connection)

    def _opened(self, opening: asyncio.Task[None]) -> None:
        """Forget the task that opened it; an unexpected problem ends the run."""
        self._opening.discard(opening)
        if not opening.cancelled():
            self._problem = self._problem or opening.exception()

    def _broke(self, _: Any, context: dict[str, Any]) -> None:
        """End the run with a problem of our own in a callback.

        Problems of the network have been reported with their requests; those that
        come here belong to something that was given up.
        """
        problem = context.get("exception") or RuntimeError(context["message"])
        if not isinstance(problem, OSError):
            self._problem = self._problem or problem


class _SingleResponse:
    """The observer that keeps the answer to one request."""

    answer = Answer(0, b"no connection was made in time", "NotConnected")

    def answered(self, _: InFlight, answer: Answer) -> None:
        """Keep the answer."""
        self.answer = answer

    def not_sent(self, _: InFlight) -> None:
        """Keep the answer that there is none."""

    def settle(self, _: float | None = None) -> None:
        """Count nothing."""


def _block(waiting: deque[InFlight]) -> None:
    """Mark all that wait, newest first: the generator is not at fault."""
    for in_flight in reversed(waiting):
        if in_flight.waited:
            return
        in_flight.waited = True
