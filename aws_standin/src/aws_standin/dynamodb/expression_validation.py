"""The refusals of expressions that DynamoDB makes before it looks at any item."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from aws_standin.dynamodb.reserved_words import RESERVED_WORDS
from aws_standin.protocols.messages import AwsError

EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
CONDITION = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN"})
OPERATORS = {
    "ConditionExpression": CONDITION,
    "FilterExpression": CONDITION,
    "KeyConditionExpression": CONDITION,
    "ProjectionExpression": frozenset(),
    "UpdateExpression": frozenset({"SET", "REMOVE", "ADD", "DELETE"}),
}
"""Reserved words that are operators where they stand."""
TOKEN = re.compile(r"[#:]?\w+|\(|\S")
NAMES, VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"


def check_expressions(given: Mapping[str, Any]) -> None:
    """Raise ValidationException for what AWS refuses in a request's expressions.

    Reserved words, placeholders that are not defined, and defined ones that no
    expression uses (Developer guide, "Expression attribute names").
    """
    present = [member for member in EXPRESSIONS if isinstance(given.get(member), str)]
    names, values = given.get(NAMES) or {}, given.get(VALUES) or {}
    if not present:
        _check_needless(given)
        return
    used: set[str] = set()
    for member in present:
        used |= set(_checked(member, given[member], names, values))
    for kind, defined in ((NAMES, names), (VALUES, values)):
        if unused := sorted(set(defined) - used):
            message = f"Value provided in {kind} unused in expressions: keys: "
            raise _invalid(f"{message}{{{', '.join(unused)}}}")


def _check_needless(given: Mapping[str, Any]) -> None:
    for kind in (NAMES, VALUES):
        if given.get(kind):
            raise _invalid(f"{kind} can only be specified when using expressions")


def _checked(
    member: str, text: str, names: Mapping[str, Any], values: Mapping[str, Any]
) -> Iterator[str]:
    """Yield the placeholders that an expression uses."""
    if not text.strip():
        raise _invalid(f"Invalid {member}: The expression can not be empty;")
    tokens = TOKEN.findall(text)
    for token, after in zip(tokens, [*tokens[1:], ""], strict=True):
        if token[0] == "#":
            if token not in names:
                problem = (
                    "name used in the document path is not defined; attribute name"
                )
                raise _invalid(
                    f"Invalid {member}: An expression attribute {problem}: {token}"
                )
            yield token
        elif token[0] == ":":
            if token not in values:
                problem = "value used in expression is not defined; attribute value"
                raise _invalid(
                    f"Invalid {member}: An expression attribute {problem}: {token}"
                )
            yield token
        elif after != "(" and _is_refused(member, token):
            problem = f"Attribute name is a reserved keyword; reserved keyword: {token}"
            raise _invalid(f"Invalid {member}: {problem}")


def _is_refused(member: str, token: str) -> bool:
    word = token.upper()
    return word in RESERVED_WORDS and word not in OPERATORS[member]


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
