"""Does a condition of a policy hold, by what is known of a request's context?

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Set
operators for multivalued context keys".
"""

from collections.abc import Callable, Mapping

from conformance.model.iam.patterns import arn_like, like
from conformance.model.iam.statements import Condition

Test = Callable[[str, str], bool]
"""Of the wanted value and the present one."""


def holds(condition: Condition, context: Mapping[str, str | None]) -> bool | str:
    """Return True, False, or the condition in words if that is not known.

    A key that the context has with None is known to be absent. A key that the context
    does not have is not known at all.
    """
    quantifier, _, operator = condition.operator.rpartition(":")
    if condition.key not in context or any("${" in value for value in condition.values):
        return _said(condition)
    present = context[condition.key]
    if operator == "Null":
        return (present is None) == (condition.values[0].lower() == "true")
    if_exists = operator.endswith("IfExists")
    test, negated = _test(operator.removesuffix("IfExists"))
    if present is None:
        # A negated operator holds where its key is absent.
        return (negated or if_exists or quantifier == "ForAllValues") and (
            quantifier != "ForAnyValue"
        )
    if test is None:
        return _said(condition)
    agrees = any(test(value, present) for value in condition.values)
    return agrees is not negated


def _said(condition: Condition) -> str:
    return f"{condition.operator} {condition.key} {', '.join(condition.values)}"


def _test(operator: str) -> tuple[Test | None, bool]:
    """Return the test, None if it is not judged here, and True if it is negated."""
    positive = operator.replace("Not", "", 1)
    return _TESTS.get(positive), positive != operator


_TESTS: dict[str, Test] = {
    "StringEquals": lambda wanted, present: wanted == present,
    "StringEqualsIgnoreCase": lambda wanted, present: wanted.lower() == present.lower(),
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda wanted, present: wanted.lower() == present.lower(),
}
