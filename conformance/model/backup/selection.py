"""The resources that a selection of AWS Backup covers, and the reason if it does not.

Source: AWS Backup API, BackupSelection; AWS Backup Developer Guide, "Assign resources
with AWS CLI". Resources and ListOfTags name resources, and either will do; without
both, all resources of the opted-in types are named. NotResources and Conditions take
out of those. A type that an ARN names is covered without the region's opt-in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.model.backup.arn_pattern import Match, like, match, names_type
from conformance.model.errors import NotUnderstoodError

Tags = Mapping[str, str]
_PREFIX = "aws:ResourceTag/"
_OPERATORS = ("StringEquals", "StringLike", "StringNotEquals", "StringNotLike")
_MEMBERS = {
    *("SelectionName", "IamRoleArn"),
    *("Resources", "ListOfTags", "NotResources", "Conditions"),
}
_NO_OPT_IN = "the region is not opted in for DynamoDB, and no ARN names tables"


@dataclass(frozen=True, repr=False)
class Coverage:
    """The coverage of a resource by a backup plan; the reason is not compared."""

    covered: bool
    because: str = field(default="", compare=False)

    def __repr__(self) -> str:
        """Return the coverage in words."""
        said = "covered" if self.covered else "not covered"
        return f"{said}: {self.because}" if self.because else said


@dataclass(frozen=True)
class _Answer:
    """The answer of one member of a selection about the resource."""

    value: bool | None
    """None if AWS does not document the answer."""
    because: str = ""


def needs_tags(selection: Mapping[str, Any]) -> bool:
    """Return True if the selection needs the tags of a resource."""
    # AWS leaves empty members out, or gives them empty.
    conditions = selection.get("Conditions") or {}
    return bool(selection.get("ListOfTags")) or any(conditions.values())


def coverage(
    selection: Mapping[str, Any], arn: str, tags: Tags, *, opted_in: bool
) -> Coverage:
    """Return the coverage of a resource by a selection (a BackupSelection).

    `opted_in` is the region's opt-in for the type of the resource.

    Raises:
        NotUnderstoodError: the coverage rests on what AWS does not document.
    """
    name = selection["SelectionName"]
    named = _named([*_ways(selection, arn, tags, opted_in=opted_in)])
    kept = [named, *_narrowed(selection, arn, tags)]
    for answer in kept:
        if answer.value is False:
            return Coverage(False, f"{name}: {answer.because}")
    doubts = [answer.because for answer in kept if answer.value is None]
    if doubts:
        raise NotUnderstoodError(
            f"selection {name} not understood: {'; '.join(doubts)}"
        )
    return Coverage(True, name)


def _named(ways: list[_Answer]) -> _Answer:
    """Return True if one way names the resource, None if one perhaps does."""
    for value in (True, None):
        for way in ways:
            if way.value is value:
                return way
    return _Answer(False, "; ".join(dict.fromkeys(way.because for way in ways)))


def _ways(
    selection: Mapping[str, Any], arn: str, tags: Tags, *, opted_in: bool
) -> Iterator[_Answer]:
    """Yield the answer of everything that names resources."""
    resources = selection.get("Resources") or []
    listed = selection.get("ListOfTags") or []
    for pattern in resources:
        yield _by_arn(pattern, arn, opted_in=opted_in)
    for condition in listed:
        yield _by_tag(condition, tags, opted_in=opted_in)
    if not resources and not listed:
        yield _Answer(opted_in, _NO_OPT_IN)


def _by_arn(pattern: str, arn: str, *, opted_in: bool) -> _Answer:
    match match(pattern, arn):
        case Match.YES:
            return _Answer(names_type(pattern) or opted_in, _NO_OPT_IN)
        case Match.NO:
            return _Answer(False, "no ARN of Resources fits")
        case Match.UNKNOWN as unknown:
            return _Answer(None, f"Resources {pattern}: {unknown.value}")
        case other:
            return _Answer(False, f"Resources {pattern}: {other.value}")


def _by_tag(condition: Mapping[str, str], tags: Tags, *, opted_in: bool) -> _Answer:
    # The guides write the key with and without the prefix; the API without it.
    key = condition["ConditionKey"].removeprefix(_PREFIX)
    wanted = condition["ConditionValue"]
    if condition["ConditionType"] != "STRINGEQUALS":
        return _Answer(None, f"ListOfTags with {condition['ConditionType']}")
    if tags.get(key) != wanted:
        told = f"tag {key} is {tags.get(key, 'missing')}, not {wanted}"
        return _Answer(False, told)
    return _Answer(opted_in, _NO_OPT_IN)


def _narrowed(selection: Mapping[str, Any], arn: str, tags: Tags) -> Iterator[_Answer]:
    """Yield the answer of everything that takes resources out: False if it does."""
    for pattern in selection.get("NotResources") or []:
        found = match(pattern, arn)
        if found is Match.YES:
            yield _Answer(False, f"NotResources {pattern} takes it out")
        elif found is not Match.NO:
            yield _Answer(None, f"NotResources {pattern}: {found.value}")
    for operator, conditions in (selection.get("Conditions") or {}).items():
        for condition in conditions or []:
            yield _condition(operator, condition, tags)
    for name, value in selection.items():
        if value and name not in _MEMBERS:
            yield _Answer(None, f"its member {name} is not known")


def _condition(operator: str, condition: Mapping[str, str], tags: Tags) -> _Answer:
    key, wanted = condition["ConditionKey"], condition["ConditionValue"]
    if operator not in _OPERATORS:
        return _Answer(None, f"Conditions with {operator}")
    if not key.startswith(_PREFIX):
        told = f"AWS documents no key of Conditions without {_PREFIX}, such as {key}"
        return _Answer(None, told)
    tag = key.removeprefix(_PREFIX)
    told = f"{operator} {tag} {wanted}: it is {tags.get(tag, 'missing')}"
    return _Answer(_holds(operator, tags.get(tag), wanted), told)


def _holds(operator: str, value: str | None, wanted: str) -> bool:
    fits = value is not None and (
        like(wanted, value) if operator.endswith("Like") else value == wanted
    )
    # What has no such tag differs from every value, as in IAM's conditions.
    return not fits if "Not" in operator else fits
