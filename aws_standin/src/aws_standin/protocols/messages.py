"""One AWS API call as it is seen on the wire, and the answers to it.

This is the whole vocabulary between the parts of the stand-in: a behaviour gets
a `Request` and the way onward, and returns a `Response`.  Shapes are those of the
AWS protocols as botocore's service models name them.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import uuid4

import cbor2

from aws_standin.protocols import xml

JSON_NAMESPACE = {
    "dynamodb": "com.amazonaws.dynamodb.v20120810#",
    "dynamodbstreams": "com.amazonaws.dynamodb.v20120810#",
}
"""The prefix of an error's name in `__type`; most services have none."""


@dataclass
class Request:
    """One AWS API call."""

    service: str
    """The boto3 service name: "dynamodb", "dynamodbstreams", "cloudwatch", …"""
    operation: str
    """botocore's operation name; "" when the call could not be recognised."""
    account: str
    """The 12 digits of the account the access key acts for."""
    region: str
    """The region of the signature's credential scope."""
    parameters: dict[str, Any]
    """By botocore's shape names.  json: the body.  rest-json: uri, query and body
    merged.  query: the form, flat (`ActionNames.member.1`).  Otherwise {}."""
    environ: dict[str, Any] = field(repr=False)
    body: bytes = field(repr=False)
    protocol: str = "json"
    """json, rest-json, rest-xml, query, ec2 or cbor."""
    access_key: str = ""
    """The access key id that signed the call."""
    internal: bool = False
    """Made by the stand-in itself: not counted, not faulted, not authorised."""


@dataclass
class Response:
    """An HTTP response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def json(self) -> dict[str, Any]:
        """Return the body as JSON; an empty body is {}."""
        document: dict[str, Any] = json.loads(self.body or b"{}")
        return document

    @property
    def ok(self) -> bool:
        """Say whether the call was accepted."""
        return self.status < 300  # noqa: PLR2004 - HTTP's own meaning of success

    def header(self, name: str) -> str:
        """Return a header's value whatever its case, "" when it is absent."""
        wanted = name.lower()
        return next((v for k, v in self.headers if k.lower() == wanted), "")

    def with_id_of(self, other: "Response") -> "Response":
        """Bear the request id of another answer to the same call, as records do."""
        name = "x-amzn-requestid"
        kept = [(k, v) for k, v in self.headers if k.lower() != name]
        headers = [*kept, ("x-amzn-RequestId", other.header(name))]
        return Response(self.status, headers, self.body)


class AwsError(Exception):
    """An error as AWS names it; a behaviour may raise it instead of answering."""

    def __init__(
        self, code: str, message: str, status: int = 400, **extra: Any
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status
        self.extra = extra


class ConnectionReset(Exception):  # noqa: N818 - an event on the wire, not a mistake
    """Raised to make the server drop the connection without an answer."""


Onward = Callable[[Request], Response]
"""The rest of the chain, down to moto."""


class Behaviour(Protocol):
    """One thing that the stand-in does and moto does not.

    Optional attributes that the application looks for: `name` and `settings`
    (a dataclass instance, readable and settable through the control API).
    """

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer the request, alone or by asking the rest of the chain."""
        ...


def with_parameters(request: Request, parameters: dict[str, Any]) -> Request:
    """Return the same call with other parameters (json protocol only)."""
    body = json.dumps(parameters).encode()
    return replace(request, parameters=parameters, body=body)


def answer(request: Request, payload: Mapping[str, Any], status: int = 200) -> Response:
    """Return the payload as the request's protocol carries it."""
    request_id = str(uuid4())
    match request.protocol:
        case "cbor":
            headers = [("Content-Type", "application/cbor"), CBOR]
            body = _to_cbor(payload)
        case "query" | "ec2" | "rest-xml":
            call = request.service, request.operation, request.protocol
            headers, body = xml.result(call, payload, request_id)
        case _:
            headers = [("Content-Type", _json_type(request))]
            body = to_json(payload)
    return _finished(request, status, headers, body, request_id)


def error(
    request: Request, code: str, message: str, status: int = 400, **extra: Any
) -> Response:
    """Return an error shaped for the request's protocol; `extra` joins its body."""
    request_id = str(uuid4())
    match request.protocol:
        case "cbor":
            headers = [("Content-Type", "application/cbor"), CBOR]
            headers += [("x-amzn-query-error", f"{code};{_fault(status)}")]
            body = _to_cbor({"__type": code, "message": message, **extra})
        case "query" | "ec2" | "rest-xml":
            headers = [("Content-Type", "text/xml")]
            fault = _fault(status)
            body = xml.failure(request.service, (code, message, fault), request_id)
        case "rest-json":
            headers = [
                ("Content-Type", _json_type(request)),
                ("x-amzn-ErrorType", code),
            ]
            body = to_json({"Code": code, "message": message, **extra})
        case _:
            headers = [("Content-Type", _json_type(request))]
            kind = JSON_NAMESPACE.get(request.service, "") + code
            body = to_json({"__type": kind, "message": message, **extra})
    return _finished(request, status, headers, body, request_id)


def failure(request: Request, problem: AwsError) -> Response:
    """Return an `AwsError` as the request's protocol carries it."""
    code, message, status = problem.code, problem.message, problem.status
    return error(request, code, message, status, **problem.extra)


def to_json(payload: Mapping[str, Any]) -> bytes:
    """Return JSON as AWS writes it: times are seconds since 1970."""
    return json.dumps(payload, default=_plain, separators=(",", ":")).encode()


CBOR = ("smithy-protocol", "rpc-v2-cbor")


def _to_cbor(payload: Mapping[str, Any]) -> bytes:
    return cbor2.dumps(payload, datetime_as_timestamp=True)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not JSON: {value!r}")


def _json_type(request: Request) -> str:
    if request.protocol == "rest-json":
        return "application/json"
    version = "1.0" if request.service.startswith("dynamodb") else "1.1"
    return f"application/x-amz-json-{version}"


def _fault(status: int) -> str:
    return "Sender" if status < 500 else "Receiver"  # noqa: PLR2004 - HTTP


def _finished(
    request: Request,
    status: int,
    headers: list[tuple[str, str]],
    body: bytes,
    request_id: str,
) -> Response:
    headers = [*headers, ("x-amzn-RequestId", request_id)]
    if request.service.startswith("dynamodb"):
        headers.append(("x-amz-crc32", str(zlib.crc32(body))))
    return Response(status, headers, body)
