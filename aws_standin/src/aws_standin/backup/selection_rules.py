"""The tables that a backup selection covers.

Source: AWS Backup Developer Guide, "Assign resources with AWS CLI", and the texts of
``BackupSelection`` in the botocore model: Resources and ListOfTags are alternatives;
without both, all resources of the opted-in types are meant; NotResources and Conditions
narrow these.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_TAG_KEY = "aws:ResourceTag/"
_WHOLE_FIELDS = re.compile(r"(?:[^:*]*:){3}(?:\*|[^:*]+):(?:\*|[^:*]+):[^*]*\*")
"""arn:aws:ec2:*:*:volume/*, as in the guide's examples."""


def covers(
    selection: Mapping[str, Any],
    arn: str,
    tags: Mapping[str, str],
    *,
    opted_in: bool = True,
) -> bool:
    """Return whether a BackupSelection document covers a table with these tags.

    Without the region's opt-in, only those are covered whose type an ARN names.
    """
    if matches_any(selection.get("NotResources") or [], arn):
        return False
    if not _fulfils(selection.get("Conditions") or {}, tags):
        return False
    resources = selection.get("Resources") or []
    named = [pattern for pattern in resources if matches_any([pattern], arn)]
    if any(":table/" in pattern for pattern in named):
        return True
    listed = selection.get("ListOfTags") or []
    everything = not resources and not listed
    return opted_in and (everything or bool(named) or _is_tagged(listed, tags))


def matches_any(patterns: Sequence[str], arn: str) -> bool:
    """Return whether an ARN fits one of the patterns.

    "The asterisk (*) must appear at the end of the ARN string": a pattern that has it
    elsewhere fits nothing, but for those of a whole region and account.
    """
    return any(
        _like(pattern, arn)
        for pattern in patterns
        if "*" not in pattern[:-1] or _WHOLE_FIELDS.fullmatch(pattern)
    )


def _is_tagged(
    conditions: Sequence[Mapping[str, str]], tags: Mapping[str, str]
) -> bool:
    """Return whether any key has its value: ListOfTags is OR, and case-sensitive."""
    return any(
        tags.get(condition["ConditionKey"].removeprefix(_TAG_KEY))
        == condition["ConditionValue"]
        for condition in conditions
    )


def _fulfils(conditions: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    """Return whether all conditions hold: Conditions is AND.

    A resource without the tag has no value that equals, so the negated forms hold. A
    key without the prefix is no tag's, and no condition on it holds.
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
        key.startswith(_TAG_KEY)
        and test(tags.get(key.removeprefix(_TAG_KEY)), condition["ConditionValue"])
        for name, test in tests.items()
        for condition in conditions.get(name) or []
        for key in [condition["ConditionKey"]]
    )


def _like(pattern: str, text: str) -> bool:
    literal = ".*".join(map(re.escape, pattern.split("*")))
    return re.fullmatch(literal, text, re.DOTALL) is not None
