"""When two items are the same: sets have no order, numbers no spelling."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def canonical(item: Mapping[str, Any]) -> dict[str, Any]:
    """The item, from DynamoDB JSON, such that equal items are equal values."""
    return {name: _value(typed) for name, typed in item.items()}


def _value(typed: Mapping[str, Any]) -> Any:
    ((kind, content),) = typed.items()
    match kind:
        case "N":
            return (kind, Decimal(content))
        case "NS":
            return (kind, frozenset(map(Decimal, content)))
        case "SS" | "BS":
            return (kind, frozenset(content))
        case "L":
            return (kind, [_value(inner) for inner in content])
        case "M":
            return (kind, canonical(content))
    return (kind, content)
