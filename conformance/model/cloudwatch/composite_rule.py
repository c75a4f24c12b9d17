"""The rule of a composite alarm: which other alarms raise it.

Source: CloudWatch API Reference, PutCompositeAlarm, AlarmRule.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final

from conformance.model.errors import DoubtError

_TOKEN = re.compile(
    r"""\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*
    (?:"(?P<double>[^"]+)"|'(?P<single>[^']+)'|(?P<bare>[^()"']+?))\s*\)
    |(?P<word>AND\b|OR\b|NOT\b|TRUE\b|FALSE\b|\(|\)))""",
    re.VERBOSE,
)
ALARM: Final = "ALARM"


@dataclass(frozen=True)
class Rule:
    """A rule, or a part of one."""

    names: frozenset[str]
    """The names or ARNs of the alarms that it refers to."""
    raised_by: frozenset[str]
    """The alarms of which each in ALARM makes it true, whatever the others do."""
    prevented_by: frozenset[str]
    """The alarms of which each in ALARM makes it false, whatever the others do."""
    holds: Callable[[frozenset[str]], bool]
    """Return True if it is true while these are in ALARM and all others are OK."""


@cache
def composite_rule(text: str) -> Rule:
    """Return the rule with this text.

    Raises:
        DoubtError: it has another form.
    """
    parser = _Parser(text)
    rule = parser.disjunction()
    if parser.tokens:
        raise DoubtError(text)
    return rule


class _Parser:
    """NOT binds closest, then AND, then OR."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.tokens: list[Rule | str] = []
        position = 0
        while text[position:].strip():
            found = _TOKEN.match(text, position)
            if not found:
                raise DoubtError(text)
            self.tokens.append(_token(found))
            position = found.end()

    def disjunction(self) -> Rule:
        rule = self._conjunction()
        while self.tokens[:1] == ["OR"]:
            self.tokens.pop(0)
            # `a OR b` is `NOT (NOT a AND NOT b)`.
            rule = _not(_both(_not(rule), _not(self._conjunction())))
        return rule

    def _conjunction(self) -> Rule:
        rule = self._term()
        while self.tokens[:1] == ["AND"]:
            self.tokens.pop(0)
            rule = _both(rule, self._term())
        return rule

    def _term(self) -> Rule:
        first = self.tokens.pop(0) if self.tokens else ""
        if isinstance(first, Rule):
            return first
        if first == "NOT":
            return _not(self._term())
        if first == "(":
            rule = self.disjunction()
            if self.tokens[:1] == [")"]:
                self.tokens.pop(0)
                return rule
        raise DoubtError(self._text)


def _token(found: re.Match[str]) -> Rule | str:
    if word := found["word"]:
        constant = word in ("TRUE", "FALSE")
        return _constant(true=word == "TRUE") if constant else str(word)
    name = found["double"] or found["single"] or found["bare"]
    return _of_state(found["state"], name)


def _of_state(state: str, name: str) -> Rule:
    named, nobody = frozenset({name}), frozenset[str]()
    if state == ALARM:
        return Rule(named, named, nobody, lambda raised: name in raised)
    is_ok = state == "OK"
    return Rule(named, nobody, named, lambda raised: is_ok and name not in raised)


def _constant(*, true: bool) -> Rule:
    nobody = frozenset[str]()
    return Rule(nobody, nobody, nobody, lambda _: true)


def _not(rule: Rule) -> Rule:
    return Rule(
        rule.names, rule.prevented_by, rule.raised_by, lambda up: not rule.holds(up)
    )


def _both(one: Rule, other: Rule) -> Rule:
    raised = one.raised_by & other.raised_by
    for always, rest in ((one, other), (other, one)):
        if not always.names and always.holds(frozenset()):  # TRUE
            raised |= rest.raised_by
    return Rule(
        names=one.names | other.names,
        raised_by=raised,
        prevented_by=one.prevented_by | other.prevented_by,
        holds=lambda up: one.holds(up) and other.holds(up),
    )
