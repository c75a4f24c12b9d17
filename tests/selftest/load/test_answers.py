"""Whatever a server answers, the load engine counts it as what it is."""

import pytest

from conformance.load.measurements import STEADY
from conformance.load.request_bodies import Kind, Request
from tests.selftest.load.engine import errors_of, simulated, total
from tests.selftest.load.server import CLOSE, LEAVING, OK, LoadServer, refusal


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

    server = LoadServer(some_fail)
    meter = simulated(server)
    assert set(errors_of(meter)) == {error}
    assert total(meter, "failed") == sum(errors_of(meter).values()) > 0
    assert not meter.throttles


def test_a_connection_that_is_closed_instead_of_an_answer_is_an_error():
    """Whether the server closed or reset it is for the network to say."""

    def some_close(_operation, number, _body):
        return CLOSE if number >= 90 else OK

    server = LoadServer(some_close)
    meter = simulated(server)
    assert set(errors_of(meter)) <= {"EmptyAnswer", "ConnectionReset"}
    assert total(meter, "failed") > 0
    assert total(meter, "due") == 100


def test_throttling_is_counted_by_index_and_reason():
    """The exception says which index refused, and why."""
    arn = "arn:aws:dynamodb:eu-west-1:1:table/orders-sit/index/OrdersByStatus"
    reason = "IndexWriteKeyRangeThroughputExceeded"
    throttled = refusal(
        "ThrottlingException", throttlingReasons=[{"reason": reason, "resource": arn}]
    )

    def every_tenth(_operation, number, _body):
        return throttled if number % 10 == 0 else OK

    server = LoadServer(every_tenth)
    meter = simulated(server)
    wanted = {(STEADY, "orders", "OrdersByStatus", reason): 10}
    assert dict(meter.throttles) == wanted
    assert total(meter, "throttled") == 10
    assert not meter.errors


def test_a_transaction_cancelled_for_capacity_is_throttled():
    """A cancelled transaction says why for each of its items."""
    kind = Kind("orders", "transact_write", "TransactWriteItems")
    reasons = [{"Code": "None"}, {"Code": "ThrottlingError"}]
    answer = refusal("TransactionCanceledException", CancellationReasons=reasons)
    server = LoadServer(lambda *_: answer)
    meter = simulated(server, mix=(Request(kind, (b"{}",)),))
    assert sum(meter.throttles.values()) == 100
    assert not meter.errors


def test_an_unprocessed_part_of_a_batch_is_throttling():
    """DynamoDB answers 200 and leaves out what it had no capacity for."""
    kind = Kind("orders", "batch_get", "BatchGetItem")
    left = b'{"Responses":{"orders":[{}]},"UnprocessedKeys":{"orders":{"Keys":[{}]}}}'
    server = LoadServer(lambda *_: (200, left))
    meter = simulated(server, mix=(Request(kind, (b"{}",)),))
    assert sum(meter.throttles.values()) == 100


CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'7\r\n{"Item"\r\n4\r\n:{}}\r\n0\r\n\r\n'
)


@pytest.mark.parametrize("answer", [CHUNKED, LEAVING], ids=["chunked", "then closes"])
def test_answers_in_chunks_and_before_a_close_count(answer):
    """In chunks, or the last one on its connection."""
    server = LoadServer(lambda *_: answer)
    meter = simulated(server)
    assert total(meter, "answered") == 100
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
    server = LoadServer(lambda *_: answer, idle_s=0.05)
    meter = simulated(server)
    assert set(errors_of(meter)) == {error}
    assert total(meter, "failed") == 100


def test_an_answer_that_nobody_asked_for_counts_for_nothing():
    """Some servers say why they close an idle connection."""
    farewell = b"HTTP/1.1 408 Idle\r\nContent-Length: 0\r\n\r\n"
    twice = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" + b'{"Item":{}}'
    server = LoadServer(lambda *_: twice + farewell)
    meter = simulated(server)
    assert total(meter, "answered") == 100
    assert not meter.errors


def test_an_interim_answer_is_not_the_answer():
    """Some proxies say 100 Continue first; the next request gets none of it."""
    interim = b"HTTP/1.1 100 Continue\r\n\r\n"
    server = LoadServer(lambda *_: interim + LEAVING)
    meter = simulated(server)
    assert total(meter, "answered") == 100
    server = LoadServer(lambda *_: interim, idle_s=0.1)
    meter = simulated(server)
    assert total(meter, "answered") == 0
    assert set(errors_of(meter)) == {"IncompleteAnswer"}
