"""CBOR (RFC 8949), reading only: the parameters that boto3 sends to CloudWatch."""

import io
import struct
from datetime import UTC, datetime
from typing import Any

_BREAK = object()
_INDEFINITE = 31
_WIDTHS = {24: ">B", 25: ">H", 26: ">I", 27: ">Q"}
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}
_SIMPLE = {20: False, 21: True, 22: None, 23: None, _INDEFINITE: _BREAK}


def decode(data: bytes) -> Any:
    """Return the one value that `data` holds; raises ValueError if it is no CBOR."""
    try:
        return _value(io.BytesIO(data))
    except (IndexError, KeyError, struct.error) as problem:
        raise ValueError(f"this is no CBOR: {problem!r}") from None


def _value(stream: io.BytesIO) -> Any:
    first = stream.read(1)[0]
    major, detail = first >> 5, first & 31
    if major == 7:  # noqa: PLR2004 - RFC 8949 section 3.3: simple values and floats
        if detail in _FLOATS:
            return _unpacked(stream, _FLOATS[detail])
        return _SIMPLE[detail]
    if detail == _INDEFINITE:
        return _indefinite(stream, major)
    length = detail if detail not in _WIDTHS else _unpacked(stream, _WIDTHS[detail])
    return _definite(stream, major, int(length))


def _definite(stream: io.BytesIO, major: int, length: int) -> Any:
    found: Any = length
    match major:
        case 1:
            found = -1 - length
        case 2:
            found = stream.read(length)
        case 3:
            found = stream.read(length).decode()
        case 4:
            found = [_value(stream) for _ in range(length)]
        case 5:
            found = {_value(stream): _value(stream) for _ in range(length)}
        case 6:
            inner = _value(stream)
            # Tag 1: seconds since 1970 (section 3.4.2).
            found = datetime.fromtimestamp(inner, UTC) if length == 1 else inner
    return found


def _indefinite(stream: io.BytesIO, major: int) -> Any:
    items = list(iter(lambda: _value(stream), _BREAK))
    match major:
        case 2:
            return b"".join(items)
        case 3:
            return "".join(items)
        case 5:
            return dict(zip(items[::2], items[1::2], strict=True))
    return items


def _unpacked(stream: io.BytesIO, layout: str) -> Any:
    return struct.unpack(layout, stream.read(struct.calcsize(layout)))[0]
