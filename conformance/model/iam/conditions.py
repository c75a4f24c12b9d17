"""Conditions of IAM policies, decided as far as the values of their keys are known.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set
operators for multivalued context keys".
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from conformance.model.iam.patterns import arn_matches, matches
from conformance.model.iam.statements import Condition

Context = Mapping[str, tuple[str, ...]]
"""Values by condition key in lower case; none for a key that is surely absent.

A key that is not in it may have any value, or none.
"""
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LITERAL = {"*", "?", "$"}
"""`${*}` stands for the sign itself."""


def holds(condition: Condition, context: Context) -> bool | None:
    """Return if a condition holds; None if that cannot be told."""
    found = context.get(condition.key)
    wanted = [resolved(value, context) for value in condition.values]
    if found is None or None in wanted:
        return None
    values = [value for value in wanted if value is not None]
    quantifier, _, operator = condition.operator.lower().rpartition(":")
    if operator == "null":
        return any((not found) == (value.lower() == "true") for value in values)
    name = operator.removesuffix("ifexists")
    test = _TESTS.get(name.replace("not", "", 1))
    if test is None:
        return None
    negated, optional = "not" in name, operator.endswith("ifexists")
    if not found:
        return quantifier == "forallvalues" or (
            optional or (negated and quantifier != "foranyvalue")
        )
    try:
        agreed = [any(test(v, has) for v in values) != negated for has in found]
    except ValueError:
        return None
    return any(agreed) if quantifier == "foranyvalue" else all(agreed)


def in_words(condition: Condition) -> str:
    """Return the condition as a reason names it."""
    return f"{condition.operator} {condition.key} {', '.join(condition.values)}"


def unknown_keys(condition: Condition, context: Context) -> frozenset[str]:
    """Return the keys, or the operator, that leave a condition open."""
    if holds(condition, context) is not None:
        return frozenset()
    named = {condition.key}.union(*map(variables, condition.values))
    missing = frozenset(name for name in named if name.lower() not in context)
    return missing or frozenset({f"{condition.operator} {condition.key}"})


def variables(value: str) -> frozenset[str]:
    """Return the condition keys that the variables of a text stand for."""
    names = (name.partition(",")[0].strip() for name in _VARIABLE.findall(value))
    return frozenset(name for name in names if name not in _LITERAL)


def resolved(value: str, context: Context) -> str | None:
    """Return a text without variables; None if one of them is not known."""
    known = {name: context.get(name.lower(), ()) for name in variables(value)}
    if any(len(found) != 1 for found in known.values()):
        return None

    def replaced(variable: re.Match[str]) -> str:
        name = variable[1].partition(",")[0].strip()
        return name if name in _LITERAL else known[name][0]

    return _VARIABLE.sub(replaced, value)


def _in_network(wanted: str, found: str) -> bool:
    return ipaddress.ip_address(found) in ipaddress.ip_network(wanted, strict=False)


def _moment(text: str) -> float:
    """Return an ISO 8601 time, or seconds since 1970."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _compared(read: Callable[[str], float], sign: str) -> Callable[[str, str], bool]:
    def test(wanted: str, found: str) -> bool:
        left, right = read(found), read(wanted)
        return {
            "equals": left == right,
            "lessthan": left < right,
            "lessthanequals": left <= right,
            "greaterthan": left > right,
            "greaterthanequals": left >= right,
        }[sign]

    return test


_SIGNS = ("equals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals")
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": str.__eq__,
    "stringequalsignorecase": lambda wanted, has: wanted.lower() == has.lower(),
    "stringlike": matches,
    "arnequals": arn_matches,
    "arnlike": arn_matches,
    "bool": lambda wanted, has: wanted.lower() == has.lower(),
    "binaryequals": str.__eq__,
    "ipaddress": _in_network,
    **{f"numeric{sign}": _compared(float, sign) for sign in _SIGNS},
    **{f"date{sign}": _compared(_moment, sign) for sign in _SIGNS},
}
"""(what the policy wants, what the request has) → whether they agree."""
