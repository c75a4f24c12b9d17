"""The decision on one principal, action and resource: a pure function.

Source: IAM User Guide, "Policy evaluation logic". Organizations' policies are not
evaluated, as a promoted environment declares none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from aws_standin.iam.conditions import holds, keys_needed
from aws_standin.iam.pattern_match import (
    Unresolved,
    arn_matches,
    matches,
    resolved,
    variables,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aws_standin.iam.policy_document import Statement

Verdict = Literal["allowed", "explicitDeny", "implicitDeny"]


@dataclass(frozen=True)
class Ask:
    """One thing that somebody wants to do."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Condition key in lower case → its values."""
    caller: tuple[str, ...] = ()
    """Every ARN that names the caller itself in a Principal element."""
    account: str = ""
    """The caller's account, which a Principal element may name instead."""


@dataclass(frozen=True)
class Policies:
    """The statements that bear on a call, by where they come from."""

    identity: tuple[Statement, ...] = ()
    boundaries: tuple[tuple[Statement, ...], ...] = ()
    """Permissions boundary and session policies: each must allow on its own."""
    resource: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class Decision:
    """A decision, and the statements that led to it."""

    verdict: Verdict
    matched: tuple[Statement, ...] = ()
    """The Deny statements of an explicit deny, the Allow statements of an allow."""
    missing: frozenset[str] = frozenset()
    """Condition keys that any statement asks for and the call lacks."""
    within_boundaries: bool = True


def decide(ask: Ask, policies: Policies) -> Decision:
    """Decide `ask`: an explicit deny wins, then an allow within every boundary.

    Within one account an allow in the resource's policy is as good as one in an
    identity policy, where it names the caller or everybody: naming the account only
    leaves it to identity policies. Both are limited by the boundaries.
    """
    everywhere = (
        *policies.identity,
        *policies.resource,
        *(one for boundary in policies.boundaries for one in boundary),
    )
    missing = _missing(ask, everywhere)
    denials = tuple(
        one for one in everywhere if one.effect == "Deny" and applies(one, ask)
    )
    within = all(_allows(boundary, ask) for boundary in policies.boundaries)
    if denials:
        return Decision("explicitDeny", denials, missing, within)
    direct = tuple(one for one in policies.resource if _names_directly(one, ask))
    grants = _allows((*policies.identity, *direct), ask)
    verdict: Verdict = "allowed" if grants and within else "implicitDeny"
    return Decision(verdict, grants if within else (), missing, within)


def applies(statement: Statement, ask: Ask) -> bool:
    """Say whether `statement`, whatever its effect, speaks of `ask`."""
    try:
        return (
            _principal_applies(statement, ask)
            and _action_applies(statement, ask.action)
            and _resource_applies(statement, ask)
            and holds(statement.condition, ask.context)
        )
    except Unresolved:
        return False


def keys_asked(statements: Iterable[Statement]) -> frozenset[str]:
    """Name every condition key that the statements ask about."""
    return frozenset().union(*(_keys(one) for one in statements))


def _allows(statements: Iterable[Statement], ask: Ask) -> tuple[Statement, ...]:
    return tuple(
        one for one in statements if one.effect == "Allow" and applies(one, ask)
    )


def _missing(ask: Ask, statements: Iterable[Statement]) -> frozenset[str]:
    # Also those of statements that have nothing to do with the action, as AWS does.
    return frozenset(
        key for key in keys_asked(statements) if key.lower() not in ask.context
    )


def _keys(statement: Statement) -> frozenset[str]:
    patterns = (*statement.resources, *statement.not_resources)
    named = (variables(pattern) for pattern in patterns)
    return keys_needed(statement.condition).union(*named)


def _action_applies(statement: Statement, action: str) -> bool:
    if statement.not_actions:
        return not any(
            matches(one, action, ignore_case=True) for one in statement.not_actions
        )
    return any(matches(one, action, ignore_case=True) for one in statement.actions)


def _resource_applies(statement: Statement, ask: Ask) -> bool:
    def some(patterns: tuple[str, ...]) -> bool:
        return any(
            one == "*" or arn_matches(resolved(one, ask.context), ask.resource)
            for one in patterns
        )

    if statement.not_resources:
        return not some(statement.not_resources)
    return some(statement.resources)


def _principal_applies(statement: Statement, ask: Ask) -> bool:
    named = ask.caller
    if ask.account:
        named = (*named, ask.account, f"arn:aws:iam::{ask.account}:root")
    if statement.not_principals:
        return not _names(statement.not_principals, named)
    return not statement.principals or _names(statement.principals, named)


def _names_directly(statement: Statement, ask: Ask) -> bool:
    return bool(statement.not_principals) or _names(statement.principals, ask.caller)


def _names(principals: tuple[tuple[str, str], ...], named: tuple[str, ...]) -> bool:
    return any(value == "*" or value in named for _, value in principals)
