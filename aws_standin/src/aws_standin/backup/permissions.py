"""The trust policy of a backup role and the access policy of a vault, evaluated.

Only what AWS Backup itself asks of them; the IAM evaluator of the stand-in judges
the calls of clients.
Source: AWS Backup Developer Guide, "Creating backup copies across AWS accounts" and
"IAM service roles"; IAM User Guide, "AWS JSON policy elements".
"""

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

SERVICE = "backup.amazonaws.com"
COPY_INTO = "backup:CopyIntoBackupVault"


def trusts_backup(trust_policy: str | Mapping[str, Any]) -> bool:
    """Return whether a role's trust policy lets AWS Backup assume the role."""
    document = _document(trust_policy)

    def concerns(statement: Mapping[str, Any]) -> bool:
        principal = statement.get("Principal")
        services = (
            principal.get("Service") if isinstance(principal, Mapping) else principal
        )
        return _fits(statement.get("Action"), "sts:AssumeRole", ignore_case=True) and (
            _fits(services, SERVICE)
        )

    return _allowed(document, concerns)


def may_copy_into(access_policy: str | None, account: str) -> bool:
    """Return whether a vault's access policy lets another account copy into it."""
    if access_policy is None:
        return False

    def concerns(statement: Mapping[str, Any]) -> bool:
        return _fits(statement.get("Action"), COPY_INTO, ignore_case=True) and any(
            principal in {"*", account, f"arn:aws:iam::{account}:root"}
            for principal in _accounts(statement.get("Principal"))
        )

    return _allowed(_document(access_policy), concerns)


def denies(access_policy: str | None, action: str) -> bool:
    """Return whether a vault's access policy denies an action to everybody.

    A statement with a Condition is not judged here, and so denies nothing.
    """
    if access_policy is None:
        return False
    return any(
        str(statement.get("Effect")) == "Deny"
        and not statement.get("Condition")
        and _fits(statement.get("Action"), action, ignore_case=True)
        and "*" in _accounts(statement.get("Principal"))
        for statement in _statements(_document(access_policy))
    )


def _allowed(document: Mapping[str, Any], concerns: Any) -> bool:
    effects = {
        str(statement.get("Effect")).capitalize()
        for statement in _statements(document)
        if concerns(statement)
    }
    return "Allow" in effects and "Deny" not in effects


def _document(policy: str | Mapping[str, Any]) -> Mapping[str, Any]:
    return json.loads(policy) if isinstance(policy, str) else policy


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    statements = document.get("Statement") or []
    return [statements] if isinstance(statements, Mapping) else list(statements)


def _accounts(principal: Any) -> list[str]:
    if isinstance(principal, Mapping):
        principal = principal.get("AWS")
    return list(_texts(principal))


def _fits(patterns: Any, text: str, *, ignore_case: bool = False) -> bool:
    def fold(value: str) -> str:
        return value.lower() if ignore_case else value

    return any(fnmatchcase(fold(text), fold(pattern)) for pattern in _texts(patterns))


def _texts(value: Any) -> Iterable[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else value
