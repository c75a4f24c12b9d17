"""The strangers that a policy lets in; a doubtful principal counts as one."""

from collections.abc import Callable, Iterable

from conformance.model.errors import NotUnderstoodError
from conformance.model.iam.patterns import account_of, covers
from conformance.model.iam.statements import (
    ANYBODY,
    Condition,
    Document,
    Statement,
    statements,
)
from conformance.model.iam.strangers import SOURCES, Trusted, excludes, restricts

Test = Callable[[Condition, Trusted], bool | None]
_OWN_SERVICES = {"replication.dynamodb.amazonaws.com"}
"""They act for the table's own account; global tables need them."""


def exposed(document: Document, trusted: Trusted) -> frozenset[str]:
    """Return a sentence for each grant of a resource policy to anybody else.

    A Deny that holds for every stranger takes them out again.

    Raises:
        NotUnderstoodError: that rests on a condition that is not understood.
    """
    found = statements(document)
    return frozenset(
        f"statement {statement.name} lets in {who}"
        for statement in found
        if statement.allows
        for who in remaining(statement, found, trusted)
    )


def remaining(
    allow: Statement, all_: Iterable[Statement], trusted: Trusted
) -> frozenset[str]:
    """Return the strangers that an Allow lets in and no Deny takes out.

    Raises:
        NotUnderstoodError: that rests on a condition that is not understood.
    """
    found = strangers(allow, trusted)
    if not found:
        return frozenset()
    denies = [statement for statement in all_ if not statement.allows]
    verdicts = [_takes_out(deny, allow, trusted) for deny in denies]
    if True in verdicts:
        return frozenset()
    unclear = [
        *_unclear(allow, restricts, trusted),
        *(
            name
            for deny, verdict in zip(denies, verdicts, strict=True)
            if verdict is None
            for name in _unclear(deny, excludes, trusted)
        ),
    ]
    if unclear:
        raise NotUnderstoodError(
            f"statement {allow.name} lets in {', '.join(sorted(found))}, unless "
            f"{', '.join(sorted(set(unclear)))} keeps them out, which is not "
            "understood",
        )
    return found


def strangers(allow: Statement, trusted: Trusted) -> frozenset[str]:
    """Return the principals that a statement lets in if no condition restricts it."""
    restricting = {
        condition.key for condition in allow.conditions if restricts(condition, trusted)
    }
    if allow.excepts_principals:
        named = ", ".join(value for _, value in allow.principals)
        return frozenset() if restricting else frozenset({f"everyone but {named}"})
    return frozenset(
        who
        for kind, value in allow.principals
        if (who := _stranger(kind, value, restricting, trusted))
    )


def covers_actions(deny: Statement, allow: Statement) -> bool:
    """Return True if a Deny speaks of every action that an Allow grants."""
    granted = ("*",) if allow.excepts_actions else allow.actions
    if deny.excepts_actions:
        return not any(
            covers(left.lower(), right.lower()) or covers(right.lower(), left.lower())
            for left in deny.actions
            for right in granted
        )
    return all(
        any(covers(wide.lower(), action.lower()) for wide in deny.actions)
        for action in granted
    )


def _takes_out(deny: Statement, allow: Statement, trusted: Trusted) -> bool | None:
    """Return if a Deny takes out whoever an Allow lets in; None if unclear."""
    spoken_of = (
        _covers_principals(deny, allow, trusted)
        and covers_actions(deny, allow)
        and covers_resources(deny, allow)
    )
    found = {excludes(condition, trusted) for condition in deny.conditions}
    if not spoken_of or False in found:
        return False
    return None if None in found else True


def covers_resources(deny: Statement, allow: Statement) -> bool:
    """Return True if a Deny speaks of every resource of an Allow."""
    if deny.excepts_resources or (allow.excepts_resources and deny.resources != ("*",)):
        return False
    return not deny.resources or all(
        any(covers(wide, arn) for wide in deny.resources) for arn in allow.resources
    )


def _covers_principals(deny: Statement, allow: Statement, trusted: Trusted) -> bool:
    if deny.excepts_principals:
        return all(
            account_of(value) in trusted.accounts or value in _OWN_SERVICES
            for _, value in deny.principals
        )
    return ANYBODY in deny.principals or (
        not allow.excepts_principals and set(allow.principals) <= set(deny.principals)
    )


def _unclear(statement: Statement, test: Test, trusted: Trusted) -> list[str]:
    return [
        f"{condition.operator} {condition.key} of statement {statement.name}"
        for condition in statement.conditions
        if test(condition, trusted) is None
    ]


def _stranger(
    kind: str, value: str, restricting: Iterable[str], trusted: Trusted
) -> str:
    """Return the principal in words, or "" if it is trusted."""
    if kind == "Service":
        kept = value in _OWN_SERVICES or SOURCES.intersection(restricting)
        return "" if kept else f"the service {value} on anybody's behalf"
    if kind == "AWS" and account_of(value) in trusted.accounts:
        return ""
    if any(restricting):
        return ""
    return "everyone" if (kind, value) == ANYBODY else f"{kind} {value}"
