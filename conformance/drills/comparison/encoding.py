"""Digests of items as DynamoDB sends them, which equal items share.

Sets have no order and numbers no spelling. Binary values are compared as the base64
that DynamoDB sends; whoever finds them different decodes them.
"""

import re
from decimal import Context, Decimal
from hashlib import blake2b
from typing import Any

from orjson import OPT_SORT_KEYS, dumps

_PLAIN = re.compile(r"0|-?[1-9][0-9]*|-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]").fullmatch
"""The one spelling that a number has without an exponent."""
_EXACT = Context(prec=50)
"""A precision above the 38 digits of DynamoDB's numbers."""
_SETS = frozenset({"SS", "BS"})


def digest(item: dict[str, Any]) -> int:
    """Return 128 bits that only equal items share; the item itself is changed."""
    for typed in item.values():
        if "S" in typed:
            continue
        if "N" not in typed or not _PLAIN(typed["N"]):
            _settle(typed)
    settled = dumps(item, option=OPT_SORT_KEYS)
    return int.from_bytes(blake2b(settled, digest_size=16).digest())


def number(text: str) -> str:
    """Return the one spelling of a number."""
    if _PLAIN(text):
        return text
    plain = format(_EXACT.normalize(Decimal(text)), "f")
    return "0" if plain == "-0" else plain


def _settle(typed: dict[str, Any]) -> None:
    """Give a value its one form."""
    ((kind, content),) = typed.items()
    if kind == "N":
        typed["N"] = number(content)
    elif kind in _SETS:
        content.sort()
    elif kind == "NS":
        typed["NS"] = sorted(map(number, content))
    elif kind == "M":
        for inner in content.values():
            _settle(inner)
    elif kind == "L":
        for inner in content:
            _settle(inner)
