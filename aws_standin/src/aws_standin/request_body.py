"""The body of an HTTP request: its framing checked, and its size bounded."""

import re
from email.message import Message
from http import HTTPStatus
from io import BufferedIOBase

AWS_LIMIT = 80 * 2**20
"""Bytes.  The largest request that a tool sends to this server is a Lambda function of
50 MB, which is 70 MB in base64 (Lambda quotas, "Deployment package")."""
CONTROL_LIMIT = 2**20
"""Bytes.  Settings, faults and histories take a few kilobytes."""
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(;[^\r\n]*)?\r?\n")
_LONGEST_LINE = 4096
"""Bytes of a chunk's size with its extensions, or of a trailer."""
_MOST_TRAILERS = 100


class RequestRefusedError(Exception):
    """An HTTP request that is refused before it is taken for an API call."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def read_body(headers: Message, stream: BufferedIOBase, limit: int) -> bytes:
    """Return the body that the headers announce (RFC 9112, section 6).

    Raises RequestRefusedError if the framing is wrong or the body exceeds the limit.
    """
    codings = headers.get_all("Transfer-Encoding", [])
    lengths = headers.get_all("Content-Length", [])
    if codings and lengths:
        raise _bad("both Transfer-Encoding and Content-Length are given")
    if codings:
        if [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise _bad(f"Transfer-Encoding must be chunked, not {', '.join(codings)}")
        return _chunked(stream, limit)
    if not lengths:
        return b""
    if len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0].strip()):
        raise _bad(f"Content-Length must be one number, not {', '.join(lengths)}")
    return _exactly(stream, int(lengths[0]), limit)


def _chunked(stream: BufferedIOBase, limit: int) -> bytes:
    body = bytearray()
    while size := _chunk_size(stream.readline(_LONGEST_LINE)):
        body += _exactly(stream, size, limit, before=len(body))
        if stream.readline(_LONGEST_LINE).strip():
            raise _bad("a chunk is longer than its size")
    for _ in range(_MOST_TRAILERS):  # trailers are not used
        if not stream.readline(_LONGEST_LINE).strip():
            return bytes(body)
    raise _bad(f"there are more than {_MOST_TRAILERS} trailers")


def _chunk_size(line: bytes) -> int:
    found = _CHUNK_SIZE.fullmatch(line)
    if not found:
        raise _bad(f"the size of a chunk must be a hexadecimal number, not {line!r}")
    return int(found[1], 16)


def _exactly(
    stream: BufferedIOBase, size: int, limit: int, *, before: int = 0
) -> bytes:
    """Return so many bytes; `before` counts those of the body that were read before."""
    if before + size > limit:
        raise RequestRefusedError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"the body has more than {limit:,} bytes",
        )
    body = stream.read(size)
    if len(body) < size:
        raise _bad(f"the body ends after {len(body)} of {size} bytes")
    return body


def _bad(reason: str) -> RequestRefusedError:
    return RequestRefusedError(HTTPStatus.BAD_REQUEST, reason)
