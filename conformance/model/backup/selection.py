"""The resources that a selection of AWS Backup covers, and the reason if it does not.

Source: AWS Backup Developer Guide, "Assigning resources to a backup plan"; AWS Backup
API, BackupSelection: Resources and ListOfTags name resources (either will do);
NotResources and Conditions take out of those.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Tags = Mapping[str, str]
_OPERATORS = ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike")


@dataclass(frozen=True, repr=False)
class Coverage:
    """The coverage of a resource by a backup plan; the reason is not compared."""

    covered: bool
    because: str = field(default="", compare=False)

    def __repr__(self) -> str:
        """Return the coverage in words."""
        said = "covered" if self.covered else "not covered"
        return f"{said}: {self.because}" if self.because else said


def needs_tags(selection: Mapping[str, Any]) -> bool:
    """Return True if the selection needs the tags of a resource."""
    # AWS leaves empty members out, or gives them empty.
    conditions = selection.get("Conditions") or {}
    return bool(selection.get("ListOfTags")) or any(conditions.values())


def coverage(selection: Mapping[str, Any], arn: str, tags: Tags) -> Coverage:
    """Return the coverage of a resource by a selection (a BackupSelection).

    Raises:
        ValueError: the selection uses an operator that AWS does not document.
    """
    name = selection["SelectionName"]
    reason = _not_named(selection, arn, tags) or next(
        _taken_out(selection, arn, tags), ""
    )
    return Coverage(not reason, f"{name}: {reason}" if reason else name)


def _not_named(selection: Mapping[str, Any], arn: str, tags: Tags) -> str:
    resources = selection.get("Resources") or []
    conditions = selection.get("ListOfTags") or []
    if any(_like(arn, pattern) for pattern in resources):
        return ""
    missed = []
    for condition in conditions:
        if condition["ConditionType"] != "STRINGEQUALS":
            raise ValueError(f"ListOfTags with {condition['ConditionType']}")
        key, wanted = _key(condition), condition["ConditionValue"]
        if tags.get(key) == wanted:
            return ""
        missed.append(f"tag {key} is {tags.get(key, 'missing')}, not {wanted}")
    named = "no ARN of Resources fits" if resources else ""
    return "; ".join(filter(None, [named, *missed])) or "it names nothing"


def _taken_out(selection: Mapping[str, Any], arn: str, tags: Tags) -> Iterator[str]:
    for pattern in selection.get("NotResources") or []:
        if _like(arn, pattern):
            yield f"NotResources {pattern} takes it out"
    for operator, conditions in (selection.get("Conditions") or {}).items():
        if operator not in _OPERATORS:
            raise ValueError(f"Conditions with {operator}")
        for condition in conditions or []:
            key, wanted = _key(condition), condition["ConditionValue"]
            if not _holds(operator, tags.get(key), wanted):
                yield f"{operator} {key} {wanted}: it is {tags.get(key, 'missing')}"


def _holds(operator: str, value: str | None, wanted: str) -> bool:
    like = value is not None and (
        _like(value, wanted) if operator.endswith("Like") else value == wanted
    )
    # What has no such tag differs from every value, as in IAM's conditions.
    return not like if "Not" in operator else like


def _key(condition: Mapping[str, str]) -> str:
    return condition["ConditionKey"].removeprefix("aws:ResourceTag/")


def _like(text: str, pattern: str) -> bool:
    """Return True if the text fits; only `*` is special and stands for any text."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    if not text.startswith(first):
        return False
    position = len(first)
    *middle, last = rest
    for part in middle:
        found = text.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return len(text) - position >= len(last) and text.endswith(last)
