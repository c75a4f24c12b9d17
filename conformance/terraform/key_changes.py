"""The changes of a Terraform plan to the keys that data is encrypted with."""

import json
from typing import Any

GUARDS = frozenset(
    {
        "aws_kms_alias",
        "aws_kms_custom_key_store",
        "aws_kms_grant",
        "aws_kms_key_policy",
    }
)
"""Types that hold no data, and without which a key may not be usable."""


def keeps_access(before: Any, after: Any) -> bool:
    """Return True if a key policy keeps each statement, and denies nothing new."""
    try:
        was, will = (_statements(policy) for policy in (before, after))
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    added = [statement for statement in will if statement not in was]
    return all(statement in will for statement in was if not _denies(statement)) and (
        not any(map(_denies, added))
    )


def _statements(policy: Any) -> list[dict[str, Any]]:
    found = json.loads(policy)["Statement"]
    return [found] if isinstance(found, dict) else list(found)


def _denies(statement: dict[str, Any]) -> bool:
    return bool(statement["Effect"] != "Allow")
