"""Conditions of policies that keep strangers out, or take them out again.

Source: "The meaning of public" in the IAM Access Analyzer User Guide, but for source
addresses: whoever sends from them may be of any account. Keys: IAM User Guide, "AWS
global condition context keys".
"""

from dataclasses import dataclass

from conformance.model.iam.patterns import account_of
from conformance.model.iam.statements import Condition, Document, statements

_POSITIVE = {"stringequals", "stringequalsignorecase", "stringlike"}
_POSITIVE_ARN = _POSITIVE | {"arnequals", "arnlike"}
_ACCOUNTS = {
    "aws:principalaccount",
    "aws:sourceaccount",
    "aws:sourceowner",
    "aws:vpceaccount",
    "kms:calleraccount",
}
_ARNS = {"aws:principalarn", "aws:sourcearn", "aws:sourcevpcarn"}
_ORGANISATIONS = {"aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid"}
_PATHS = {"aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"}
_NETWORKS = {"aws:sourcevpc", "aws:sourcevpce"}
SOURCES = {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid"}
"""The keys by which a service says on whose behalf it acts."""
_ANYBODY_MEETS = {
    "aws:currenttime",
    "aws:epochtime",
    "aws:federatedprovider",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principaltype",
    "aws:referer",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:securetransport",
    "aws:sourceidentity",
    "aws:sourceip",
    "aws:tagkeys",
    "aws:tokenissuetime",
    "aws:useragent",
    "aws:username",
    "aws:viaawsservice",
    "aws:vpcsourceip",
    "dynamodb:",
    "aws:principaltag/",
    "aws:requesttag/",
}
"""Keys whose values a stranger can have as well, or that speak of the resource.

A key that ends with `:` or `/` stands for all that begin so.
"""


@dataclass(frozen=True)
class Trusted:
    """The accounts and organisations that a policy may name, and our own networks."""

    accounts: frozenset[str]
    organisations: frozenset[str]
    networks: frozenset[str] = frozenset()
    """The ids of declared VPCs and of the endpoints in them."""


def restricts(condition: Condition, trusted: Trusted) -> bool | None:
    """Return True if the condition leaves only those who are trusted; None if unclear.

    An operator that holds where its key is absent (IfExists, ForAllValues, Not…,
    Null) restricts nobody, and a wildcard that could stand for a stranger neither.
    """
    operator = condition.operator.lower().removeprefix("foranyvalue:")
    if operator in (_POSITIVE_ARN if condition.key in _ARNS else _POSITIVE):
        return _all_trusted(condition, trusted)
    return False


def excludes(condition: Condition, trusted: Trusted) -> bool | None:
    """Return True if the condition of a Deny holds for every stranger; None if unclear.

    It holds where a key is not one of ours, or is absent.
    """
    operator = condition.operator.lower()
    if operator.startswith("foranyvalue:"):
        return False  # it does not hold where the key is absent
    operator = operator.removeprefix("forallvalues:").removesuffix("ifexists")
    positive = operator.replace("not", "", 1)
    if positive in (_POSITIVE_ARN if condition.key in _ARNS else _POSITIVE):
        if "not" in operator:
            return _all_trusted(condition, trusted)
        return False if _known(condition.key) else None
    return False if operator == "null" or anybody_meets(condition.key) else None


def names_networks(document: Document) -> bool:
    """Return True if a condition of the policy names a VPC or a VPC endpoint."""
    return any(
        condition.key in _NETWORKS
        for statement in statements(document)
        for condition in statement.conditions
    )


def anybody_meets(key: str) -> bool:
    """Return True if a stranger can have any value of this key."""
    begins = (name for name in _ANYBODY_MEETS if name[-1] in ":/")
    return key in _ANYBODY_MEETS or any(map(key.startswith, begins))


def _all_trusted(condition: Condition, trusted: Trusted) -> bool | None:
    """Return True if all values are ours; None if the key is not known."""
    key, values = condition.key, condition.values
    if key in _ARNS:
        return all(account_of(value) in trusted.accounts for value in values)
    for keys, ours in (
        (_ACCOUNTS, trusted.accounts),
        (_ORGANISATIONS, trusted.organisations),
        (_NETWORKS, trusted.networks),
    ):
        if key in keys:
            return set(values) <= ours
    if key in _PATHS:
        roots = {value.partition("/")[0] for value in values}
        return roots <= trusted.organisations
    # What stands for anything restricts nobody, whatever the key.
    open_ = anybody_meets(key) or any(not value.strip("*") for value in values)
    return False if open_ else None


def _known(key: str) -> bool:
    named = _ACCOUNTS | _ARNS | _ORGANISATIONS | _PATHS | _NETWORKS
    return key in named or anybody_meets(key)
