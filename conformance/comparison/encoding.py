"""Items as DynamoDB sends them, as bytes that are equal for equal items.

Sets have no order and numbers no spelling. Binary values are compared as the base64
that DynamoDB sends; whoever finds them different decodes them.
"""

import re
from collections.abc import Callable
from decimal import Context, Decimal
from functools import lru_cache
from hashlib import blake2b
from marshal import dumps
from operator import itemgetter
from typing import Any

_PLAIN = re.compile(r"0|-?[1-9][0-9]*|-?(?:0|[1-9][0-9]*)\.[0-9]*[1-9]").fullmatch
"""Numbers in the one spelling that they have without an exponent."""
_EXACT = Context(prec=50)
"""DynamoDB's numbers have 38 digits."""
_FORMAT = 2
"""marshal's format without references: equal values are equal bytes."""
_SETS = frozenset({"SS", "BS"})


def digest(item: dict[str, Any]) -> int:
    """128 bits that only equal items share; the item itself is changed."""
    for typed in item.values():
        if "S" in typed:
            continue
        if "N" not in typed or not _PLAIN(typed["N"]):
            _settle(typed)
    names, values = _in_order(tuple(item))
    return int.from_bytes(
        blake2b(dumps((names, values(item)), _FORMAT), digest_size=16).digest()
    )


@lru_cache(maxsize=4096)
def _in_order(names: tuple[str, ...]) -> tuple[bytes, Callable[..., Any]]:
    """Attribute names as bytes, and what takes their values in this order."""
    ordered = sorted(names)
    text = dumps(ordered, _FORMAT)
    return blake2b(text, digest_size=16).digest(), itemgetter(*ordered)


def number(text: str) -> str:
    """The one spelling of a number."""
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
        typed["M"] = sorted(content.items())
    elif kind == "L":
        for inner in content:
            _settle(inner)
