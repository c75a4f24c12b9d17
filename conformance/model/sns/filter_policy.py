"""Does the filter policy of a subscription let a message pass?

Source: SNS Developer Guide, "Amazon SNS subscription filter policies".
"""

from collections.abc import Callable, Mapping
from typing import Any

from conformance.model.errors import DoubtError

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"


def passes(
    policy: Mapping[str, Any], scope: str, body: Mapping[str, str] | None
) -> bool:
    """Return True if the filter lets a message of AWS pass, whose body has these keys.

    Messages of alarms have no attributes. Of other messages, with None as the body,
    nothing is known.

    Raises:
        DoubtError: that depends on something that is not judged here.
    """
    if not policy:
        return True
    if body is None or scope not in (ATTRIBUTES, BODY):
        raise DoubtError(f"{scope} {', '.join(policy)}")
    states = [
        _attribute(key, rules) if scope == ATTRIBUTES else _key(key, rules, body)
        for key, rules in policy.items()
    ]
    if False in states:
        return False
    doubts = [state for state in states if isinstance(state, str)]
    if doubts:
        raise DoubtError("; ".join(doubts))
    return True


def _attribute(key: str, rules: Any) -> bool | str:
    """Judge a rule on an attribute, which the message does not have."""
    if key == "$or" or not isinstance(rules, list):
        return f"{key}: {rules}"
    return {"exists": False} in rules


def _key(key: str, rules: Any, body: Mapping[str, str]) -> bool | str:
    """Judge a rule on a key of the body; return its words if it is not known."""
    if key not in body or not isinstance(rules, list):
        return f"{key}: {rules}"
    states = [_matches(rule, body[key]) for rule in rules]
    if True in states:
        return True
    return f"{key}: {rules}" if None in states else False


def _matches(rule: Any, value: str) -> bool | None:
    """Return None if the rule is not judged here."""
    if not isinstance(rule, dict):
        return bool(rule == value)
    ((name, wanted),) = rule.items() if len(rule) == 1 else [("", "")]
    if name == "exists":
        return bool(wanted)
    if name == "anything-but":
        return _other(wanted, value)
    test = _TESTS.get(name)
    return test(wanted, value) if test and isinstance(wanted, str) else None


def _other(unwanted: Any, value: str) -> bool | None:
    if isinstance(unwanted, dict):
        matched = _matches(unwanted, value)
        return None if matched is None else not matched
    listed = unwanted if isinstance(unwanted, list) else [unwanted]
    return value not in listed


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "prefix": lambda wanted, value: value.startswith(wanted),
    "suffix": lambda wanted, value: value.endswith(wanted),
    "equals-ignore-case": lambda wanted, value: value.lower() == wanted.lower(),
}
