"""IAM's policy simulator: what it says of one principal, and on what that depends."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from conformance.config.declared.privileges import Grant
from conformance.deployed.facts import Facts
from conformance.model.arn import home_of
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.model.iam.evaluation import ALLOWED, DENIED, SILENT, context_of

Context = Mapping[str, Iterable[str]]
"""Condition keys, with their values when the role acts; none if a key is absent."""
_RESOURCES, _ACTIONS = 20, 40
"""In one request. Each action is decided on each resource."""
_BOOLEAN = {
    "aws:principalisawsservice",
    "aws:securetransport",
    "aws:viaawsservice",
    "kms:grantisforawsresource",
}
_MULTIVALUED = {
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:resourceorgpaths",
    "aws:tagkeys",
    "dynamodb:attributes",
    "dynamodb:leadingkeys",
}
_TIMES = {"aws:currenttime": "date", "aws:epochtime": "numeric"}


@dataclass(frozen=True)
class Simulated:
    """The decision on one action and one resource."""

    action: str
    resource: str
    verdict: str
    """`allowed`, `implicitDeny` or `explicitDeny`."""
    context: Mapping[str, tuple[str, ...]]
    """The context in which it was decided, by keys in lower case."""
    missing: frozenset[str]
    """Condition keys of its policies that had no value."""
    limited: bool
    """A permissions boundary or a policy of the organization refuses it."""

    @property
    def words(self) -> str:
        """The action and the resource, as a reason names them."""
        return f"{self.action} on {self.resource.split(':', 5)[-1]}"


class Simulation:
    """SimulatePrincipalPolicy for one role, as a right caller of it."""

    def __init__(self, facts: Facts, region: str, arn: str, own: Context) -> None:
        """Know the role and its own values of condition keys; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._arn = arn
        self._own = own

    def decisions(
        self, grants: Iterable[Grant], context: Context
    ) -> Iterator[Simulated]:
        """Yield the decision on each action and resource of the grants.

        A request goes to one region and account: both are keys of conditions. What is
        refused for want of the time is asked again with the time.
        """
        for grant in grants:
            ordered = sorted(grant.resources, key=_place)
            for place, resources in groupby(ordered, key=_place):
                around = _merged(self._around(place), context)
                for arns in _batches(resources, _RESOURCES):
                    for actions in _batches(grant.actions, _ACTIONS):
                        yield from self._timed(Grant(actions, arns), around)

    def _around(self, place: tuple[str, str]) -> dict[str, tuple[str, ...]]:
        """Return the context of a right caller of resources in a region and account."""
        region, account = place
        own = home_of(self._arn).account
        usual = {
            "aws:PrincipalAccount": [own],
            "aws:PrincipalArn": [self._arn],
            "aws:PrincipalIsAWSService": ["false"],
            "aws:PrincipalType": ["AssumedRole"],
            "aws:RequestedRegion": [region or self._region],
            "aws:ResourceAccount": [account or own],
            "aws:SecureTransport": ["true"],
            "aws:ViaAWSService": ["false"],
        }
        return _merged(usual, self._own)

    def _timed(
        self, grant: Grant, context: dict[str, tuple[str, ...]]
    ) -> Iterator[Simulated]:
        found = self._simulated(grant, context)
        untimed = [
            one
            for one in found
            if one.verdict != ALLOWED and one.missing & (set(_TIMES) - set(one.context))
        ]
        if not untimed:
            yield from found
            return
        now = self._facts.now.replace(microsecond=0)
        times = {
            "aws:CurrentTime": [f"{now:%Y-%m-%dT%H:%M:%SZ}"],
            "aws:EpochTime": [str(int(now.timestamp()))],
        }
        yield from self._simulated(grant, _merged(context, times))

    def _simulated(
        self, grant: Grant, context: dict[str, tuple[str, ...]]
    ) -> list[Simulated]:
        answer = self._facts.read(
            "iam",
            self._region,
            "SimulatePrincipalPolicy",
            PolicySourceArn=self._arn,
            ActionNames=list(grant.actions),
            ResourceArns=list(grant.resources),
            ContextEntries=_entries(context),
        )
        by_action: dict[str, list[dict[str, Any]]] = {}
        for result in answer.get("EvaluationResults", ()):
            name = result["EvalActionName"].lower()
            by_action.setdefault(name, []).append(result)
        return [
            _simulated(action, arn, by_action.get(action.lower(), []), context)
            for action in grant.actions
            for arn in grant.resources
        ]


