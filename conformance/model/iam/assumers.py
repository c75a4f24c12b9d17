"""The principals that a trust policy lets assume the role, and should not."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from conformance.model.errors import NotUnderstoodError
from conformance.model.iam.exposure import remaining
from conformance.model.iam.patterns import account_of, covers, wild
from conformance.model.iam.statements import (
    Condition,
    Document,
    Statement,
    statements,
)
from conformance.model.iam.strangers import Trusted

_POSITIVE = {"stringequals", "stringequalsignorecase", "stringlike"}
_GITHUB = "token.actions.githubusercontent.com"
_BRANCH = re.compile(r"repo:[^:]+/[^:]+:(ref:refs/(heads|tags)/.+|environment:.+)")
_SSO = re.compile(r"AWSSSO_.+_DO_NOT_DELETE")
_SSO_AUDIENCE = re.compile(r"https://([a-z0-9-]+\.)?signin\.aws\.amazon\.com/saml")


@dataclass(frozen=True)
class Assumers:
    """The principals that may assume a role, beside the trusted accounts."""

    services: frozenset[str] = frozenset()
    """The names of services, such as `lambda.amazonaws.com`."""
    subjects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Identity provider to the subjects of its tokens; `*` and `?` are wildcards."""
    sso: bool = False
    """The role is one that IAM Identity Center keeps: it decides who may use it."""


def open_trust(
    document: Document, trusted: Trusted, assumers: Assumers
) -> frozenset[str]:
    """Return a sentence for each stranger that a role's trust policy lets in.

    An identity provider must say which subject: of GitHub a repository with branch,
    tag or environment and without wildcards, of others the declared ones.

    Raises:
        NotUnderstoodError: no subject is declared for a provider, or a condition is not
            understood.
    """
    found = statements(document)
    return frozenset(
        f"statement {statement.name} trusts {who}"
        for statement in found
        if statement.allows
        for who in (
            *_people(statement, found, trusted),
            *_services(statement, assumers),
            *_subjects(statement, assumers, trusted),
        )
    )


def _people(
    allow: Statement, all_: tuple[Statement, ...], trusted: Trusted
) -> frozenset[str]:
    """Return the strangers beside services and identity providers."""
    people = tuple(
        (kind, value)
        for kind, value in allow.principals
        if allow.excepts_principals or kind not in ("Service", "Federated")
    )
    return remaining(replace(allow, principals=people), all_, trusted)


def _services(allow: Statement, assumers: Assumers) -> Iterator[str]:
    for kind, value in allow.principals:
        if kind == "Service" and value not in assumers.services:
            yield f"the service {value}"


def _subjects(allow: Statement, assumers: Assumers, trusted: Trusted) -> Iterator[str]:
    for kind, value in allow.principals:
        if kind != "Federated":
            continue
        _, _, provider = value.rpartition("-provider/")
        if "saml-provider/" in value and _SSO.fullmatch(provider):
            kept = assumers.sso and account_of(value) in trusted.accounts
            if not kept or not _for_sign_in(allow):
                yield f"{value}: the role is none of IAM Identity Center's"
        else:
            key = "saml:sub" if "saml-provider/" in value else f"{provider}:sub"
            yield from _open_subjects(allow, provider or value, key, assumers)


def _for_sign_in(allow: Statement) -> bool:
    """Return True if the assertion must be meant for AWS's sign-in."""
    return any(
        condition.key == "saml:aud"
        and condition.operator.lower() in _POSITIVE
        and all(map(_SSO_AUDIENCE.fullmatch, condition.values))
        for condition in allow.conditions
    )


def _open_subjects(
    allow: Statement, provider: str, key: str, assumers: Assumers
) -> set[str]:
    """Return the ways in which an identity provider's statement admits too many."""
    named = [
        condition
        for condition in allow.conditions
        if condition.key == key.lower()
        and condition.operator.lower().removeprefix("foranyvalue:") in _POSITIVE
    ]
    if not named:
        return {f"any repository or user of {provider}: no condition names {key}"}
    # Two conditions must both hold, so that one narrow one is enough.
    return min((_too_wide(one, provider, assumers) for one in named), key=len)


def _too_wide(condition: Condition, provider: str, assumers: Assumers) -> set[str]:
    declared = assumers.subjects.get(provider, ())
    like = condition.operator.lower().endswith("like")
    wide = {value for value in condition.values if like and wild(value)}
    if declared:
        known = {v for v in condition.values if any(covers(d, v) for d in declared)}
        return {f"{value}: not declared" for value in {*condition.values} - known}
    if provider == _GITHUB:
        branch = {value for value in condition.values if _BRANCH.fullmatch(value)}
        open_ = wide | ({*condition.values} - branch)
        return {f"{value}: any repository or branch that fits" for value in open_}
    if any(not value.strip("*") for value in wide):
        return {f"anybody of {provider}"}
    raise NotUnderstoodError(
        f"the trust policy names {', '.join(condition.values)} of {provider}; declare "
        "which subjects may assume the role (subjects)",
    )
