"""The Condition block of a policy's statement.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and
"Set operators for multivalued context keys".
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_standin.iam.pattern_match import arn_matches, matches, resolved, variables

if TYPE_CHECKING:
    from collections.abc import Mapping

Test = Callable[[str, str], bool]
"""(what the policy wants, what the call has) → whether they agree."""


class UnknownOperatorError(ValueError):
    """The policy uses a condition operator that IAM does not document."""


def holds(
    block: Mapping[str, Mapping[str, Any]], context: Mapping[str, tuple[str, ...]]
) -> bool:
    """Say whether every operator and every key of `block` holds in `context`.

    Raises UnknownOperatorError; raises Unresolved for a variable without a value.
    """
    return all(
        _key_holds(operator, [resolved(one, context) for one in listed(wanted)], found)
        for operator, keys in block.items()
        for key, wanted in keys.items()
        for found in [context.get(key.lower())]
    )


def keys_needed(block: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Name the condition keys that `block` asks about, variables included."""
    named = {key for keys in block.values() for key in keys}
    for keys in block.values():
        for wanted in keys.values():
            named |= {name for one in listed(wanted) for name in variables(one)}
    return frozenset(named)


def listed(value: Any) -> list[str]:
    """Return a policy's value or list of values as a list of strings."""
    values = value if isinstance(value, list) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in values]


def _key_holds(operator: str, wanted: list[str], found: tuple[str, ...] | None) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return (found is None) == (wanted[0].lower() == "true")
    if_exists = name.endswith("IfExists")
    test, negated = _test(name.removesuffix("IfExists"))
    if found is None or (quantifier and not found):
        return _absent_holds(quantifier, if_exists=if_exists, negated=negated)
    agreements = [any(test(one, has) for one in wanted) != negated for has in found]
    if quantifier == "ForAnyValue":
        return any(agreements)
    if quantifier == "ForAllValues":
        return all(agreements)
    # Without a set operator AWS defines only single-valued keys; several values
    # agree with nothing here, so that an Allow does not widen by accident.
    return len(agreements) == 1 and agreements[0]


def _absent_holds(quantifier: str, *, if_exists: bool, negated: bool) -> bool:
    if quantifier == "ForAnyValue":
        return if_exists
    return quantifier == "ForAllValues" or if_exists or negated


def _test(name: str) -> tuple[Test, bool]:
    if name in _TESTS:
        return _TESTS[name], False
    if "Not" in name and (positive := name.replace("Not", "")) in _TESTS:
        return _TESTS[positive], True
    raise UnknownOperatorError(f"{name} is not a condition operator of IAM")


def _same(wanted: str, found: str) -> bool:
    return _literal(wanted) == found


def _literal(wanted: str) -> str:
    for sign in "*?$":
        wanted = wanted.replace("${" + sign + "}", sign)
    return wanted


def _in_network(wanted: str, found: str) -> bool:
    network = ipaddress.ip_network(wanted, strict=False)
    return ipaddress.ip_address(found) in network


def _moment(text: str) -> float:
    """Read an ISO 8601 time or seconds since 1970."""
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _compared(read: Callable[[str], float], sign: str) -> Test:
    def test(wanted: str, found: str) -> bool:
        left, right = read(found), read(wanted)
        return {
            "Equals": left == right,
            "LessThan": left < right,
            "LessThanEquals": left <= right,
            "GreaterThan": left > right,
            "GreaterThanEquals": left >= right,
        }[sign]

    return test


_SIGNS = ("Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_TESTS: dict[str, Test] = {
    "StringEquals": _same,
    "StringEqualsIgnoreCase": lambda wanted, has: _same(wanted.lower(), has.lower()),
    "StringLike": matches,
    "ArnEquals": arn_matches,
    "ArnLike": arn_matches,
    "Bool": lambda wanted, has: wanted.lower() == has.lower(),
    "BinaryEquals": _same,
    "IpAddress": _in_network,
    **{f"Numeric{sign}": _compared(float, sign) for sign in _SIGNS},
    **{f"Date{sign}": _compared(_moment, sign) for sign in _SIGNS},
}
