"""Access Analyzer's checks of a policy document.

CheckNoPublicAccess and CheckAccessNotGranted look at one document, without the rest
of the account, and so can be answered. AWS reasons about conditions; here an Allow
counts as granted whatever its conditions, except for those that name who may call. A
Deny counts without conditions; for public access it also counts where all its
conditions hold for whoever is not named. Doubt is answered with FAIL.

ListAnalyzers answers that there is none; findings of analyzers are left out.
Source: botocore's model of Access Analyzer.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aws_standin.iam.conditions import listed
from aws_standin.iam.pattern_match import arn_matches, matches
from aws_standin.iam.policy_document import MalformedPolicyError, Statement, statements
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

Members = dict[str, Any]
NARROWING = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
    }
)
"""Condition keys whose fixed values make a policy for everybody not public (IAM
Access Analyzer User Guide, "The meaning of public")."""
POSITIVE = ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
NEGATIVE = ("StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike")


class Analyzer:
    """Answers for Access Analyzer."""

    def __init__(self) -> None:
        self._operations: dict[str, Callable[[Members], Members]] = {
            "CheckNoPublicAccess": _no_public_access,
            "CheckAccessNotGranted": _access_not_granted,
            "ListAnalyzers": lambda _: {"analyzers": []},
        }

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer a check; pass on the rest."""
        operation = self._operations.get(request.operation)
        if request.service != "accessanalyzer" or not operation:
            return onward(request)
        try:
            return answer(request, operation(request.parameters))
        except MalformedPolicyError as problem:
            raise AwsError("ValidationException", str(problem)) from None


def public(statement: Statement) -> bool:
    """Say whether a resource policy's statement lets everybody in."""
    everybody = bool(statement.not_principals) or any(
        value == "*" for _, value in statement.principals
    )
    return statement.effect == "Allow" and everybody and not _narrowed(statement)


def granted(found: Sequence[Statement], action: str, resource: str) -> bool:
    """Say whether a document may grant an action on a resource; "" stands for any."""
    allowed = any(
        one.effect == "Allow" and _speaks_of(one, action, resource, some=True)
        for one in found
    )
    denied = any(
        one.effect == "Deny"
        and not one.condition
        and _speaks_of(one, action, resource, some=False)
        for one in found
    )
    return allowed and not denied


def _no_public_access(given: Members) -> Members:
    found = statements(given["policyDocument"])
    reasons = [
        _reason("This statement grants access to everybody.", number)
        for number, one in enumerate(found)
        if public(one) and not any(_takes_back(deny, one) for deny in found)
    ]
    return _result(reasons, "grant public access")


def _access_not_granted(given: Members) -> Members:
    found = statements(given["policyDocument"])
    reasons = [
        _reason(f"The policy may grant {action or 'an action'} on {resource or '*'}.")
        for access in given["access"]
        for action in access.get("actions") or [""]
        for resource in access.get("resources") or [""]
        if granted(found, action, resource)
    ]
    return _result(reasons, "grant the given access")


def _narrowed(statement: Statement) -> bool:
    return any(
        operator in POSITIVE and _fixed(key, wanted)
        for operator, keys in statement.condition.items()
        for key, wanted in keys.items()
    )


def _fixed(key: str, wanted: Any) -> bool:
    """Say whether a condition names fixed callers, accounts or networks."""
    return key.lower() in NARROWING and not any(
        set(value) <= {"*", "?"} for value in listed(wanted)
    )


def _takes_back(deny: Statement, allow: Statement) -> bool:
    """Say whether a Deny takes from everybody but fixed callers what is allowed."""
    outside = all(
        operator.removesuffix("IfExists") in NEGATIVE and _fixed(key, wanted)
        for operator, keys in deny.condition.items()
        for key, wanted in keys.items()
    )
    everybody = any(value == "*" for _, value in deny.principals)
    return (
        deny.effect == "Deny"
        and everybody
        and outside
        and _all_of(allow.actions, deny.actions, ignore_case=True)
        and _all_of(allow.resources, deny.resources)
    )


def _all_of(
    narrow: Sequence[str], wide: Sequence[str], *, ignore_case: bool = False
) -> bool:
    """Say whether every pattern of the one fits a pattern of the other."""
    return bool(narrow) and all(
        any(matches(pattern, one, ignore_case=ignore_case) for pattern in wide)
        for one in narrow
    )


def _speaks_of(statement: Statement, action: str, resource: str, *, some: bool) -> bool:
    """Say whether a statement covers `action` on `resource`.

    For an unnamed action or resource: `some` asks whether it covers any, otherwise
    whether it covers all.
    """
    return _covers(
        (statement.actions, statement.not_actions),
        action,
        lambda pattern: matches(pattern, action, ignore_case=True),
        some=some,
    ) and _covers(
        (statement.resources, statement.not_resources),
        resource,
        lambda pattern: pattern == "*" or arn_matches(pattern, resource),
        some=some,
    )


def _covers(
    patterns: tuple[Iterable[str], Iterable[str]],
    wanted: str,
    fits: Callable[[str], bool],
    *,
    some: bool,
) -> bool:
    included, excluded = patterns
    if not wanted:
        return some or "*" in included
    if excluded:
        return not any(map(fits, excluded))
    return any(map(fits, included))


def _reason(description: str, number: int | None = None) -> Members:
    reason: Members = {"description": description}
    return reason if number is None else reason | {"statementIndex": number}


def _result(reasons: list[Members], doing: str) -> Members:
    verb = "does" if reasons else "does not"
    return {
        "result": "FAIL" if reasons else "PASS",
        "message": f"The policy document {verb} {doing}.",
        "reasons": reasons,
    }
