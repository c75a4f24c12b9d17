"""CBOR (RFC 8949), writing only: what boto3 speaks to CloudWatch."""

import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any

UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG = range(7)
EPOCH = 1
"""The tag of a time in seconds since 1970."""


def encode(value: Any) -> bytes:  # noqa: PLR0911 - one return a kind of value
    """Return a value as CBOR; times become tagged seconds."""
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return _head(UNSIGNED, value) if value >= 0 else _head(NEGATIVE, -1 - value)
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case bytes():
            return _head(BYTES, len(value)) + value
        case str():
            text = value.encode()
            return _head(TEXT, len(text)) + text
        case datetime():
            return _head(TAG, EPOCH) + encode(value.timestamp())
        case Mapping():
            pairs = b"".join(encode(k) + encode(v) for k, v in value.items())
            return _head(MAP, len(value)) + pairs
        case list() | tuple():
            return _head(ARRAY, len(value)) + b"".join(map(encode, value))
    raise TypeError(f"{type(value).__name__} is not CBOR: {value!r}")


def _head(major: int, number: int) -> bytes:
    if number < 24:  # noqa: PLR2004 - RFC 8949 section 3: small numbers stand alone
        return bytes([major << 5 | number])
    for code, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * width:
            return bytes([major << 5 | code]) + number.to_bytes(width, "big")
    raise ValueError(f"{number} does not fit into 64 bits")
