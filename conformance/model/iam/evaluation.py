"""The decision of one policy document on one request, as far as both are known.

Source: IAM User Guide, "Policy evaluation logic": a Deny outweighs every Allow, and
what nothing allows is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from conformance.model.iam.conditions import (
    Context,
    holds,
    resolved,
    unknown_keys,
    variables,
)
from conformance.model.iam.patterns import account_of, action_matches, arn_matches
from conformance.model.iam.statements import ANYBODY, Document, Statement, statements

ALLOWED, DENIED, SILENT = "allowed", "explicitDeny", "implicitDeny"
DELEGATED = "delegated"
"""The document leaves it to the identity policies of the caller's account."""
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Request:
    """One action on one resource, by one caller, as far as it is known."""

    action: str
    resource: str
    principals: frozenset[tuple[str, str]] = frozenset()
    """Whatever names the caller itself: (`AWS`, ARN) or (`Service`, name)."""
    account: str = ""
    """The account of the caller; "" for a service."""
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """One of the words above; if it is unknown, what is open and on what it depends."""

    verdict: str
    depends_on: frozenset[str] = frozenset()
    open_effect: str = ""
    """The decisions that may apply or not: `explicitDeny`, `allowed` or `delegated`."""
    may_allow: bool = True
    """False if nothing allows it, whatever is not known."""


def decide(document: Document, request: Request) -> Decision:
    """Decide a request by a document, of a resource or of an identity."""
    return decide_statements(statements(document), request)


def decide_statements(found: Iterable[Statement], request: Request) -> Decision:
    """Decide a request by these statements together.

    A statement whose conditions are not known leaves open what none settles that
    weighs more.
    """
    certain = set[str]()
    open_: dict[str, frozenset[str]] = {}
    for statement in found:
        effect = _effect(statement, request)
        if not effect or not concerns(statement, request):
            continue
        depends = _unknown(statement, request.context)
        applies = _conditions_hold(statement, request.context)
        if applies is None:
            open_[effect] = open_.get(effect, frozenset()) | depends
        elif applies:
            certain.add(effect)
    may_allow = bool({ALLOWED, DELEGATED} & (certain | set(open_)))
    for verdict in (DENIED, ALLOWED, DELEGATED):
        if verdict in certain:
            return Decision(verdict, may_allow=may_allow)
        if verdict in open_:
            return Decision(UNKNOWN, open_[verdict], verdict, may_allow)
    return Decision(SILENT, may_allow=False)


def concerns(statement: Statement, request: Request) -> bool:
    """Return True if a statement covers the action and the resource.

    A variable in a resource that is not known may stand for anything.
    """
    action = any(action_matches(name, request.action) for name in statement.actions)
    if action == statement.excepts_actions:
        return False
    if not statement.resources:  # a trust policy has none
        return True
    named = (resolved(arn, request.context) or "*" for arn in statement.resources)
    resource = any(arn_matches(arn, request.resource) for arn in named)
    return resource != statement.excepts_resources


def condition_keys(statement: Statement) -> frozenset[str]:
    """Return the keys that conditions and variables ask for, in lower case."""
    return frozenset(key.lower() for key in _unknown(statement, {}))


def context_of(values: Mapping[str, Iterable[str]]) -> Context:
    """Return a context of these keys, in whatever capital letters."""
    return {key.lower(): tuple(found) for key, found in values.items()}


def _effect(statement: Statement, request: Request) -> str:
    """Return the word for what a statement does to the caller; "" if nothing."""
    if not statement.principals and not statement.excepts_principals:
        # A policy of an identity names nobody; one of a resource must.
        own = not request.principals
        return (ALLOWED if statement.allows else DENIED) if own else ""
    named = {_normal(principal) for principal in statement.principals}
    account = ("AWS", request.account)
    direct = ANYBODY in named or bool(named & request.principals)
    if statement.excepts_principals:
        direct = not direct and account not in named
    if not statement.allows:
        return DENIED if direct or account in named else ""
    if direct:
        return ALLOWED
    return DELEGATED if account in named and not statement.excepts_principals else ""


def _normal(principal: tuple[str, str]) -> tuple[str, str]:
    """Return an account's root as the account: both mean the same."""
    kind, value = principal
    if kind == "AWS" and value.endswith(":root"):
        return kind, account_of(value)
    return principal


def _conditions_hold(statement: Statement, context: Context) -> bool | None:
    """Return if all conditions hold; None if that depends on what is not known."""
    found = [holds(condition, context) for condition in statement.conditions]
    if False in found:
        return False
    unknown = any(resolved(arn, context) is None for arn in statement.resources)
    return None if unknown or None in found else True


def _unknown(statement: Statement, context: Context) -> frozenset[str]:
    named = frozenset[str]().union(
        *(unknown_keys(condition, context) for condition in statement.conditions),
        *(variables(arn) for arn in statement.resources),
    )
    return frozenset(name for name in named if name.lower() not in context)
