"""The rule of a composite alarm, given the states of other alarms.

Source: CloudWatch API Reference, PutCompositeAlarm, AlarmRule.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN = re.compile(
    r"\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*"
    r"(?:\"(?P<quoted>[^\"]*)\"|(?P<bare>[^)\"]*?))\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE|\(|\)))"
)


class RuleError(ValueError):
    """The rule cannot be read; the message quotes it."""


def holds(rule: str, states: Mapping[str, str]) -> bool:
    """Say whether `rule` holds; `states` is by alarm name or ARN.

    NOT binds closest, then AND, then OR. An alarm that is not there is in no
    state. Raises RuleError.
    """
    tokens = _tokens(rule, states)
    result = _disjunction(tokens)
    if tokens:
        raise RuleError(f"AlarmRule {rule!r}: {tokens[0]} is not expected here")
    return result


def _tokens(rule: str, states: Mapping[str, str]) -> list[str]:
    tokens, position = [], 0
    while rule[position:].strip():
        found = _TOKEN.match(rule, position)
        if not found:
            raise RuleError(f"AlarmRule {rule!r} cannot be read at {position}")
        name = found["quoted"] if found["quoted"] is not None else found["bare"]
        held = str(states.get(name or "") == found["state"]).upper()
        tokens.append(found["word"] or held)
        position = found.end()
    return tokens


def _disjunction(tokens: list[str]) -> bool:
    result = _conjunction(tokens)
    while tokens[:1] == ["OR"]:
        tokens.pop(0)
        result = _conjunction(tokens) or result
    return result


def _conjunction(tokens: list[str]) -> bool:
    result = _term(tokens)
    while tokens[:1] == ["AND"]:
        tokens.pop(0)
        result = _term(tokens) and result
    return result


def _term(tokens: list[str]) -> bool:
    if not tokens:
        raise RuleError("AlarmRule ends too early")
    word = tokens.pop(0)
    if word == "NOT":
        return not _term(tokens)
    if word == "(":
        result = _disjunction(tokens)
        if tokens[:1] != [")"]:
            raise RuleError("AlarmRule lacks a closing parenthesis")
        tokens.pop(0)
        return result
    if word in {"TRUE", "FALSE"}:
        return word == "TRUE"
    raise RuleError(f"AlarmRule: {word} is not expected here")
