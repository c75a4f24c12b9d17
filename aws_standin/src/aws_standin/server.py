"""The HTTP/1.1 server on loopback, with one thread a connection."""

import contextlib
import gc
import io
import json
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from aws_standin.app import StandIn
from aws_standin.control_api import PREFIX
from aws_standin.protocols.messages import ConnectionReset
from aws_standin.request_body import (
    AWS_LIMIT,
    CONTROL_LIMIT,
    RequestRefusedError,
    read_body,
)

HOST = "127.0.0.1"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER of zero seconds: closing sends RST instead of FIN."""

GC_THRESHOLDS = (100_000, 50, 100)
"""Far above Python's own: a collection walks through all of botocore's models."""


@dataclass
class Running:
    """A stand-in that is being served."""

    endpoint: str
    standin: StandIn


@contextlib.contextmanager
def running(port: int = 0) -> Iterator[Running]:
    """Serve a stand-in of its own in this process; port 0 takes a free one."""
    standin = StandIn()
    server = _Server((HOST, port), _handler(standin))
    standin.clock.start()
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
    )
    thread.start()
    try:
        with _rare_gc():
            yield Running(f"http://{HOST}:{server.server_port}", standin)
    finally:
        standin.clock.stop()
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def serve(port: int) -> None:
    """Serve until interrupted; print `ready URL` once requests are answered."""
    with running(port) as here:
        print(f"ready {here.endpoint}", flush=True)  # noqa: T201 - callers wait for it
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


@contextlib.contextmanager
def _rare_gc() -> Iterator[None]:
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent when a client goes away; report anything else."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


def _handler(standin: StandIn) -> type[BaseHTTPRequestHandler]:
    class Connection(_Connection):
        application = standin

    return Connection


class _Connection(BaseHTTPRequestHandler):
    """One connection, kept alive; every method goes to the application."""

    application: StandIn
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_one_request(self) -> None:
        """Read one request, answer it, and leave the connection open."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        try:
            self._answer()
        except ConnectionReset:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.connection.close()
        except RequestRefusedError as refusal:
            self._refuse(refusal)

    def _refuse(self, refusal: RequestRefusedError) -> None:
        """Answer in one line, and close: the rest of the request is unread."""
        body = json.dumps({"error": refusal.reason}).encode()
        self.close_connection = True
        self.send_response_only(refusal.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def handle_expect_100(self) -> bool:
        """Ask for the body at once: what is written waits in a buffer otherwise."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _answer(self) -> None:
        head: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
            head[:] = [int(status[:3]), headers]

        body = b"".join(self.application(self._environ(), start))
        self.send_response_only(head[0])
        for name, value in head[1]:
            if name.lower() not in ("content-length", "connection", "date"):
                self.send_header(name, value)
        now = self.application.clock.now().timestamp()
        self.send_header("Date", self.date_time_string(now))
        if head[0] != 204:  # noqa: PLR2004 - No Content has no length either
            self.send_header(
                "Content-Length", str(_length(head[1], body, self.command))
            )
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _environ(self) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        is_control = unquote(path, "latin-1").startswith(PREFIX)
        limit = CONTROL_LIMIT if is_control else AWS_LIMIT
        body = read_body(self.headers, self.rfile, limit)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "RAW_PATH": path,
            "RAW_URI": self.path,
            "REQUEST_URI": self.path,
            "QUERY_STRING": query,
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_NAME": HOST,
            "SERVER_PORT": str(self.connection.getsockname()[1]),
            "SERVER_PROTOCOL": self.request_version,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            if key == "CONTENT_TYPE":
                environ[key] = value
            elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
                environ[f"HTTP_{key}"] = value
        return environ


def _length(headers: list[tuple[str, str]], body: bytes, method: str) -> int:
    if method != "HEAD":
        return len(body)
    given = next((v for k, v in headers if k.lower() == "content-length"), len(body))
    return int(given)
