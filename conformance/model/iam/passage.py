"""The requests of anybody that the policy of a VPC endpoint lets through.

Whoever passes is in the VPC, with credentials of any account: so it must be said
whose callers pass, or to whose tables. Source: "Control access to VPC endpoints using
endpoint policies" in the AWS PrivateLink guide.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from conformance.model.errors import NotUnderstoodError
from conformance.model.iam.exposure import covers_actions, covers_resources
from conformance.model.iam.patterns import account_of
from conformance.model.iam.statements import (
    ANYBODY,
    Condition,
    Document,
    Statement,
    statements,
)
from conformance.model.iam.strangers import Trusted, excludes, restricts

_AS_OF_CALLERS = {
    "aws:resourceaccount": "aws:principalaccount",
    "aws:resourceorgid": "aws:principalorgid",
    "aws:resourceorgpaths": "aws:principalorgpaths",
}
"""Keys about the owner of a table, judged like those about the owner of a caller."""
Test = Callable[[Condition, Trusted], bool | None]


def open_passages(document: Document, trusted: Trusted) -> frozenset[str]:
    """Return a sentence for each statement that lets anything of anybody's through.

    Raises:
        NotUnderstoodError: that rests on a condition that is not understood.
    """
    # Every request comes through the endpoint: its own id keeps nobody out.
    known = replace(trusted, networks=frozenset())
    found = statements(document)
    return frozenset(
        f"statement {statement.name} lets anything through"
        for statement in found
        if statement.allows and _open(statement, found, known)
    )


def _open(allow: Statement, all_: Iterable[Statement], trusted: Trusted) -> bool:
    denies = [deny for deny in all_ if not deny.allows and _hears(deny, allow)]
    verdicts = [
        _names_ours(allow, trusted),
        *(_of_owner(restricts, one, trusted) for one in allow.conditions),
        *(_shuts(deny, allow, trusted) for deny in denies),
    ]
    if True in verdicts:
        return False
    if None in verdicts:
        raise NotUnderstoodError(
            f"the endpoint's policy has conditions about {_keys(allow, *denies)}, "
            "which are not understood",
        )
    return True


def _names_ours(allow: Statement, trusted: Trusted) -> bool:
    """Return True if callers or tables are named, and are of trusted accounts."""
    callers = not allow.excepts_principals and all(
        account_of(value) in trusted.accounts for _, value in allow.principals
    )
    return (callers and bool(allow.principals)) or _ours(allow, trusted)


def _ours(statement: Statement, trusted: Trusted) -> bool:
    named = [account_of(arn) in trusted.accounts for arn in statement.resources]
    return bool(named) and all(named) and not statement.excepts_resources


def _hears(deny: Statement, allow: Statement) -> bool:
    return ANYBODY in deny.principals and covers_actions(deny, allow)


def _shuts(deny: Statement, allow: Statement, trusted: Trusted) -> bool | None:
    """Return if a Deny keeps out others' callers, or requests to others' tables."""
    found = {_of_owner(excludes, one, trusted) for one in deny.conditions}
    if False in found:
        return False
    if deny.excepts_resources:
        ours = _ours(replace(deny, excepts_resources=False), trusted)
        return None if ours and deny.conditions else ours
    if not covers_resources(deny, allow):
        return False
    return None if None in found else True


def _of_owner(test: Test, condition: Condition, trusted: Trusted) -> bool | None:
    key = _AS_OF_CALLERS.get(condition.key, condition.key)
    return test(replace(condition, key=key), trusted)


def _keys(*found: Statement) -> str:
    keys = {condition.key for statement in found for condition in statement.conditions}
    return ", ".join(sorted(keys))
