"""Items in DynamoDB JSON: read from a file, and compared with one another."""

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def canonical(item: Mapping[str, Any]) -> dict[str, Any]:
    """Convert an item of DynamoDB JSON so that equal items are equal values.

    Sets have no order and numbers no spelling: 1.0 is 1.
    """
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


def decoded(item: Mapping[str, Any]) -> dict[str, Any]:
    """Convert an item of a file, whose binary values are base64, to boto3's form.

    Raises:
        ValueError: a binary value is no base64.
    """
    return {name: _decoded(typed) for name, typed in item.items()}


def _decoded(typed: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, content),) = typed.items()
    match kind:
        case "B":
            return {"B": base64.b64decode(content, validate=True)}
        case "BS":
            return {
                "BS": [base64.b64decode(member, validate=True) for member in content]
            }
        case "L":
            return {"L": [_decoded(inner) for inner in content]}
        case "M":
            return {"M": decoded(content)}
    return dict(typed)
