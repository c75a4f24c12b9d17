"""The load engine against small servers that stall, close, refuse and fail."""

import asyncio
import gc
import itertools
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from shutil import which

import pytest
from botocore.httpsession import get_cert_path

from conformance.load.bodies import Kind, Request
from conformance.load.connection import Connection
from conformance.load.durations import percentiles_ms
from conformance.load.endpoint import Endpoint
from conformance.load.measuring import STEADY, Meter
from conformance.load.schedule import Arrivals, Once, interleaved
from conformance.load.signing import Credentials, Signer
from conformance.load.transport import Transport, clock
from tests.selftest.loadserver import CLOSE, OK, LoadServer, refusal, serving

GET = Request(Kind("orders", "get", "GetItem"), (b'{"a":1}',))
PUT = Request(Kind("orders", "put", "PutItem"), (b'{"v":"', b'"}'))
PUBLIC = get_cert_path(verify=True)
EPOCH = time.time() - clock()


def _transport(url, *, timeout_ms=2000, connections=64, authorities=PUBLIC, **choices):
    signer = Signer(Credentials("AK", "secret"), "eu-west-1", url.partition("//")[2])
    endpoint = Endpoint(url, "eu-west-1", authorities, timeout_ms, connections)
    return Transport(endpoint, signer, **choices)


def _measured(url, seconds=0.5, rate=200, mix=(GET,), **settings):
    """What a steady load on the address measures."""
    meter = Meter(EPOCH, lambda _due: STEADY)
    arrivals = Arrivals(itertools.cycle(mix))
    begin = clock()
    arrivals.change(begin, rate)
    arrivals.close(begin + seconds)
    transport = _transport(url, **settings)
    try:
        transport.drive(arrivals, meter)
    finally:
        transport.close()
    return meter


def _total(meter, name):
    return sum(getattr(it, name) for it in meter.seconds.values())


def _errors(meter):
    counts = {}
    for (_, _, name), count in meter.errors.items():
        counts[name] = counts.get(name, 0) + count
    return counts


def test_every_arrival_is_due_by_the_absolute_plan():
    """However late the generator looks, the n-th request was due at n/rate."""
    arrivals = Arrivals(itertools.repeat(GET))
    arrivals.change(10.0, 4)
    arrivals.change(11.0, 2)
    arrivals.close(13.0)
    due = [moment for moment, _ in arrivals.take(20.0)]
    assert due == [10.25, 10.5, 10.75, 11.0, 11.5, 12.0, 12.5, 13.0]
    assert arrivals.ended


def test_a_change_of_rate_loses_no_part_of_an_arrival():
    """Half an interval that has passed is half an arrival at the new rate too."""
    arrivals = Arrivals(itertools.repeat(GET))
    arrivals.change(0.0, 1)
    arrivals.change(0.5, 10)
    assert [round(it, 6) for it, _ in arrivals.take(0.7)] == [0.55, 0.65]


def test_the_mix_has_its_shares_in_every_part():
    """1 write comes with 5 reads, not 100 with 500."""
    streams = [(itertools.repeat("w"), 1000.0), (itertools.repeat("r"), 5000.0)]
    mix = interleaved(streams)
    for _ in range(20):
        assert sorted(itertools.islice(mix, 6)) == ["r"] * 5 + ["w"]


def test_the_mix_keeps_odd_shares_for_ever():
    """Shares that no round number of requests holds are not rounded."""
    shares = {"a": 549.7, "b": 33.3, "c": 0.37, "d": 5416.63}
    mix = interleaved((itertools.repeat(name), it) for name, it in shares.items())
    counts = Counter(itertools.islice(mix, 600_000))
    for name, share in shares.items():
        assert abs(counts[name] - share * 100) < 2


def test_all_that_is_due_is_sent_and_answered():
    """A quick server gets what was planned, and the counts agree with its own."""
    with serving(LoadServer()) as server:
        meter = _measured(server.url, mix=(PUT, GET, GET, GET, GET))
    assert len(server.operations) == 100
    assert server.operations.count("PutItem") == 20
    assert (_total(meter, "due"), _total(meter, "sent")) == (100, 100)
    assert (_total(meter, "answered"), _total(meter, "answered_writes")) == (100, 20)
    assert not meter.errors
    assert not meter.dropped


