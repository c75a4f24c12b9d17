"""The tables that a backup selection covers.

Source: AWS Backup Developer Guide, "Assigning resources programmatically", and the
texts of ``BackupSelection`` in the botocore model: Resources and ListOfTags are
alternatives, NotResources and Conditions narrow what those name.
"""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

_TAG_KEY = "aws:ResourceTag/"


def covers(selection: Mapping[str, Any], arn: str, tags: Mapping[str, str]) -> bool:
    """Return whether a BackupSelection document covers a resource with these tags."""
    if matches_any(selection.get("NotResources") or [], arn):
        return False
    if not _fulfils(selection.get("Conditions") or {}, tags):
        return False
    return matches_any(selection.get("Resources") or [], arn) or _is_tagged(
        selection.get("ListOfTags") or [], tags
    )


def names_type(selection: Mapping[str, Any], service: str) -> bool:
    """Return whether Resources names this service itself, and not only by ``*``.

    Such an assignment disregards the service opt-in (UpdateRegionSettings).
    """
    return any(
        pattern.startswith(f"arn:aws:{service}:")
        for pattern in selection.get("Resources") or []
    )


def matches_any(patterns: Sequence[str], arn: str) -> bool:
    """Return whether an ARN fits one of the patterns; only ``*`` is a wildcard."""
    return any(_like(pattern, arn) for pattern in patterns)


def _is_tagged(
    conditions: Sequence[Mapping[str, str]], tags: Mapping[str, str]
) -> bool:
    """Return whether any key has its value: ListOfTags is OR, and case-sensitive."""
    return any(
        tags.get(_tag_of(condition["ConditionKey"])) == condition["ConditionValue"]
        for condition in conditions
    )


def _fulfils(conditions: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    """Return whether all conditions hold: Conditions is AND.

    A resource without the tag has no value that equals, so the negated forms hold.
    """
    tests: dict[str, Callable[[str | None, str], bool]] = {
        "StringEquals": lambda value, wanted: value == wanted,
        "StringNotEquals": lambda value, wanted: value != wanted,
        "StringLike": lambda value, wanted: value is not None and _like(wanted, value),
        "StringNotLike": lambda value, wanted: (
            value is None or not _like(wanted, value)
        ),
    }
    return all(
        test(tags.get(_tag_of(one["ConditionKey"])), one["ConditionValue"])
        for name, test in tests.items()
        for one in conditions.get(name) or []
    )


def _tag_of(key: str) -> str:
    return key.removeprefix(_TAG_KEY)


def _like(pattern: str, text: str) -> bool:
    literal = "".join({"?": "[?]", "[": "[[]"}.get(c, c) for c in pattern)
    return fnmatchcase(text, literal)