def _simulated(
    action: str,
    arn: str,
    results: list[dict[str, Any]],
    context: dict[str, tuple[str, ...]],
) -> Simulated:
    """Return the decision on an ARN; EvalResourceName is mostly a template of ARNs."""
    result, verdict = _decision(action, arn, results)
    if verdict not in (ALLOWED, SILENT, DENIED):
        raise NotAssessedError(
            f"IAM's decision {verdict} on {action} is not understood"
        )
    # They are there only where something is missing, or limits the role.
    missing = {key.lower() for key in result.get("MissingContextValues") or ()}
    boundary = result.get("PermissionsBoundaryDecisionDetail") or {}
    organisation = result.get("OrganizationsDecisionDetail") or {}
    limited = (
        boundary.get("AllowedByPermissionsBoundary") is False
        or organisation.get("AllowedByOrganizations") is False
    )
    known = context_of(context)
    lacking = frozenset(missing - set(known))
    return Simulated(action, arn, verdict, known, lacking, limited)


def _decision(
    action: str, arn: str, results: list[dict[str, Any]]
) -> tuple[dict[str, Any], str]:
    """Return the result about an ARN, and the decision.

    ResourceSpecificResults are optional (IAM API Reference, EvaluationResult).
    Without them a result is about the ARN that it names, or about all ARNs.

    Raises:
        UnreadableError: IAM said nothing of it.
    """
    for result in results:
        for specific in result.get("ResourceSpecificResults") or ():
            if specific["EvalResourceName"] == arn:
                return {**_limits(result), **specific}, specific["EvalResourceDecision"]
    whole = [one for one in results if not one.get("ResourceSpecificResults")]
    named = [one for one in whole if one.get("EvalResourceName") == arn]
    fitting = named or [one for one in whole if _fits(one, arn)]
    if len(fitting) != 1:
        raise UnreadableError(f"IAM's simulator says nothing of {action} on {arn}")
    return fitting[0], fitting[0]["EvalDecision"]


def _limits(result: dict[str, Any]) -> dict[str, Any]:
    """Return what a result says of the organization, for all its resources."""
    name = "OrganizationsDecisionDetail"
    return {name: result[name]} if name in result else {}


def _fits(result: dict[str, Any], arn: str) -> bool:
    """Return True if a result's name can be of this ARN: none, `*` or a template."""
    name = result.get("EvalResourceName", "*")
    if name == "*":
        return True
    pattern = re.sub(r"\\\$\\\{[^}]*\\\}", "[^/:]+", re.escape(name))
    return re.fullmatch(pattern, arn) is not None


def _place(arn: str) -> tuple[str, str]:
    """Return region and account of an ARN; empty where it has none."""
    parts = arn.split(":")
    return (parts[3], parts[4]) if len(parts) > 4 else ("", "")  # noqa: PLR2004 -- of an ARN


def _merged(*contexts: Context) -> dict[str, tuple[str, ...]]:
    """Return the last values of each key; capital letters do not count."""
    named = {key.lower(): key for context in contexts for key in context}
    values = {
        key.lower(): tuple(found)
        for context in contexts
        for key, found in context.items()
    }
    return {name: values[key] for key, name in named.items()}


def _batches(items: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    found: Sequence[str] = list(items)
    for begin in range(0, len(found), size):
        yield tuple(found[begin : begin + size])


def _entries(context: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """Return the keys that have values; the others are absent."""
    return [
        {
            "ContextKeyName": key,
            "ContextKeyValues": list(values),
            "ContextKeyType": _type(key),
        }
        for key, values in sorted(context.items())
        if values
    ]


def _type(name: str) -> str:
    key = name.lower()
    if key in _MULTIVALUED:
        return "stringList"
    if key in _BOOLEAN:
        return "boolean"
    return _TIMES.get(key, "string")