def test_a_stall_shows_in_the_latency_of_all_that_were_due():
    """Requests due while the server stands still are late, not left out."""
    began = time.monotonic()

    def stall(now):
        return max(0.0, 0.5 - (now - began - 0.1)) if now - began > 0.1 else 0.0

    with serving(LoadServer(delay=stall)) as server:
        began = time.monotonic()
        meter = _measured(server.url, seconds=1.0, connections=8)
    told = percentiles_ms(meter.latency.values())
    assert _total(meter, "due") == 200
    assert told["p50"] < 250 < told["p95"]
    assert sum(meter.waited.values()) > 40
    assert percentiles_ms([meter.lag])["p99"] < 100  # nothing of it is the generator's


def test_what_waits_too_long_for_a_connection_is_dropped_and_said_so():
    """Where every connection waits for an answer, the rest was due and not sent."""
    with serving(LoadServer(delay=lambda _: 0.6)) as server:
        meter = _measured(server.url, connections=4, timeout_ms=250)
    assert meter.dropped[STEADY, "orders", "waiting"] > 40
    assert not [it for it in meter.dropped if it[2] == "late"]
    assert _total(meter, "due") == 100
    assert set(_errors(meter)) == {"Timeout"}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal("InternalServerError", 500), "InternalServerError"),
        ((503, b"<html>"), "HTTP 503"),
        (refusal("ResourceNotFoundException"), "ResourceNotFoundException"),
        (refusal("RequestTimeTooSkewedException"), "RequestTimeTooSkewedException"),
        ((200, b"{}"), "ItemMissing"),
    ],
)
def test_errors_are_counted_by_type(answer, error):
    """A failed request is an error with its name, once, and is not repeated."""

    def some_fail(_operation, number, _body):
        return answer if number >= 90 else OK

    with serving(LoadServer(some_fail)) as server:
        meter = _measured(server.url)
    assert set(_errors(meter)) == {error}
    assert _total(meter, "failed") == sum(_errors(meter).values()) > 0
    assert not meter.throttles


def test_a_connection_that_is_closed_instead_of_an_answer_is_an_error():
    """Whether the server closed or reset it is for the network to say."""

    def some_close(_operation, number, _body):
        return CLOSE if number >= 90 else OK

    with serving(LoadServer(some_close)) as server:
        meter = _measured(server.url)
    assert set(_errors(meter)) <= {"EmptyAnswer", "ConnectionReset"}
    assert _total(meter, "failed") > 0
    assert _total(meter, "due") == 100


def test_throttling_is_counted_by_index_and_reason():
    """The exception says which index refused, and why."""
    arn = "arn:aws:dynamodb:eu-west-1:1:table/orders-sit/index/OrdersByStatus"
    reason = "IndexWriteKeyRangeThroughputExceeded"
    throttled = refusal(
        "ThrottlingException", throttlingReasons=[{"reason": reason, "resource": arn}]
    )

    def every_tenth(_operation, number, _body):
        return throttled if number % 10 == 0 else OK

    with serving(LoadServer(every_tenth)) as server:
        meter = _measured(server.url)
    wanted = {(STEADY, "orders", "OrdersByStatus", reason): 10}
    assert dict(meter.throttles) == wanted
    assert _total(meter, "throttled") == 10
    assert not meter.errors


def test_a_transaction_cancelled_for_capacity_is_throttled():
    """A cancelled transaction says why for each of its items."""
    kind = Kind("orders", "transact_write", "TransactWriteItems")
    reasons = [{"Code": "None"}, {"Code": "ThrottlingError"}]
    answer = refusal("TransactionCanceledException", CancellationReasons=reasons)
    with serving(LoadServer(lambda *_: answer)) as server:
        meter = _measured(server.url, mix=(Request(kind, (b"{}",)),))
    assert sum(meter.throttles.values()) == 100
    assert not meter.errors


