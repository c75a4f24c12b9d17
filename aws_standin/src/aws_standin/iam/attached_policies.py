"""The policies of a user, group or role, read through IAM's public API."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from aws_standin.iam.evaluation import Policies
from aws_standin.iam.policy_document import Statement, statements
from aws_standin.protocols.messages import AwsError

Members = dict[str, Any]
Ask = Callable[..., Members]
"""ask(operation, **parameters) → the answer of IAM in the principal's account."""

ANY_REGION = "us-east-1"
KINDS = {"user": "User", "group": "Group", "role": "Role"}


@dataclass(frozen=True)
class Principal:
    """A user, group or role."""

    kind: str
    """user, group or role."""
    account: str
    name: str

    @classmethod
    def of(cls, arn: str) -> "Principal":
        """Read an IAM ARN or an assumed role's; raises AwsError for other ARNs.

        The ARN of an assumed role stands for its role.
        """
        parts = arn.split(":", 5)
        kind, _, path = parts[-1].partition("/")
        if kind == "assumed-role":
            return cls("role", parts[4], path.partition("/")[0])
        if len(parts) < 6 or kind not in KINDS:  # noqa: PLR2004 - segments of an ARN
            raise AwsError("InvalidInput", f"Invalid Entity Arn: {arn}")
        return cls(kind, parts[4], path.rpartition("/")[2])


def policies(principal: Principal, ask: Ask) -> Policies:
    """Return the principal's own, its groups', and its boundary's statements.

    Raises AwsError NoSuchEntity for a principal that is not there.
    """
    described = _described(principal, ask)
    own = list(_statements(principal, ask))
    if principal.kind == "user":
        groups = ask("ListGroupsForUser", UserName=principal.name)["Groups"]
        for group in groups:
            member = Principal("group", principal.account, group["GroupName"])
            own += _statements(member, ask)
    boundary = described.get("PermissionsBoundary")
    boundaries: tuple[tuple[Statement, ...], ...] = ()
    if boundary:
        boundaries = (_managed(boundary["PermissionsBoundaryArn"], ask),)
    return Policies(tuple(own), boundaries)


def tags(principal: Principal, ask: Ask) -> dict[str, str]:
    """Return the principal's tags; a group has none."""
    found = _described(principal, ask).get("Tags") or []
    return {one["Key"]: one["Value"] for one in found}


def _described(principal: Principal, ask: Ask) -> Members:
    kind = KINDS[principal.kind]
    found: Members = ask(f"Get{kind}", **{f"{kind}Name": principal.name})[kind]
    return found


def _statements(principal: Principal, ask: Ask) -> Iterator[Statement]:
    kind = KINDS[principal.kind]
    named = {f"{kind}Name": principal.name}
    for policy in _all(ask, f"ListAttached{kind}Policies", "AttachedPolicies", named):
        yield from _managed(policy["PolicyArn"], ask)
    for name in _all(ask, f"List{kind}Policies", "PolicyNames", named):
        found = ask(f"Get{kind}Policy", PolicyName=name, **named)["PolicyDocument"]
        source = f"{principal.kind}_{principal.name}_{name}"
        yield from statements(_document(found), source, principal.kind)


def _managed(arn: str, ask: Ask) -> tuple[Statement, ...]:
    version = ask("GetPolicy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
    found = ask("GetPolicyVersion", PolicyArn=arn, VersionId=version)
    kind = "aws-managed" if ":iam::aws:policy/" in arn else "user-managed"
    document = _document(found["PolicyVersion"]["Document"])
    return statements(document, arn.rpartition("/")[2], kind)


def _document(found: str) -> Members:
    """Read a policy document as IAM answers it: JSON, URL-encoded (RFC 3986)."""
    document: Members = json.loads(unquote(found))
    return document


def _all(ask: Ask, operation: str, member: str, given: Members) -> Iterator[Any]:
    marker: Members = {}
    while True:
        page = ask(operation, **given, **marker)
        yield from page[member]
        if not page.get("IsTruncated"):
            return
        marker = {"Marker": page["Marker"]}
