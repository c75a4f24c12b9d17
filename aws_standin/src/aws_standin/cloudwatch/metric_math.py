"""The value of a metric math expression of the simple kinds.

Understood: + - * / and comparisons, AND, OR, parentheses, lists, METRICS(), PERIOD,
SUM, MAX, MIN, AVG, ABS, CEIL, FLOOR, IF, FILL (a number or REPEAT) and RATE.
Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics".
"""

from __future__ import annotations

import ast
import math
import operator
import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Series: TypeAlias = dict[datetime, float]
"""A metric's datapoints: beginning of the period → value."""
Value: TypeAlias = "float | Series | list[Series] | str"


class NotUnderstoodError(ValueError):
    """The expression uses what this module does not know."""


@dataclass(frozen=True)
class Scope:
    """The series that an expression may refer to."""

    series: Mapping[str, Series]
    """By the id of the metric or earlier expression."""
    metrics: tuple[str, ...]
    """The ids that METRICS() stands for."""
    timeline: Sequence[datetime]
    """The beginning of every period looked at, oldest first."""
    period: int
    """Seconds."""


def value(expression: str, scope: Scope) -> Value:
    """Compute `expression`; raises NotUnderstoodError."""
    text = re.sub(r"\bAND\b|&&", " and ", re.sub(r"\bOR\b|\|\|", " or ", expression))
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError:
        raise NotUnderstoodError(expression) from None
    return _node(tree.body, scope)


def series(expression: str, scope: Scope) -> Series:
    """Compute `expression` as one series; a number is that number in every period."""
    found = value(expression, scope)
    if isinstance(found, dict):
        return found
    if isinstance(found, float):
        return dict.fromkeys(scope.timeline, found)
    raise NotUnderstoodError(f"{expression} is not one time series")


def _node(node: ast.expr, scope: Scope) -> Value:
    match node:
        case ast.Constant(value=bool() | None):
            raise NotUnderstoodError(ast.unparse(node))
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return _named(name, scope)
        case ast.List(elts=elements):
            return [_one(_node(element, scope)) for element in elements]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _call(name.upper(), arguments, scope)
        case _:
            return _operation(node, scope)


def _named(name: str, scope: Scope) -> Value:
    if name in scope.series:
        return scope.series[name]
    if name == "REPEAT":
        return name
    raise NotUnderstoodError(name)


def _operation(node: ast.expr, scope: Scope) -> Value:
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _mapped(operator.neg, _node(operand, scope))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _ARITHMETIC:
            return _pair(
                _ARITHMETIC[type(sign)], _node(left, scope), _node(right, scope)
            )
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if (
            type(sign) in _ARITHMETIC
        ):
            return _pair(
                _ARITHMETIC[type(sign)], _node(left, scope), _node(right, scope)
            )
        case ast.BoolOp(op=sign, values=[first, *others]):
            result = _node(first, scope)
            for other in others:
                result = _pair(_ARITHMETIC[type(sign)], result, _node(other, scope))
            return result
        case _:
            raise NotUnderstoodError(ast.unparse(node))


def _divided(left: float, right: float) -> float:
    return left / right if right else math.nan


_ARITHMETIC: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divided,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.And: lambda left, right: bool(left) and bool(right),
    ast.Or: lambda left, right: bool(left) or bool(right),
}


def _pair(combine: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """Combine two values, time by time where one is a series.

    A time that one of two series lacks is lacking in the result, as is a division
    by zero.
    """
    if isinstance(left, float) and isinstance(right, float):
        return float(combine(left, right))
    moments = [set(one) for one in (left, right) if isinstance(one, dict)]
    if not moments or not all(isinstance(one, dict | float) for one in (left, right)):
        raise NotUnderstoodError("arithmetic on a list of series")
    at = {
        moment: float(combine(_at(left, moment), _at(right, moment)))
        for moment in sorted(set.intersection(*moments))
    }
    return {moment: number for moment, number in at.items() if not math.isnan(number)}


def _at(one: Value, moment: datetime) -> float:
    if isinstance(one, dict):
        return one[moment]
    return float(one)  # type: ignore[arg-type]  # the caller has looked


def _mapped(change: Callable[[float], float], one: Value) -> Value:
    if isinstance(one, float):
        return float(change(one))
    return {moment: float(change(number)) for moment, number in _one(one).items()}


def _one(found: Value) -> Series:
    if not isinstance(found, dict):
        raise NotUnderstoodError("a time series is needed")
    return found


def _call(name: str, arguments: list[ast.expr], scope: Scope) -> Value:
    values = [_node(one, scope) for one in arguments]
    result: Value
    match name, values:
        case "METRICS", [] | [str()]:
            result = _metrics(values, scope)
        case "SUM" | "MAX" | "MIN" | "AVG", [one]:
            result = _summary(_SUMMARIES[name], one)
        case "ABS" | "CEIL" | "FLOOR", [one]:
            result = _mapped(_ROUNDINGS[name], one)
        case "PERIOD", [dict()]:
            result = float(scope.period)
        case "RATE", [dict() as one]:
            result = _rate(one)
        case "FILL", [dict() as one, float() | "REPEAT" as filling]:
            result = _filled(one, filling, scope.timeline)
        case "IF", [condition, chosen]:
            result = _if(condition, (chosen, {}), scope.timeline)
        case "IF", [condition, chosen, other]:
            result = _if(condition, (chosen, other), scope.timeline)
        case _:
            raise NotUnderstoodError(f"{name} with {len(arguments)} arguments")
    return result


def _metrics(arguments: list[Value], scope: Scope) -> Value:
    part = arguments[0] if arguments else ""
    return [
        scope.series[name]
        for name in scope.metrics
        if isinstance(part, str) and part in name
    ]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


_SUMMARIES: dict[str, Callable[[Sequence[float]], float]] = {
    "SUM": math.fsum,
    "MAX": max,
    "MIN": min,
    "AVG": _mean,
}
_ROUNDINGS: dict[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
}


def _summary(summarise: Callable[[Sequence[float]], float], found: Value) -> Value:
    """Reduce a series to one number, or a list of series to one over its members."""
    if isinstance(found, dict):
        if not found:
            return {}
        return float(summarise(list(found.values())))
    if not isinstance(found, list):
        raise NotUnderstoodError("a summary of what is no time series")
    moments = sorted({moment for one in found for moment in one})
    return {
        moment: float(summarise([one[moment] for one in found if moment in one]))
        for moment in moments
    }


def _rate(one: Series) -> Series:
    return {
        later: (one[later] - one[earlier]) / (later - earlier).total_seconds()
        for earlier, later in pairwise(sorted(one))
    }


def _filled(one: Series, filling: Value, timeline: Sequence[datetime]) -> Series:
    result: Series = {}
    latest: float | None = None
    for moment in timeline:
        latest = one.get(moment, latest)
        missing = latest if filling == "REPEAT" else filling
        if moment in one:
            result[moment] = one[moment]
        elif isinstance(missing, float):
            result[moment] = missing
    return result


def _if(
    condition: Value, branches: tuple[Value, Value], timeline: Sequence[datetime]
) -> Series:
    """Choose per period; an empty series as the second branch leaves it missing."""
    result: Series = {}
    for moment in timeline:
        held = _maybe(condition, moment)
        if held is None:
            continue
        number = _maybe(branches[0] if held else branches[1], moment)
        if number is not None:
            result[moment] = number
    return result


def _maybe(found: Value, moment: datetime) -> float | None:
    if isinstance(found, float):
        return found
    return _one(found).get(moment)