def test_an_unprocessed_part_of_a_batch_is_throttling():
    """DynamoDB answers 200 and leaves out what it had no capacity for."""
    kind = Kind("orders", "batch_get", "BatchGetItem")
    left = b'{"Responses":{"orders":[{}]},"UnprocessedKeys":{"orders":{"Keys":[{}]}}}'
    with serving(LoadServer(lambda *_: (200, left))) as server:
        meter = _measured(server.url, mix=(Request(kind, (b"{}",)),))
    assert sum(meter.throttles.values()) == 100


def test_an_idle_connection_that_was_closed_is_no_error():
    """Services close what is idle; the next request takes another connection."""
    with serving(LoadServer(idle_s=0.03)) as server:
        meter = _measured(server.url, rate=10, seconds=1.0)
    assert _total(meter, "answered") == 10
    assert not meter.errors
    assert server.connections >= 9


def test_nobody_listening_is_an_error_by_name():
    """Nothing is answered, and it says so quickly."""
    meter = _measured("http://127.0.0.1:9", seconds=0.2)
    assert set(_errors(meter)) == {"ConnectionRefused"}


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
        assert _total(_measured(good, **trusted), "answered") == 100
        refused = {"CertificateNotVerified"}
        assert set(_errors(_measured(good, seconds=0.1))) == refused
        other_name = f"https://127.0.0.1:{server.port}"
        meter = _measured(other_name, seconds=0.1, **trusted)
        assert set(_errors(meter)) == refused
        before = len(server.operations)
    assert before == 100


def test_a_proxy_of_the_shell_is_not_used(monkeypatch):
    """What is measured is the service, not what http_proxy names."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with serving(LoadServer()) as server:
        assert _total(_measured(server.url, seconds=0.1), "answered") == 20


CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'7\r\n{"Item"\r\n4\r\n:{}}\r\n0\r\n\r\n'
)
LEAVING = (
    b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 11\r\n\r\n{"Item":{}}'
)


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
        meter = _measured(url, new_loop=asyncio.new_event_loop)
    assert _total(meter, "answered") == 100
    assert not meter.errors
    assert len(new.operations) > 30  # what was open goes on until it is closed


@pytest.mark.parametrize("answer", [CHUNKED, LEAVING], ids=["chunked", "then closes"])
def test_answers_in_chunks_and_before_a_close_count(answer):
    """In chunks, or the last one on its connection."""
    with serving(LoadServer(lambda *_: answer)) as server:
        meter = _measured(server.url)
    assert _total(meter, "answered") == 100
    assert not meter.errors
    assert server.connections == 100 or answer is CHUNKED


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"220 mail.example ESMTP\r\n", "NoHttp"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{", "IncompleteAnswer"),
    ],
)
def test_what_is_no_whole_answer_is_an_error(answer, error):
    """Another protocol, or an answer that ends in the middle."""
    with serving(LoadServer(lambda *_: answer, idle_s=0.05)) as server:
        meter = _measured(server.url)
    assert set(_errors(meter)) == {error}
    assert _total(meter, "failed") == 100


def test_an_answer_that_nobody_asked_for_counts_for_nothing():
    """Some servers say why they close an idle connection."""
    farewell = b"HTTP/1.1 408 Idle\r\nContent-Length: 0\r\n\r\n"
    twice = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + b'{"Item":{}}'
    with serving(LoadServer(lambda *_: twice + farewell)) as server:
        meter = _measured(server.url)
    assert _total(meter, "answered") == 100
    assert not meter.errors


@pytest.mark.parametrize("problem", [LookupError, TimeoutError])
@pytest.mark.parametrize("where", ["answered", "not_sent"])
def test_what_fails_in_the_suite_itself_ends_a_drive_and_not_the_next(where, problem):
    """A load that breaks says why, and its items can still be deleted."""

    def fail(*_):
        raise problem("a defect of ours")

    meter = Meter(EPOCH, lambda _due: STEADY)
    setattr(meter, where, fail)
    slow = LoadServer(delay=lambda _: 0.3 if where == "not_sent" else 0.0)
    with serving(slow) as server:
        transport = _transport(server.url, connections=2, timeout_ms=400)
        source = Once([GET] * 40, 1000, clock())
        with pytest.raises(problem, match="a defect of ours"):
            transport.drive(source, meter)
        whole = Meter(EPOCH, lambda _due: STEADY)
        transport.drive(Once([GET], 1000, clock()), whole)
        assert (_total(whole, "due"), _total(whole, "answered")) == (1, 1)
        transport.close()


def test_an_interim_answer_is_not_the_answer():
    """Some proxies say 100 Continue first; the next request gets none of it."""
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    with serving(LoadServer(lambda *_: interim + LEAVING)) as server:
        meter = _measured(server.url)
    assert _total(meter, "answered") == 100
    with serving(LoadServer(lambda *_: interim, idle_s=0.1)) as server:
        meter = _measured(server.url)
    assert _total(meter, "answered") == 0
    assert set(_errors(meter)) == {"IncompleteAnswer"}


def test_a_kept_connection_that_closes_is_not_the_generators_fault():
    """What is sent once more was late for the service's reasons."""

    def every_fourth(_operation, number, _body):
        return CLOSE if number % 4 == 3 else OK

    slow = LoadServer(every_fourth, delay=lambda _: 0.1)
    with serving(slow) as server:
        meter = _measured(server.url)
    assert percentiles_ms([meter.lag])["p99"] < 50
    assert not [it for it in meter.dropped if it[2] == "late"]


