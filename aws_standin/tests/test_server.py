"""HTTP requests that are refused before they become API calls."""

import gzip
import http.client
import json
import socket
from datetime import UTC, datetime

import pytest

from aws_standin.request_body import AWS_LIMIT, CONTROL_LIMIT

SIGNED = (
    "AWS4-HMAC-SHA256 Credential=111122223333/20300101/eu-west-1/dynamodb/aws4_request,"
    " SignedHeaders=host, Signature=0"
)


@pytest.fixture
def exchange(standin):
    """Send bytes to the stand-in; return the status and the answer's one line."""
    host, port = standin.endpoint.removeprefix("http://").split(":")

    def send(*lines, body=b"", path="/"):
        head = [f"POST {path} HTTP/1.1", f"Host: {host}:{port}", *lines, "", ""]
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall("\r\n".join(head).encode() + body)
            connection.shutdown(socket.SHUT_WR)
            response = http.client.HTTPResponse(connection)
            response.begin()
            return response.status, json.loads(response.read())["error"]

    return send


@pytest.fixture
def steer(standin):
    """Ask the control API for the clock with these headers; return the answer."""
    host = standin.endpoint.removeprefix("http://")

    def get(**headers):
        connection = http.client.HTTPConnection(host, timeout=20)
        connection.putrequest("GET", "/_standin/clock", skip_host=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        answer = response.status, json.loads(response.read())
        connection.close()
        return answer

    return get


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (["Content-Length: -1"], "Content-Length must be one number, not -1"),
        (["Content-Length: many"], "Content-Length must be one number, not many"),
        (
            ["Content-Length: 1", "Content-Length: 2"],
            "Content-Length must be one number, not 1, 2",
        ),
        (
            ["Content-Length: 0", "Transfer-Encoding: chunked"],
            "both Transfer-Encoding and Content-Length are given",
        ),
        (
            ["Transfer-Encoding: gzip, chunked"],
            "Transfer-Encoding must be chunked, not gzip, chunked",
        ),
        (["Content-Length: 9"], "the body ends after 0 of 9 bytes"),
    ],
)
def test_wrong_framing_is_refused(exchange, headers, reason):
    """A body whose end is unclear MUST be status 400 (RFC 9112, section 6.3)."""
    assert exchange(*headers) == (400, reason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"-5\r\nhello\r\n", "must be a hexadecimal number"),
        (b"zz\r\n", "must be a hexadecimal number"),
        (b"", "must be a hexadecimal number"),
        (b"5\r\nhello and more\r\n0\r\n\r\n", "a chunk is longer than its size"),
        (b"ff\r\nhello\r\n", "the body ends after 7 of 255 bytes"),
        (b"0\r\n" + b"a: b\r\n" * 101 + b"\r\n", "there are more than 100 trailers"),
    ],
)
def test_wrong_chunks_are_refused(exchange, body, reason):
    """A chunk that is not what its size says MUST be status 400."""
    status, words = exchange("Transfer-Encoding: chunked", body=body)

    assert status == 400
    assert reason in words


@pytest.mark.parametrize(
    ("path", "limit"), [("/", AWS_LIMIT), ("/_standin/settings", CONTROL_LIMIT)]
)
def test_a_body_beyond_the_limit_is_refused_unread(exchange, path, limit):
    """A body that is too large MUST be status 413 before it is read."""
    refusal = (413, f"the body has more than {limit:,} bytes")

    assert exchange(f"Content-Length: {limit + 1}", path=path) == refusal
    assert exchange(f"Content-Length: {'9' * 18}", path=path) == refusal
    chunk = f"{limit + 1:x}\r\n".encode()
    assert exchange("Transfer-Encoding: chunked", body=chunk, path=path) == refusal


def test_a_body_that_is_not_gzip_is_refused(exchange):
    """A body that cannot be decompressed MUST be status 400."""
    status, words = exchange(
        f"Authorization: {SIGNED}",
        "X-Amz-Target: DynamoDB_20120810.ListTables",
        "Content-Encoding: gzip",
        "Content-Length: 4",
        body=b"none",
    )

    assert status == 400
    assert "the body is not gzip" in words


def test_a_body_that_decompresses_beyond_the_limit_is_refused(exchange):
    """A small body that becomes a large one MUST be status 413."""
    body = gzip.compress(bytes(AWS_LIMIT + 1), 1)

    status, words = exchange(
        f"Authorization: {SIGNED}",
        "X-Amz-Target: DynamoDB_20120810.ListTables",
        "Content-Encoding: gzip",
        f"Content-Length: {len(body)}",
        body=body,
    )

    assert status == 413
    assert words == f"the body has more than {AWS_LIMIT:,} bytes when decompressed"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:8080"])
def test_the_control_api_answers_loopback_names(steer, host):
    """The two names of this machine MUST be answered with any port."""
    status, answer = steer(Host=host)

    assert status == 200
    assert "now" in answer


@pytest.mark.parametrize(
    "host",
    ["", "attacker.example", "127.0.0.1.attacker.example", "localhost:x", "[::1]"],
)
def test_the_control_api_answers_no_other_host(steer, host):
    """A name that was rebound to this machine MUST be refused (DNS rebinding)."""
    assert steer(Host=host) == (
        403,
        {"error": f"the control API answers Host 127.0.0.1 or localhost, not {host!r}"},
    )


def test_the_control_api_does_not_answer_pages_of_other_sites(steer):
    """A browser names the origin of a page that posts, and it MUST be refused."""
    status, answer = steer(Host="localhost", Origin="https://attacker.example")

    assert status == 403
    assert "https://attacker.example" in answer["error"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", {"shift": 1e300}),
        ("settings", ["no object"]),
        ("settings", {"regions": ["no object"]}),
        ("faults", ["no object"]),
    ],
)
def test_a_control_body_of_the_wrong_form_is_refused(control, path, body):
    """A body that cannot be used MUST be status 400, never a dropped connection."""
    status, _ = control(path, body)

    assert status == 400


def test_answers_are_dated_by_the_clock_of_the_standin(standin, stop_clock):
    """The Date header of an answer is the stand-in's time, not the machine's."""
    stop_clock(datetime(2030, 1, 1, tzinfo=UTC))
    connection = http.client.HTTPConnection(standin.endpoint[7:], timeout=20)
    connection.request("GET", "/_standin/clock")
    dates = connection.getresponse().msg.get_all("Date")
    connection.close()
    assert dates == ["Tue, 01 Jan 2030 00:00:00 GMT"]
