"""The attributes in which a resource or a block differs before and after a plan."""

from collections.abc import Mapping
from typing import Any

from conformance.terraform.resources import UNKNOWN, Values


def differences(before: Values, after: Values) -> list[str]:
    """Return the names of the attributes that differ, in order.

    The provider does not tell null, zero, false, "" and no blocks apart, and the order
    of blocks means nothing.
    """
    names = {*before.content, *after.content}
    return sorted(
        name
        for name in names
        if _plain(before.content.get(name)) != _plain(after.content.get(name))
    )


def by_name(blocks: list[Values], name: str) -> Mapping[str, Values]:
    """Return blocks by the attribute that names them."""
    return {block.text(name): block for block in blocks}


def _plain(value: Any) -> Any:
    """Return a value such that what means the same is equal."""
    match value:
        case Mapping():
            inner = {name: _plain(part) for name, part in value.items()}
            known = {name: part for name, part in inner.items() if part is not None}
            return known or None
        case list():
            return sorted(map(_plain, value), key=repr) or None
    return value if value is UNKNOWN or value else None
