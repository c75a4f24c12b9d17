"""A policy document as values: its statements, checked for their grammar.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from aws_standin.iam.conditions import listed

_VARIABLES_SINCE = "2012-10-17"


class MalformedPolicyError(ValueError):
    """The document is no policy; the message says what is wrong with it."""


@dataclass(frozen=True)
class Statement:
    """One statement of a policy."""

    effect: str
    """Allow or Deny."""
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    principals: tuple[tuple[str, str], ...] = ()
    """(type, value) pairs, such as ("AWS", "*"); only resource policies have them."""
    not_principals: tuple[tuple[str, str], ...] = ()
    condition: dict[str, dict[str, Any]] = field(default_factory=dict, hash=False)
    sid: str = ""
    """The name that the statement has in its policy, "" for none."""
    source: str = ""
    """The name of the policy it stands in."""
    source_type: str = "none"
    """The name that SimulatePrincipalPolicy gives it in MatchedStatements."""


def statements(
    document: str | dict[str, Any], source: str = "", source_type: str = "none"
) -> tuple[Statement, ...]:
    """Read the statements of a policy document; raises MalformedPolicyError."""
    policy = _object(document)
    if policy.get("Version") != _VARIABLES_SINCE:
        policy = _literal_variables(policy)
    found = policy.get("Statement")
    if not found:
        raise MalformedPolicyError("Syntax errors in policy: it has no Statement.")
    return tuple(
        _statement(one, source, source_type)
        for one in (found if isinstance(found, list) else [found])
    )


def _object(document: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError as problem:
            raise MalformedPolicyError(f"Syntax errors in policy: {problem}") from None
    if not isinstance(document, dict):
        raise MalformedPolicyError("Syntax errors in policy: it is no JSON object.")
    return document


def _literal_variables(policy: dict[str, Any]) -> dict[str, Any]:
    """Escape "${", which begins no variable before version 2012-10-17."""
    text: dict[str, Any] = json.loads(json.dumps(policy).replace("${", "${$}{"))
    return text


def _statement(stated: Any, source: str, source_type: str) -> Statement:
    if not isinstance(stated, dict) or stated.get("Effect") not in {"Allow", "Deny"}:
        raise MalformedPolicyError(
            "Syntax errors in policy: a Statement needs the Effect Allow or Deny."
        )
    if ("Action" in stated) == ("NotAction" in stated):
        raise MalformedPolicyError(
            "Syntax errors in policy: a Statement needs one of Action and NotAction."
        )
    return Statement(
        effect=stated["Effect"],
        actions=tuple(listed(stated.get("Action", []))),
        not_actions=tuple(listed(stated.get("NotAction", []))),
        resources=tuple(listed(stated.get("Resource", []))),
        not_resources=tuple(listed(stated.get("NotResource", []))),
        principals=_principals(stated.get("Principal", {})),
        not_principals=_principals(stated.get("NotPrincipal", {})),
        condition=stated.get("Condition", {}),
        sid=stated.get("Sid", ""),
        source=source,
        source_type=source_type,
    )


def _principals(stated: Any) -> tuple[tuple[str, str], ...]:
    if stated == "*":
        return (("AWS", "*"),)
    return tuple((kind, one) for kind, some in stated.items() for one in listed(some))
