"""Connections of the load engine: to whom they go, and what becomes of closed ones."""

import asyncio
import gc
import socket
import ssl
import subprocess
import threading
from shutil import which

import pytest

from conformance.load.arrivals import FixedRate
from conformance.load.connection import Connection
from conformance.load.latency_histogram import percentiles_ms
from tests.selftest.load.engine import (
    GET,
    errors_of,
    measured,
    memory_transport,
    simulated,
    steady_meter,
    total,
)
from tests.selftest.load.memory_loop import held_clock
from tests.selftest.load.server import CLOSE, LEAVING, OK, LoadServer, serving


def test_an_idle_connection_that_was_closed_is_no_error():
    """Services close what is idle; the next request takes another connection."""
    server = LoadServer(idle_s=0.03)
    meter = simulated(server, rate=10, seconds=1.0)
    assert total(meter, "answered") == 10
    assert not meter.errors
    assert server.connections >= 9


def test_nobody_listening_is_an_error_by_name():
    """Nothing is answered, and it says so quickly."""
    meter = measured("http://127.0.0.1:9", seconds=0.2)
    assert set(errors_of(meter)) == {"ConnectionRefused"}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of nobody for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    names = "subjectAltName=DNS:localhost"
    subprocess.run(
        [
            *[which("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes"],
            *["-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=localhost"],
            *["-addext", names, "-days", "2"],
        ],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


def test_tls_is_verified(certificate):
    """Only a server whose certificate is trusted, and is its own, is spoken to."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    trusted = {"authorities": str(certificate / "cert.pem")}
    with serving(LoadServer(), ssl=context) as server:
        good = f"https://localhost:{server.port}"
        assert total(measured(good, **trusted), "answered") == 100
        refused = {"CertificateNotVerified"}
        assert set(errors_of(measured(good, seconds=0.1))) == refused
        other_name = f"https://127.0.0.1:{server.port}"
        meter = measured(other_name, seconds=0.1, **trusted)
        assert set(errors_of(meter)) == refused
        before = len(server.operations)
    assert before == 100


def test_a_proxy_of_the_shell_is_not_used(monkeypatch):
    """What is measured is the service, not what http_proxy names."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(LoadServer()) as server:
        assert total(measured(server.url, seconds=0.1), "answered") == 20


def test_a_name_that_moves_is_followed_while_a_load_runs(monkeypatch):
    """Every new connection asks for the address; the old one is soon forgotten.

    The names are the machine's, so the loop here is one that asks Python for them.
    """
    moved = threading.Event()

    def resolved(_host, port, *_, **__):
        address = "127.0.0.2" if moved.is_set() else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def leaving(_operation, number, _body):
        if number == 40:
            moved.set()
        return LEAVING if number >= 40 else OK

    with (
        serving(LoadServer(leaving)) as old,
        serving(LoadServer(host="127.0.0.2", port=old.port)) as new,
    ):
        monkeypatch.setattr("socket.getaddrinfo", resolved)
        url = f"http://table.example:{old.port}"
        meter = measured(url, new_loop=asyncio.new_event_loop)
    assert total(meter, "answered") == 100
    assert not meter.errors
    assert len(new.operations) > 30  # what was open goes on until it is closed


def test_a_kept_connection_that_closes_is_not_the_generators_fault():
    """What is sent once more was late for the service's reasons."""

    def every_fourth(_operation, number, _body):
        return CLOSE if number % 4 == 3 else OK

    slow = LoadServer(every_fourth, delay=lambda _: 0.1)
    meter = simulated(slow)
    assert percentiles_ms([meter.lag])["p99"] < 50
    assert not meter.dropped


def test_a_server_that_does_not_speak_tls_is_an_error_by_name():
    """It is not told as a name that cannot be resolved."""

    class Plain(LoadServer):
        async def serve(self, reader, writer):
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

    with serving(Plain()) as server:
        meter = measured(f"https://localhost:{server.port}", seconds=0.1)
    assert set(errors_of(meter)) == {"TlsFailed"}
    assert total(meter, "failed") == 20


def test_closed_connections_are_forgotten():
    """A service that closes often does not fill the memory."""
    server = LoadServer(lambda *_: LEAVING)
    with held_clock() as clock:
        transport = memory_transport(server, clock)
        gc.disable()  # a load collects seldom
        try:
            transport.run(FixedRate([GET] * 400, 1000, clock()), steady_meter())
            alive = sum(isinstance(one, Connection) for one in gc.get_objects())
        finally:
            gc.enable()
        transport.close()
    assert server.connections >= 400
    assert alive < 200
