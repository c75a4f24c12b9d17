"""Expressions of Cost Explorer and Budgets, evaluated in three values.

An expression is And, Or, Not, or one condition on a dimension, a tag or a cost
category. "Each expression can have only one operator" (Cost Explorer, API Reference,
Expression), so that several beside each other have no documented meaning.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from conformance.model.cost_alerts.links import Unknown

Expression = Mapping[str, Any]
Truth = bool | Unknown
Condition = Callable[[str, Mapping[str, Any]], Truth]
"""Evaluates one condition: its kind, such as `Dimensions`, and its members."""
Cost = Mapping[str, str]
"""One kind of cost: its value in each dimension that is known."""

_SERVICE = {"SERVICE": "Amazon DynamoDB", "SERVICE_CODE": "AmazonDynamoDB"}
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "EQUALS": str.__eq__,
    "STARTS_WITH": str.startswith,
    "ENDS_WITH": str.endswith,
    "CONTAINS": str.__contains__,
}
_CASES = {"CASE_SENSITIVE", "CASE_INSENSITIVE"}


def evaluate(expression: Expression, condition: Condition) -> Truth:
    """Return whether the expression holds, by Kleene's logic of three values."""
    if len(expression) != 1:
        listed = ", ".join(sorted(expression)) or "nothing"
        return Unknown(f"an expression with {listed} has no documented meaning")
    ((operator, inner),) = expression.items()
    if operator in ("And", "Or") and not inner:
        return Unknown(f"an empty {operator} has no documented meaning")
    match operator:
        case "And":
            return every(evaluate(part, condition) for part in inner)
        case "Or":
            return some(evaluate(part, condition) for part in inner)
        case "Not":
            return _negated(evaluate(inner, condition))
    unknown = Unknown(f"an expression with {operator} is not understood")
    return condition(operator, inner) if isinstance(inner, Mapping) else unknown


def every(truths: Iterable[Truth]) -> Truth:
    """Return True if all hold, False if one does not, or what is unknown."""
    found = list(truths)
    if False in found:
        return False
    return next((truth for truth in found if isinstance(truth, Unknown)), True)


def some(truths: Iterable[Truth]) -> Truth:
    """Return True if one holds, False if none does, or what is unknown."""
    return _negated(every(_negated(truth) for truth in truths))


def _negated(truth: Truth) -> Truth:
    return truth if isinstance(truth, Unknown) else not truth


def table_costs(account: str, regions: Iterable[str]) -> list[Cost]:
    """Return the costs of the tables, one for each region of the environment."""
    own = {"LINKED_ACCOUNT": account, "RECORD_TYPE": "Usage"}
    return [{**own, "REGION": region, **_SERVICE} for region in regions]


def covers(expression: Expression, costs: Iterable[Cost]) -> Truth:
    """Return True if all of these costs fulfil the expression."""
    return every(evaluate(expression, _condition_on(cost)) for cost in costs)


def covers_more(expression: Expression, costs: Iterable[Cost]) -> Truth:
    """Return True if costs of other services fulfil it, too.

    Another service is any text that the expression names, and one that it does not.
    """
    own = set(map(str.casefold, _SERVICE.values()))
    names = {
        name
        for name in ("another service", *_texts(expression))
        if name.casefold() not in own
    }
    others: list[Cost] = [
        {**cost, **dict.fromkeys(_SERVICE, name)} for cost in costs for name in names
    ]
    return some(evaluate(expression, _condition_on(cost)) for cost in others)


def _texts(part: Any) -> Iterator[str]:
    """Yield every text in an expression."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping | list):
        inner = part.values() if isinstance(part, Mapping) else part
        yield from (text for one in inner for text in _texts(one))


def _condition_on(cost: Cost) -> Condition:
    def condition(kind: str, members: Mapping[str, Any]) -> Truth:
        key = str(members.get("Key", "without a key"))
        if kind != "Dimensions" or key not in cost:
            return Unknown(f"{kind} {key} is not known of the tables' costs")
        # Values and MatchOptions may be absent; "the default values for MatchOptions
        # are EQUALS and CASE_SENSITIVE" (botocore, DimensionValues).
        options = set(members.get("MatchOptions") or ()) or {"EQUALS"}
        values = members.get("Values") or ()
        tests = options - _CASES or {"EQUALS"}
        if len(tests) > 1 or not tests <= set(_TESTS) or not values:
            told = ", ".join(sorted(options))
            return Unknown(f"{key} {told} of {len(values)} values is not understood")
        test = _TESTS[tests.pop()]
        fold = str.casefold if "CASE_INSENSITIVE" in options else str
        return any(test(fold(cost[key]), fold(value)) for value in values)

    return condition
