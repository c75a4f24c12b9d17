"""Sends what is due over libcurl, in one thread, and tells what became of it.

libcurl does the connections, TLS and timeouts; the loop below only decides when. It
uses nothing of gevent, so it runs in a native thread of any process. Where `time` is
patched there, the caller passes the unpatched `sleep`.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pycurl

from conformance.garbage import unhindered
from conformance.load.answers import Answer
from conformance.load.bodies import Request
from conformance.load.measuring import Meter, Moments
from conformance.load.schedule import Source
from conformance.load.signing import Signer

clock = time.perf_counter
_FIRST_CONNECTIONS = 16
_MORE_CONNECTIONS = 8
_MORE_EVERY_S = 0.02
_TICK_S = 0.0005
"""Due times within a tick are served together: a wake-up costs more than a request."""
_LONGEST_PAUSE_S = 0.05
_AT_ONCE = 16
_NOT_SENT = ["Expect:", "Accept:"]
"""Headers that libcurl would add of itself."""
_ERRORS = {
    pycurl.E_COULDNT_CONNECT: "ConnectionRefused",
    pycurl.E_COULDNT_RESOLVE_HOST: "NameNotResolved",
    pycurl.E_GOT_NOTHING: "EmptyAnswer",
    pycurl.E_OPERATION_TIMEDOUT: "Timeout",
    pycurl.E_PARTIAL_FILE: "IncompleteAnswer",
    pycurl.E_PEER_FAILED_VERIFICATION: "CertificateNotVerified",
    pycurl.E_RECV_ERROR: "ConnectionReset",
    pycurl.E_SEND_ERROR: "ConnectionReset",
}


@dataclass(frozen=True)
class Endpoint:
    """Where requests go."""

    url: str
    region: str
    authorities: str
    """The file of certificate authorities."""
    timeout_ms: int
    connections: int
    """At most so many at once."""


@dataclass(slots=True)
class _Waiting:
    """A request that is due."""

    request: Request
    due: float
    noticed: float
    blocked: bool = False
    """Every connection was waiting for an answer."""


class Transport:
    """Keeps connections to one endpoint, from one drive to the next."""

    def __init__(
        self,
        endpoint: Endpoint,
        signer: Signer,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open nothing yet."""
        self._endpoint = endpoint
        self.signer = signer
        self._sleep = sleep
        self._free: list[Any] = []
        self._made = 0
        self._busy: dict[Any, tuple[_Waiting, float, BytesIO]] = {}
        self._buffers: dict[Any, BytesIO] = {}
        self._allowed = min(_FIRST_CONNECTIONS, endpoint.connections)
        self._raised = 0.0
        self._version = time.time_ns() // 1000
        self._multi = pycurl.CurlMulti()
        # All handles talk to one host; closing idle connections is left to curl.
        self._multi.setopt(pycurl.M_MAXCONNECTS, endpoint.connections)
        self.stopping = False
        """Set from anywhere: nothing more is sent, what was sent is waited for."""

    def drive(self, source: Source, meter: Meter) -> None:
        """Send everything that becomes due, until the source has ended."""
        with unhindered():
            self._drive(source, meter)

    def _drive(self, source: Source, meter: Meter) -> None:
        waiting: deque[_Waiting] = deque()
        while True:
            now = clock()
            if not self.stopping:
                for due, request in source.take(now):
                    waiting.append(_Waiting(request, due, now))
            while self.stopping and waiting:
                _leave(waiting.popleft(), meter)
            self._send(waiting, meter)
            self._perform(meter)
            ended = self.stopping or source.ended
            if ended and not waiting and not self._busy:
                return
            self._pause(source, waiting)

    def ask(self, request: Request) -> Answer:
        """Send one request now, and wait for its answer."""
        handle = self._free.pop() if self._free else self._new_handle()
        buffer = self._dress(handle, request)
        try:
            handle.perform()
        except pycurl.error as problem:
            code, message = problem.args
            return Answer(0, str(message).encode(), _ERRORS.get(code, f"curl {code}"))
        finally:
            self._free.append(handle)
        status = handle.getinfo(pycurl.RESPONSE_CODE)
        return Answer(status, buffer.getvalue())

    def close(self) -> None:
        """Close all connections."""
        for handle in self._free:
            handle.close()
        self._free.clear()
        self._multi.close()

    def _send(self, waiting: deque[_Waiting], meter: Meter) -> None:
        patience = self._endpoint.timeout_ms / 1000
        unsent, now = 0, clock()
        while waiting:
            first = waiting[0]
            if now - first.due > patience:
                _leave(waiting.popleft(), meter)
                continue
            handle = self._free.pop() if self._free else self._one_more(now)
            if handle is None:
                _block(waiting)
                return
            waiting.popleft()
            now = self._begin(handle, first)
            unsent += 1
            if unsent % _AT_ONCE == 0:
                self._perform(meter)

    def _one_more(self, now: float) -> Any:
        """Another handle to send with; None while all connections wait for answers.

        Connections are opened a few at a time: a storm of handshakes would be a load
        of its own.
        """
        if self._made >= self._allowed:
            if now - self._raised < _MORE_EVERY_S:
                return None
            self._raised = now
            most = self._endpoint.connections
            self._allowed = min(self._allowed + _MORE_CONNECTIONS, most)
            if self._made >= self._allowed:
                return None
        self._made += 1
        return self._new_handle()

    def _new_handle(self) -> Any:
        handle = pycurl.Curl()
        buffer = BytesIO()
        for option, value in (
            (pycurl.URL, self._endpoint.url),
            (pycurl.POST, 1),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.CAINFO, self._endpoint.authorities),
            (pycurl.SSL_VERIFYPEER, 1),
            (pycurl.SSL_VERIFYHOST, 2),
            (pycurl.PROXY, ""),  # a run with a proxy was refused before
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.TIMEOUT_MS, self._endpoint.timeout_ms),
            (pycurl.DNS_CACHE_TIMEOUT, 30),
            (pycurl.NOSIGNAL, 1),
            (pycurl.WRITEDATA, buffer),
        ):
            handle.setopt(option, value)
        self._buffers[handle] = buffer
        return handle

    def _begin(self, handle: Any, first: _Waiting) -> float:
        """Send it; the moment of that."""
        buffer = self._dress(handle, first.request)
        sent = clock()
        self._busy[handle] = (first, sent, buffer)
        self._multi.add_handle(handle)
        return sent

    def _dress(self, handle: Any, request: Request) -> BytesIO:
        """Give the handle a request; its buffer, emptied."""
        self._version += 1
        body = request.body(self._version)
        headers = self.signer.headers(request.kind.api, body, time.time())
        headers += _NOT_SENT
        handle.setopt(pycurl.POSTFIELDS, body)
        handle.setopt(pycurl.HTTPHEADER, headers)
        buffer = self._buffers[handle]
        buffer.seek(0)
        buffer.truncate()
        return buffer

    def _perform(self, meter: Meter) -> None:
        while self._multi.perform()[0] == pycurl.E_CALL_MULTI_PERFORM:
            pass
        queued = 1
        while queued:
            queued, done, failed = self._multi.info_read()
            for handle in done:
                status = handle.getinfo(pycurl.RESPONSE_CODE)
                self._finish(handle, meter, status, "")
            for handle, code, message in failed:
                name = _ERRORS.get(code, f"curl {code}")
                self._buffers[handle].write(f" ({message})".encode())
                self._finish(handle, meter, 0, name)

    def _finish(self, handle: Any, meter: Meter, status: int, error: str) -> None:
        ended = clock()
        self._multi.remove_handle(handle)
        first, sent, buffer = self._busy.pop(handle)
        moments = Moments(first.due, first.noticed, sent, ended, first.blocked)
        answer = Answer(status, buffer.getvalue(), error)
        self._free.append(handle)
        meter.answered(first.request, moments, answer)

    def _pause(self, source: Source, waiting: deque[_Waiting]) -> None:
        """Wait for what is due next, or for an answer if that comes much later.

        At high rates an answer waits for the end of the tick, half of one on average.
        """
        pause = source.next_due() - clock()
        if pause < _TICK_S and not waiting:
            self._sleep(_TICK_S)
            return
        pause = min(pause, _MORE_EVERY_S / 2 if waiting else _LONGEST_PAUSE_S)
        if self._busy:
            self._multi.select(max(pause, _TICK_S))
        else:
            self._sleep(max(pause, _TICK_S))


def _leave(first: _Waiting, meter: Meter) -> None:
    """It is never sent: say whose fault that is."""
    cause = "waiting" if first.blocked else "late"
    meter.not_sent(first.request, first.due, cause)


def _block(waiting: deque[_Waiting]) -> None:
    """Note of all that wait, newest first, that it is not the generator's fault."""
    for each in reversed(waiting):
        if each.blocked:
            return
        each.blocked = True
