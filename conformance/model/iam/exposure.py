"""The strangers that a policy lets in; a doubtful principal counts as one.

What restricts follows "The meaning of public" in the IAM Access Analyzer User Guide,
but for source addresses: whoever calls from them may be of any account.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.model.iam.statements import (
    ANYBODY,
    Condition,
    Document,
    Statement,
    statements,
)

_ACCOUNT = re.compile(r"\d{12}")
_POSITIVE = {"StringEquals", "StringEqualsIgnoreCase", "StringLike"}
_POSITIVE_ARN = _POSITIVE | {"ArnEquals", "ArnLike"}
_ACCOUNTS = {"aws:principalaccount", "aws:sourceaccount"}
_ARNS = {"aws:principalarn", "aws:sourcearn"}
_ORGANISATIONS = {"aws:principalorgid", "aws:sourceorgid"}
_PATHS = {"aws:principalorgpaths", "aws:sourceorgpaths"}
_NETWORKS = {"aws:sourcevpc": "vpc-", "aws:sourcevpce": "vpce-"}
_SOURCES = {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid"}
_OWN_SERVICES = {"replication.dynamodb.amazonaws.com"}
"""They act for the table's own account; global tables need them."""
_ARN_PARTS = 6
_BRANCH = re.compile(r"repo:[^:]+/[^:]+:(ref:refs/(heads|tags)/.+|environment:.+)")


@dataclass(frozen=True)
class Trusted:
    """The accounts and organisations that a policy may name."""

    accounts: frozenset[str]
    organisations: frozenset[str]


def exposed(document: Document, trusted: Trusted) -> frozenset[str]:
    """Return a sentence for each grant of a resource policy to anybody else."""
    return frozenset(
        f"statement {statement.name} lets in {who}"
        for statement in statements(document)
        if statement.allows
        for who in _strangers(statement, trusted)
    )


def open_trust(document: Document, trusted: Trusted) -> frozenset[str]:
    """Return a sentence for each stranger that a role's trust policy lets in.

    A service may assume a role that names it. An identity provider must say which
    repository and which branch, tag or environment; without wildcards.
    """
    found = set[str]()
    for statement in statements(document):
        if not statement.allows:
            continue
        people = [
            principal
            for principal in statement.principals
            if principal[0] not in ("Service", "Federated")
        ]
        if people or statement.excepts_principals:
            found |= {
                f"statement {statement.name} trusts {who}"
                for who in _strangers(statement, trusted)
                if not who.startswith("the service")
            }
        if any(kind == "Federated" for kind, _ in statement.principals):
            found |= {
                f"statement {statement.name} {why}" for why in _open_subjects(statement)
            }
    return frozenset(found)


def restricts(condition: Condition, trusted: Trusted) -> bool:
    """Return True if the condition leaves only those who are trusted.

    An operator that holds where its key is absent (IfExists, ForAllValues, Not…,
    Null) restricts nobody, and a wildcard that could stand for a stranger neither.
    """
    operator = condition.operator.removeprefix("ForAnyValue:")
    key = condition.key
    if key in _ARNS:
        return operator in _POSITIVE_ARN and all(
            _account_of(value) in trusted.accounts for value in condition.values
        )
    if operator not in _POSITIVE:
        return False
    if key in _ACCOUNTS:
        return set(condition.values) <= trusted.accounts
    if key in _ORGANISATIONS:
        return set(condition.values) <= trusted.organisations
    if key in _PATHS:
        roots = {value.partition("/")[0] for value in condition.values}
        return roots <= trusted.organisations
    start = _NETWORKS.get(key)
    return start is not None and all(
        value.startswith(start) and not _wild(value) for value in condition.values
    )


def _strangers(each: Statement, trusted: Trusted) -> set[str]:
    """Yield the principals that a statement lets in, if no condition restricts them."""
    restricting = {
        condition.key for condition in each.conditions if restricts(condition, trusted)
    }
    if each.excepts_principals:
        named = ", ".join(value for _, value in each.principals)
        return set() if restricting else {f"everyone but {named}"}
    return {
        who
        for kind, value in each.principals
        if (who := _stranger(kind, value, restricting, trusted))
    }


def _stranger(
    kind: str, value: str, restricting: Iterable[str], trusted: Trusted
) -> str:
    """Return the principal in words, or "" if it is trusted."""
    if kind == "Service":
        kept = value in _OWN_SERVICES or _SOURCES.intersection(restricting)
        return "" if kept else f"the service {value} on anybody's behalf"
    if kind == "AWS" and _account_of(value) in trusted.accounts:
        return ""
    if any(restricting):
        return ""
    return "everyone" if (kind, value) == ANYBODY else f"{kind} {value}"


def _account_of(principal: str) -> str:
    """Return the account of an ARN or account id; "" without one, or for a wildcard."""
    if _ACCOUNT.fullmatch(principal):
        return principal
    parts = principal.split(":", _ARN_PARTS - 1)
    whole = len(parts) == _ARN_PARTS and _ACCOUNT.fullmatch(parts[4])
    return parts[4] if whole else ""


def _open_subjects(each: Statement) -> set[str]:
    """Yield the ways in which an identity provider's statement admits too many."""
    subjects = [
        condition for condition in each.conditions if condition.key.endswith(":sub")
    ]
    named = [
        subject
        for subject in subjects
        if subject.operator.removeprefix("ForAnyValue:") in _POSITIVE
    ]
    if not named:
        return {"trusts any repository: no condition names the token's sub"}
    # Two conditions must both hold, so that one narrow one is enough.
    return min((_too_wide(condition) for condition in named), key=len)


def _too_wide(condition: Condition) -> set[str]:
    like = condition.operator.endswith("Like")
    return {
        f"trusts {value}: any repository or branch that fits"
        for value in condition.values
        if (like and _wild(value)) or not _BRANCH.fullmatch(value)
    }


def _wild(value: str) -> bool:
    return "*" in value or "?" in value
