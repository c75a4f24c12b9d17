"""One connection over HTTP/1.1: a request at a time, and what became of it."""

import asyncio
from collections.abc import Callable
from socket import gaierror
from ssl import SSLCertVerificationError, SSLError
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from conformance.load.answers import OK, Answer

_PART = 16384
_NAMES = {
    gaierror: "NameNotResolved",
    SSLCertVerificationError: "CertificateNotVerified",
    SSLError: "TlsFailed",
    ConnectionRefusedError: "ConnectionRefused",
    ConnectionError: "ConnectionReset",
    TimeoutError: "Timeout",
}


def named(problem: BaseException, otherwise: str) -> Answer:
    """A problem of the network, as an answer that was none."""
    known = (name for kind, name in _NAMES.items() if isinstance(problem, kind))
    return Answer(0, str(problem).encode(), next(known, otherwise))


class Connection(asyncio.BufferedProtocol):
    """Sends what it is given, and calls back with each answer and with its own end.

    Nothing is answered after its end.
    """

    def __init__(
        self,
        answered: Callable[["Connection", Answer], None],
        ended: Callable[["Connection", Answer], None],
    ) -> None:
        """Be connected by an event loop."""
        self.opened = 0.0
        self.used = False
        """It has answered before."""
        self.heard = False
        """Something of the answer has come."""
        self.keeps = True
        """It can be used again."""
        self._asked = False
        self._answered = answered
        self._ended = ended
        self._parser: Any = HttpResponseParser(self)
        self._space = memoryview(bytearray(_PART))
        self._wire: Any = None
        self._body: list[bytes] = []
        self._answer: Answer | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It can send now."""
        self._wire = transport

    def send(self, message: bytes) -> None:
        """Send a whole request."""
        self._asked, self.heard = True, False
        self._wire.write(message)

    def give_up(self) -> None:
        """Close it without waiting for anything."""
        self._asked = False
        self._wire.abort()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 -- any size will do
        """Where the next part of an answer is to be put."""
        return self._space

    def buffer_updated(self, nbytes: int) -> None:
        """Part of an answer has come, or all of it."""
        if not self._asked:  # some servers say why they close
            self._retire("NotAskedFor", "")
            return
        self.heard = True
        try:
            self._parser.feed_data(self._space[:nbytes])
        except (HttpParserError, HttpParserUpgrade) as problem:
            self._retire("NoHttp", str(problem))
        if answer := self._answer:
            self._answer, self._asked, self.used = None, False, True
            if not self.keeps:
                self._wire.close()
            self._answered(self, answer)

    def _retire(self, name: str, message: str) -> None:
        self._answer = None
        self._ended(self, Answer(0, message.encode(), name))
        self.give_up()

    def on_body(self, part: bytes) -> None:
        """The parser has read a part of the body."""
        self._body.append(part)

    def on_message_complete(self) -> None:
        """The parser has read the whole answer; a second one, nobody asked for."""
        status = self._parser.get_status_code()
        if status < OK:
            return  # an interim one; the answer follows
        body = b"".join(self._body)
        self._body.clear()
        self.keeps = self._answer is None and self._parser.should_keep_alive()
        self._answer = self._answer or Answer(status, body)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed, by whomever."""
        name = "IncompleteAnswer" if self.heard else "EmptyAnswer"
        self._ended(
            self, named(exc, "ConnectionReset") if exc else Answer(0, b"", name)
        )
        self._parser = self._wire = None  # each holds the connection in turn
