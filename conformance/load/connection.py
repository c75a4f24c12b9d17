"""One connection over HTTP/1.1: a request at a time, each with its answer."""

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
    """Return the answer that stands for a problem of the network."""
    known = (name for kind, name in _NAMES.items() if isinstance(problem, kind))
    return Answer(0, str(problem).encode(), next(known, otherwise))


class Connection(asyncio.BufferedProtocol):
    """A connection that calls back with each answer and once with its own end.

    It calls back with no answer after its end.
    """

    def __init__(
        self,
        answered: Callable[["Connection", Answer], None],
        ended: Callable[["Connection", Answer], None],
    ) -> None:
        """Wait for an event loop to connect it."""
        self.opened = 0.0
        self.used = False
        """True once it has answered."""
        self.answer_began = False
        """True once a part of the answer has come."""
        self.keeps = True
        """True while it can be used again."""
        self._asked = False
        self._answered = answered
        self._ended = ended
        self._parser: Any = HttpResponseParser(self)
        self._space = memoryview(bytearray(_PART))
        self._wire: Any = None
        self._body: list[bytes] = []
        self._answer: Answer | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the wire; from now on it can send."""
        self._wire = transport

    def send(self, message: bytes) -> None:
        """Send a whole request."""
        self._asked, self.answer_began = True, False
        self._wire.write(message)

    def give_up(self) -> None:
        """Close it without waiting for anything."""
        self._asked = False
        self._wire.abort()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 -- any size will do
        """Return the memory for the next part of an answer."""
        return self._space

    def buffer_updated(self, nbytes: int) -> None:
        """Feed the parser with a part of an answer; call back once it is whole."""
        if not self._asked:  # some servers say why they close
            self._retire("NotAskedFor", "")
            return
        self.answer_began = True
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
        """Keep a part of the body, for the parser."""
        self._body.append(part)

    def on_message_complete(self) -> None:
        """Keep the whole answer, for the parser; a second one was not asked for."""
        status = self._parser.get_status_code()
        if status < OK:
            return  # an interim one; the answer follows
        body = b"".join(self._body)
        self._body.clear()
        self.keeps = self._answer is None and self._parser.should_keep_alive()
        self._answer = self._answer or Answer(status, body)

    def connection_lost(self, exc: Exception | None) -> None:
        """Call back with the end of the connection, whoever closed it."""
        name = "IncompleteAnswer" if self.answer_began else "EmptyAnswer"
        self._ended(
            self, named(exc, "ConnectionReset") if exc else Answer(0, b"", name)
        )
        self._parser = self._wire = None  # each holds the connection in turn
