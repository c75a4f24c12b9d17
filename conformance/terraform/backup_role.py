"""The role of a planned selection, as far as the Terraform plan shows it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from conformance.deployed.backup_role import ON_TABLES, SERVICE
from conformance.model.errors import NotAssessedError
from conformance.model.iam.statements import Statement, statements
from conformance.model.iam.trust import refusal
from conformance.terraform.configuration import Configuration, Origin
from conformance.terraform.resources import Resource, Values, standing_values

_ROLE, _POLICY = "aws_iam_role", "aws_iam_policy"
_ATTACHMENT, _INLINE = "aws_iam_role_policy_attachment", "aws_iam_role_policy"
_GRANTING = ("policy/service-role/AWSBackupServiceRolePolicyForBackup",)
"""The policy of AWS that grants what a backup needs ("IAM service roles")."""
_OTHERS = (
    "policy/service-role/AWSBackupServiceRolePolicyForRestores",
    "policy/AWSBackupServiceRolePolicyForS3Backup",
    "policy/AWSBackupServiceRolePolicyForS3Restore",
)
"""Policies of AWS for other work of AWS Backup: they grant nothing of it."""


class HiddenError(Exception):
    """The plan does not show the policies of a role wholly."""


@dataclass(frozen=True)
class PlannedRole:
    """The role that a selection names, with all IAM resources of the plan."""

    selection: Resource
    resources: tuple[Resource, ...]
    configuration: Configuration
    account: str

    def refusals(self, declared: str, table: str) -> Iterator[str]:
        """Yield why jobs of the role would fail; nothing if the plan does not show it.

        BKP-5 asks IAM, when the role is there.
        """
        arn = standing_values(self.selection).known("iam_role_arn")
        role = self._resource(arn)
        known = standing_values(role).known("name") if role else None
        name = known or str(arn or "").rpartition("/")[2]
        if name and name != declared:
            yield f"the role is {name}, declared: {declared}"
        if arn and str(arn).split(":")[4:5] != [self.account]:
            yield f"{arn} is no role of account {self.account}"
        if role:
            yield from self._untrusted(standing_values(role), table.split(":")[3])
            yield from self._unauthorized(role, table)

    def _resource(self, arn: Any) -> Resource | None:
        """Return the resource of the role, by its ARN or by the configuration."""
        origins = self.configuration.origins(self.selection, "iam_role_arn")
        for role in self._standing(_ROLE):
            named = standing_values(role).known("arn") == arn
            if (arn and named) or (
                not arn and origins == {self.configuration.origin_of(role, "arn")}
            ):
                return role
        return None

    def _untrusted(self, role: Values, region: str) -> Iterator[str]:
        try:
            policy = json.loads(role.text("assume_role_policy"))
            reason = refusal(policy, SERVICE, self.account, region)
        except (NotAssessedError, *_MALFORMED):
            return  # BKP-5 judges it
        if reason:
            yield reason

    def _unauthorized(self, role: Resource, table: str) -> Iterator[str]:
        found: list[Statement] = []
        is_shown = True
        try:
            found.extend(self._statements(role))
        except (HiddenError, NotAssessedError, *_MALFORMED):
            is_shown = False  # BKP-5 asks IAM
        for action in ON_TABLES:
            about = [one for one in found if _is_about(one, action, table)]
            if any(not one.allows and not one.conditions for one in about):
                yield f"a policy of the role denies {action}"
            elif is_shown and not any(one.allows for one in about):
                yield f"no policy of the role allows {action}"

    def _statements(self, role: Resource) -> Iterator[Statement]:
        """Yield the statements of every policy of the role.

        Raises:
            HiddenError: the plan does not show one of them.
        """
        values = standing_values(role)
        made_here = role.before is None
        for block in _shown(values, "inline_policy", made_here=made_here):
            yield from statements(json.loads(Values("", block)["policy"] or "{}"))
        arns = set(_shown(values, "managed_policy_arns", made_here=made_here))
        for inline in self._of(role, _INLINE):
            yield from _document(standing_values(inline))
        for attachment in self._of(role, _ATTACHMENT):
            arn = standing_values(attachment).known("policy_arn")
            yield from self._managed(arn, attachment)
            arns.discard(arn)
        for arn in arns:
            yield from self._managed(arn, None)

    def _managed(self, arn: Any, attachment: Resource | None) -> Iterator[Statement]:
        if str(arn or "").endswith(_GRANTING):
            yield from statements(_ALL)
            return
        if str(arn or "").endswith(_OTHERS):
            return
        for policy in self._standing(_POLICY):
            if self._is_policy(policy, arn, attachment):
                yield from statements(
                    json.loads(standing_values(policy).text("policy"))
                )
                return
        raise HiddenError

    def _is_policy(
        self, policy: Resource, arn: Any, attachment: Resource | None
    ) -> bool:
        """Return True if an ARN, or else an attachment's reference, is of a policy."""
        if arn or attachment is None:
            return bool(standing_values(policy).known("arn") == arn)
        origins = self.configuration.origins(attachment, "policy_arn")
        return origins == {self.configuration.origin_of(policy, "arn")}

    def _of(self, role: Resource, kind: str) -> Iterator[Resource]:
        """Yield the resources of a kind that name the role.

        Raises:
            HiddenError: whose one is, is known only after apply.
        """
        ours = {self.configuration.origin_of(role, attribute) for attribute in _NAMES}
        for resource in self._standing(kind):
            named = standing_values(resource).known("role")
            origins = self.configuration.origins(resource, "role")
            if named is None and not all(map(_is_role, origins)):
                raise HiddenError
            name = standing_values(role).known("name")
            if origins <= ours if named is None else named == name:
                yield resource

    def _standing(self, kind: str) -> Iterable[Resource]:
        return (
            resource
            for resource in self.resources
            if resource.type == kind and resource.after
        )


_NAMES = ("id", "name")
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError)
_ALL = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def _is_role(origin: Origin) -> bool:
    kind, _, rest = origin.reference.partition(".")
    return kind == _ROLE and rest.endswith((".id", ".name"))


def _shown(values: Values, name: str, *, made_here: bool) -> list[Any]:
    """Return a list of the role; of a role that the plan makes, unset means empty.

    Raises:
        HiddenError: the plan does not show what the role has.
    """
    if values.knows(name):
        return values[name] or []
    if not made_here:
        raise HiddenError
    return []


def _document(holder: Values) -> tuple[Statement, ...]:
    return statements(json.loads(holder.text("policy")))


def _is_about(statement: Statement, action: str, table: str) -> bool:
    """Return True if a statement is about an action on a table.

    Its conditions are left to BKP-5, which asks IAM.
    """
    acts = any(_fits(action, pattern) for pattern in statement.actions)
    reaches = any(_fits(table, pattern) for pattern in statement.resources)
    return (
        acts is not statement.excepts_actions
        and reaches is not statement.excepts_resources
    )


def _fits(text: str, pattern: str) -> bool:
    return fnmatchcase(text.lower(), pattern.lower().replace("[", "[[]"))
