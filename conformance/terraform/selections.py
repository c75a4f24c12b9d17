"""A planned selection of AWS Backup, in the form of its API."""

from collections.abc import Mapping
from typing import Any

from conformance.terraform.configuration import Configuration
from conformance.terraform.resources import (
    UNKNOWN,
    Resource,
    Values,
    standing_values,
)

_LISTS = ("resources", "not_resources", "selection_tag", "condition")
_OPERATORS = {
    "StringEquals": "string_equals",
    "StringLike": "string_like",
    "StringNotEquals": "string_not_equals",
    "StringNotLike": "string_not_like",
}


def document_of(selection: Resource, configuration: Configuration) -> Mapping[str, Any]:
    """Return a selection as BackupSelection.

    Raises:
        NotAssessedError: a part of it is known only after apply.
    """
    content = dict(standing_values(selection).content)
    for name in _LISTS:
        if content.get(name) is UNKNOWN and configuration.leaves_out(selection, name):
            content[name] = []  # nobody sets it, and AWS adds nothing
    values = Values(selection.address, content)
    unknown_blocks = set(content) - set(_KNOWN)
    return {
        "SelectionName": values.text("name"),
        "Resources": values.texts("resources"),
        "NotResources": values.texts("not_resources"),
        "ListOfTags": [
            _condition(tag) | {"ConditionType": tag.text("type")}
            for tag in values.blocks("selection_tag")
        ],
        "Conditions": _conditions(values),
        # A newer provider may narrow a selection by more; coverage() doubts it then.
        **{name: content[name] for name in sorted(unknown_blocks)},
    }


_KNOWN = (*_LISTS, "iam_role_arn", "id", "name", "plan_id", "region", "timeouts")


def _conditions(values: Values) -> Mapping[str, list[dict[str, str]]]:
    """Return the conditions by operator; an operator that is not known stays so."""
    found: dict[str, list[dict[str, str]]] = {}
    names = {ours: name for name, ours in _OPERATORS.items()}
    for block in values.blocks("condition"):
        for operator in block.content:
            found.setdefault(names.get(operator, operator), []).extend(
                _condition(member) for member in block.blocks(operator)
            )
    return found


def _condition(tag: Values) -> dict[str, str]:
    return {"ConditionKey": tag.text("key"), "ConditionValue": tag.text("value")}
