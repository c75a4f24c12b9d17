"""Sends what is due, in one thread, and tells what became of it.

An event loop does the connections, TLS and name resolution; what is below only decides
when. It uses nothing of gevent, so it runs in a native thread of any process. Where
`time` is patched there, the caller passes the unpatched `sleep`.
"""

import asyncio
import errno
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

import uvloop

from conformance.aws.gc_pause import gc_paused
from conformance.load.answers import Answer
from conformance.load.arrivals import Once, Source
from conformance.load.connection import Connection, named
from conformance.load.endpoint import Endpoint
from conformance.load.in_flight import Sending
from conformance.load.request_bodies import Request
from conformance.load.signing import Signer

clock = time.perf_counter
_FIRST_CONNECTIONS = 16
_MORE_CONNECTIONS = 2
_MORE_CONNECTIONS_PART = 8
"""Of those that are there, where that is more."""
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


class Listener(Protocol):
    """Who is told what became of each request."""

    def answered(self, sending: Sending, answer: Answer) -> None:
        """It was answered, or failed."""

    def not_sent(self, sending: Sending) -> None:
        """It was due and never sent."""

    def settle(self, now: float | None = None) -> None:
        """Count what was told if it is time to; without `now`, for the last time."""


class Transport:
    """Keeps connections to one endpoint, from one drive to the next."""

    def __init__(
        self,
        endpoint: Endpoint,
        signer: Signer,
        sleep: Callable[[float], None] = time.sleep,
        new_loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop,
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
        self._busy: dict[Connection, Sending] = {}
        """In the order in which they were sent."""
        self._waiting: deque[Sending] = deque()
        self._opening: set[asyncio.Task[None]] = set()
        self._raised = 0.0
        self._version = time.time_ns() // 1000
        self._told: Listener = _Heard()
        self.stopping = False
        """Set from anywhere: nothing more is sent, what was sent is waited for."""

    def drive(self, source: Source, told: Listener) -> None:
        """Send everything that becomes due, until the source has ended."""
        self._told, self._problem = told, None
        try:
            with gc_paused():
                self._loop.run_until_complete(self._drive(source))
        except BaseException:
            self._forget()
            raise
        finally:
            told.settle()

    def ask(self, request: Request) -> Answer:
        """Send one request now, and wait for its answer."""
        heard = _Heard()
        self.drive(Once([request], 1, clock()), heard)
        return heard.answer

    def close(self) -> None:
        """Close all connections."""
        for opening in self._opening:
            opening.cancel()
        for connection in self._free:
            connection.give_up()
        ended = asyncio.wait(self._opening) if self._opening else asyncio.sleep(0)
        self._loop.run_until_complete(ended)
        self._loop.close()

    async def _drive(self, source: Source) -> None:
        await asyncio.sleep(0)  # learn which connections were closed meanwhile
        while True:
            if self._problem:
                raise self._problem
            now = clock()
            if not self.stopping:
                for due, request in source.take(now):
                    self._waiting.append(Sending(request, due, now))
            self._send(now)
            self._expire(now)
            self._told.settle(now)
            ended = self.stopping or source.ended
            if ended and not self._waiting and not self._busy:
                return
            await self._pause(_LAST_PAUSE_S if ended else source.next_due() - clock())

    def _forget(self) -> None:
        """Give up what was on its way when a drive broke: the next begins anew."""
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
                self._told.not_sent(waiting.popleft())
            elif self._free:
                self._begin(self._free.pop(), waiting.popleft(), signed_at)
            else:
                self._open_more(now)
                _block(waiting)
                return

    def _begin(self, connection: Connection, first: Sending, signed_at: float) -> None:
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
            self._tell(self._busy.pop(connection), Answer(0, b"", "Timeout"))
            connection.give_up()

    def _tell(self, sending: Sending, answer: Answer) -> None:
        sending.ended = clock()
        try:
            self._told.answered(sending, answer)
        except Exception as problem:  # noqa: BLE001 -- a loop would keep it to itself
            self._problem = self._problem or problem

    def _answered(self, connection: Connection, answer: Answer) -> None:
        """A connection has an answer, and can mostly be used again."""
        self._tell(self._busy.pop(connection), answer)
        if connection.keeps:
            self._free.append(connection)

    def _ended(self, connection: Connection, why: Answer) -> None:
        """A connection is closed.

        One that was kept may have been closed for being idle just when it was used
        again: then the request goes out once more, on another.
        """
        if connection in self._free:
            self._free.remove(connection)
        sending = self._busy.pop(connection, None)
        if sending is None:
            return
        kept = connection.used or sending.sent - connection.opened > _IDLE_S
        if kept and not connection.heard and not sending.repeated:
            sending.repeated = sending.waited = True
            self._waiting.appendleft(sending)
        else:
            self._tell(sending, why)

    def _open_more(self, now: float) -> None:
        """Open connections for what waits: some at once, then a few at a time.

        A storm of handshakes would be a load of its own. What the service answers at
        once is served soon by the connections that are there.
        """
        there = len(self._busy) + len(self._opening)
        step = _FIRST_CONNECTIONS - there
        asked = next((it.sent for it in self._busy.values()), now)
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
                self._tell(first, named(problem, "NotConnected"))
        else:
            connection.opened = clock()
            self._free.append(connection)

    def _opened(self, opening: asyncio.Task[None]) -> None:
        """It is open, or failed; what failed otherwise than expected ends the drive."""
        self._opening.discard(opening)
        if not opening.cancelled():
            self._problem = self._problem or opening.exception()

    def _broke(self, _: Any, context: dict[str, Any]) -> None:
        """Something of ours failed in a callback: the drive ends with it.

        Errors of the network are told where they belong; what comes here of them is
        the rest of something that was given up.
        """
        problem = context.get("exception") or RuntimeError(context["message"])
        if not isinstance(problem, OSError):
            self._problem = self._problem or problem


class _Heard:
    """Keeps the one answer."""

    answer = Answer(0, b"no connection was made in time", "NotConnected")

    def answered(self, _: Sending, answer: Answer) -> None:
        """Keep it."""
        self.answer = answer

    def not_sent(self, _: Sending) -> None:
        """Nothing was heard."""

    def settle(self, _: float | None = None) -> None:
        """There is nothing to count."""


def _block(waiting: deque[Sending]) -> None:
    """Note of all that wait, newest first, that it is not the generator's fault."""
    for each in reversed(waiting):
        if each.waited:
            return
        each.waited = True
