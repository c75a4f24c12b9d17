"""May a service of AWS do something to a resource, by the resource's policy?

Source: IAM User Guide, "Policy evaluation logic", "AWS global condition context keys"
and "IAM JSON policy elements: Condition operators". What a request of the service has
in its context is known for some keys, known to be absent for others, and unknown for
the rest: a policy that depends on an unknown key is not understood.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from conformance.model.errors import DoubtError
from conformance.model.iam.conditions import Context, holds, in_words
from conformance.model.iam.patterns import matches
from conformance.model.iam.statements import (
    ANYBODY,
    Document,
    Statement,
    statements,
)

_ABSENT = (
    # A service is no principal of an organisation, and comes from no VPC.
    *("aws:principalorgid", "aws:principalorgpaths"),
    *("aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"),
    *("aws:multifactorauthpresent", "aws:multifactorauthage"),
)


@dataclass(frozen=True)
class ServiceRequest:
    """A request that a service makes for an account."""

    service: str
    """The service's principal, such as `cloudwatch.amazonaws.com`."""
    action: str
    resource: str
    context: Mapping[str, str | None]
    """Values by condition key in lower case; None for a key that is absent."""
    doubtful: frozenset[str] = frozenset()
    """Accounts as which the service may act, which AWS does not document."""


def service_context(
    service: str, account: str, source: str, region: str
) -> dict[str, str | None]:
    """Return what is known of the context of a service's own request."""
    known: dict[str, str | None] = dict.fromkeys(_ABSENT)
    return known | {
        "aws:principalisawsservice": "true",
        "aws:principalservicename": service,
        "aws:requestedregion": region,
        "aws:securetransport": "true",
        "aws:sourceaccount": account,
        "aws:sourcearn": source,
        "aws:viaawsservice": "false",
    }


def refusal(document: Document, request: ServiceRequest) -> str:
    """Return why the policy does not admit the request; "" if it does.

    Raises:
        DoubtError: that depends on something that is not judged here.
    """
    concerned = [
        (statement, known)
        for statement in statements(document)
        if (known := _applies(statement, request)) is not False
    ]
    denied = [(entry, known) for entry, known in concerned if not entry.allows]
    allowed = [(entry, known) for entry, known in concerned if entry.allows]
    for statement, known in denied:
        if known is True:
            return (
                f"statement {statement.name} denies {request.service} {request.action}"
            )
    if not allowed:
        return f"no statement allows {request.service} {request.action}"
    doubts = [known for _, known in denied if isinstance(known, str)]
    if all(known is not True for _, known in allowed):
        doubts += [known for _, known in allowed if isinstance(known, str)]
    if doubts:
        raise DoubtError("; ".join(doubts), document)
    return ""


def _applies(statement: Statement, request: ServiceRequest) -> bool | str:
    """Return True, False, or the name of what that depends on."""
    if not (_acts(statement, request) and _is_about(statement, request)):
        return False
    named = _names(statement, request)
    if named is False:
        return False
    unknown = [f"statement {statement.name}: {named}"] if named is not True else []
    for condition in statement.conditions:
        held = holds(condition, _known(request))
        if held is False:
            return False
        if held is None:
            unknown.append(f"statement {statement.name}: {in_words(condition)}")
    return "; ".join(unknown) or True


def _known(request: ServiceRequest) -> Context:
    """Return the context with its values as lists, which are empty for absent keys."""
    return {
        key: () if value is None else (value,) for key, value in request.context.items()
    }


def _acts(statement: Statement, request: ServiceRequest) -> bool:
    named = _any_like(statement.actions, request.action.lower(), lower=True)
    return named is not statement.excepts_actions


def _is_about(statement: Statement, request: ServiceRequest) -> bool:
    named = _any_like(statement.resources, request.resource)
    return named is not statement.excepts_resources


def _any_like(patterns: Iterable[str], value: str, *, lower: bool = False) -> bool:
    return any(
        matches(pattern.lower() if lower else pattern, value) for pattern in patterns
    )


def _names(statement: Statement, request: ServiceRequest) -> bool | str:
    principals = set(statement.principals)
    if statement.excepts_principals:
        return ("Service", request.service) not in principals
    if principals & {ANYBODY, ("Service", request.service)}:
        return True
    own = {
        value
        for kind, value in principals
        if kind == "AWS" and _account(value) in request.doubtful
    }
    if own and statement.allows:
        return f"{request.service} as the account {min(own)}"
    return False


def _account(principal: str) -> str:
    """Return the account that a principal names as a whole; "" for another one."""
    return principal.removeprefix("arn:aws:iam::").removesuffix(":root")