def test_a_server_that_does_not_speak_tls_is_an_error_by_name():
    """It is not told as a name that cannot be resolved."""

    class Plain(LoadServer):
        async def serve(self, reader, writer):
            await reader.read(1)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

    with serving(Plain()) as server:
        meter = _measured(f"https://localhost:{server.port}", seconds=0.1)
    assert set(_errors(meter)) == {"TlsFailed"}
    assert _total(meter, "failed") == 20


def test_closed_connections_are_forgotten():
    """A service that closes often does not fill the memory."""
    with serving(LoadServer(lambda *_: LEAVING)) as server:
        transport = _transport(server.url)
        gc.disable()  # a load collects seldom
        try:
            transport.drive(Once([GET] * 400, 1000, clock()), Meter(EPOCH, str))
            alive = sum(isinstance(it, Connection) for it in gc.get_objects())
        finally:
            gc.enable()
        transport.close()
    assert server.connections >= 400
    assert alive < 200


def test_one_question_gets_its_answer():
    """Scans ask one by one; what is not answered says why."""
    with serving(LoadServer()) as server:
        transport = _transport(server.url)
        assert transport.ask(GET)[:2] == OK
        assert transport.ask(GET)[:2] == OK
        transport.close()
    transport = _transport("http://127.0.0.1:9")
    assert transport.ask(GET).error == "ConnectionRefused"
    transport.close()


def test_seeding_sends_each_request_once():
    """What is written before a load is written once, at a pace."""
    kinds = [Request(PUT.kind, (b"%d" % n,)) for n in range(30)]
    meter = Meter(EPOCH, lambda _due: "seed")
    with serving(LoadServer()) as server:
        transport = _transport(server.url)
        begin = clock()
        transport.drive(Once(kinds, 300, begin), meter)
        transport.close()
    assert server.operations == ["PutItem"] * 30
    assert clock() - begin > 0.09


def test_measurements_of_processes_add_up():
    """What two processes measured is one measurement, to the last sample."""
    with serving(LoadServer()) as server:
        ones = [_measured(server.url, mix=(PUT, GET)) for _ in range(2)]
    merged = Meter(EPOCH, lambda _due: STEADY)
    for one in ones:
        merged.add(one.as_text())
    assert _total(merged, "answered") == 200
    assert merged.latency[GET.kind].total == 100
    assert merged.lag.total == 200
    assert merged.as_text() != ones[0].as_text()


def test_percentiles_of_few_samples_are_withheld():
    """Below 100 samples nothing is said, and of p99.9 nothing below 1000."""
    with serving(LoadServer()) as server:
        few = _measured(server.url, seconds=0.4)
        enough = _measured(server.url, seconds=0.6)
    assert set(percentiles_ms(few.latency.values()).values()) == {None}
    told = percentiles_ms(enough.latency.values())
    assert [name for name, it in told.items() if it is None] == ["p99.9"]
