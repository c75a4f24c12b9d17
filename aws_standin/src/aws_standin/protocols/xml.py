"""Answers and errors of the XML protocols: query, ec2 and rest-xml.

Lists become `<member>` elements, as the query protocol writes them.
https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape


def result(
    protocol: str, operation: str, payload: Mapping[str, Any], request_id: str
) -> bytes:
    """Return an operation's answer."""
    inner = _members(payload)
    if protocol == "query":
        inner = f"<{operation}Result>{inner}</{operation}Result>"
        inner += f"<ResponseMetadata><RequestId>{request_id}</RequestId>"
        inner += "</ResponseMetadata>"
    elif protocol == "ec2":
        inner = f"<requestId>{request_id}</requestId>{inner}"
    return f"<{operation}Response>{inner}</{operation}Response>".encode()


def failure(service: str, problem: tuple[str, str, str], request_id: str) -> bytes:
    """Return an error: its code, its message, and whose fault it is."""
    code, message, fault = (escape(part) for part in problem)
    inner = f"<Code>{code}</Code><Message>{message}</Message>"
    if service == "s3":
        return f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>".encode()
    if service == "ec2":
        errors = f"<Errors><Error>{inner}</Error></Errors>"
        return (
            f"<Response>{errors}<RequestID>{request_id}</RequestID></Response>".encode()
        )
    inner = f"<Error><Type>{fault}</Type>{inner}</Error>"
    inner += f"<RequestId>{request_id}</RequestId>"
    return f"<ErrorResponse>{inner}</ErrorResponse>".encode()


def _members(payload: Mapping[str, Any]) -> str:
    return "".join(f"<{k}>{_text(v)}</{k}>" for k, v in payload.items())


def _text(value: Any) -> str:
    match value:
        case Mapping():
            return _members(value)
        case list() | tuple():
            return "".join(f"<member>{_text(one)}</member>" for one in value)
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return escape(str(value))
