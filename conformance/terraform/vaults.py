"""The jobs that a planned backup vault refuses, and the protection that it loses."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from conformance.model.backup.lifecycle import VaultLock
from conformance.model.errors import NotAssessedError
from conformance.model.iam.statements import Statement, statements
from conformance.terraform.differences import differences
from conformance.terraform.resources import Resource, Values, standing_values

LOCK, POLICY = "aws_backup_vault_lock_configuration", "aws_backup_vault_policy"
SETTINGS = "aws_backup_region_settings"
_PREFERENCES = {
    "resource_type_management_preference": "advanced DynamoDB backup",
    "resource_type_opt_in_preference": "the opt-in for DynamoDB",
}
_BOUNDS = ("min_retention_days", "max_retention_days")
_STARTS = "backup:startbackupjob"


def lock_of(vault: str, resources: Iterable[Resource]) -> VaultLock:
    """Return the planned lock of a vault; without one, a lock that admits everything.

    Raises:
        NotAssessedError: which vault a lock is for, or a bound, is known only after
            apply.
    """
    for resource in resources:
        values = standing_values(resource)
        if resource.type == LOCK and _is_of(vault, values):
            shortest, longest = (
                values[bound] if bound in values.content else None for bound in _BOUNDS
            )
            return VaultLock(shortest or None, longest or None)
    return VaultLock()


def require_starts(vault: str, resources: Iterable[Resource]) -> None:
    """Go on only if no policy of the vault denies anybody that a job is started.

    Raises:
        NotAssessedError: a statement denies it, and perhaps to AWS Backup's jobs, too.
    """
    for resource in resources:
        values = standing_values(resource)
        if resource.type == POLICY and _is_of(vault, values):
            denials = [
                statement.name
                for statement in _statements(resource.address, values["policy"])
                if not statement.allows and _is_about_starts(statement)
            ]
            if denials:
                raise NotAssessedError(
                    f"{resource.address}: statement {', '.join(denials)} may deny "
                    "that backup jobs start"
                )


def weakened(vault: str, resources: Iterable[Resource]) -> Mapping[str, str]:
    """Return what a plan takes from a vault and its region's settings, by address."""
    found: dict[str, str] = {}
    for resource in resources:
        before = resource.before
        judge = _JUDGES.get(resource.type)
        if judge is None or before is None:
            continue
        if resource.type == SETTINGS or _is_of(vault, before):
            how = "; ".join(judge(resource, before))
            found |= {resource.address: how} if how else {}
    return found


def _weaker_lock(resource: Resource, before: Values) -> Iterator[str]:
    if resource.after is None:
        yield "/".join(resource.actions)
        return
    for name in differences(before, resource.after):
        was = before.known(name) or 0
        will = (name in resource.after.content and resource.after[name]) or 0
        if name == _BOUNDS[0] and will < was:
            yield f"{name} {was} to {will}"
        elif name == _BOUNDS[1] and (not will or will > was > 0):
            yield f"{name} {was} to {will or 'none'}"
        elif name == "changeable_for_days":
            yield f"{name} {was or 'none'} to {will or 'none'}"


def _weaker_policy(resource: Resource, before: Values) -> Iterator[str]:
    """Yield the denials that would no longer be."""
    was = _statements(resource.address, before["policy"])
    after = resource.after
    will = _statements(resource.address, after["policy"]) if after else ()
    for statement in was:
        if not statement.allows and statement not in will:
            yield f"statement {statement.name} no longer denies"


def _weaker_settings(resource: Resource, before: Values) -> Iterator[str]:
    """Yield the settings of the region that go off; to forget them changes nothing."""
    after = resource.after
    if after is None:
        return
    for name, what in _PREFERENCES.items():
        was, will = (
            (values.known(name) or {}).get("DynamoDB") for values in (before, after)
        )
        if was and will is False:
            yield f"{what} on to off"


_JUDGES: Mapping[str, Callable[[Resource, Values], Iterator[str]]] = {
    LOCK: _weaker_lock,
    POLICY: _weaker_policy,
    SETTINGS: _weaker_settings,
}


def _is_of(vault: str, values: Values) -> bool:
    return bool(values.content) and values.text("backup_vault_name") == vault


def _is_about_starts(statement: Statement) -> bool:
    """Return True if the actions of a statement contain the start of a job."""
    named = any(fnmatchcase(_STARTS, action.lower()) for action in statement.actions)
    return named is not statement.excepts_actions


def _statements(address: str, policy: Any) -> tuple[Statement, ...]:
    try:
        return statements(json.loads(policy))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise NotAssessedError(f"{address}: its policy is not understood") from None
