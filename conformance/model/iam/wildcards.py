"""Statements of a role's policies that grant more than anybody wrote down."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from conformance.model.iam.statements import Document, Statement, statements

_ACCOUNT_WIDE = {
    "dynamodb:describeendpoints",
    "dynamodb:describelimits",
    "dynamodb:describereservedcapacity",
    "dynamodb:describereservedcapacityofferings",
    "dynamodb:listbackups",
    "dynamodb:listexports",
    "dynamodb:listglobaltables",
    "dynamodb:listimports",
    "dynamodb:liststreams",
    "dynamodb:listtables",
}
"""They take no resource but `*`: Service Authorization Reference, Amazon DynamoDB."""


def wildcards(document: Document) -> frozenset[str]:
    """Every wildcard in what a document allows on DynamoDB, a sentence each.

    `/index/*` and `/stream/*` of a named table are none: they stay in the table.
    """
    return frozenset(
        f"statement {statement.name} allows {what}"
        for statement in statements(document)
        if statement.allows
        for what in (*_actions(statement), *_resources(statement))
    )


def _actions(each: Statement) -> Iterator[str]:
    if each.excepts_actions:
        yield f"every action but {', '.join(each.actions)}"
        return
    yield from (
        action for action in each.actions if "*" in action and _on_dynamodb(action)
    )


def _resources(each: Statement) -> Iterator[str]:
    narrow = not each.excepts_actions and all(
        not _on_dynamodb(action) or action.lower() in _ACCOUNT_WIDE
        for action in each.actions
    )
    if narrow:
        return
    if each.excepts_resources:
        yield f"everything but {', '.join(each.resources)}"
        return
    yield from (f"it on {resource}" for resource in each.resources if _wide(resource))


def _on_dynamodb(action: str) -> bool:
    """Return True if an action, with or without wildcards, is one on DynamoDB."""
    service = action.lower().partition(":")[0]
    return fnmatchcase("dynamodb", service)


def _wide(resource: str) -> bool:
    """Return True if a resource is not a single table's name."""
    if "table/" not in resource:
        return "*" in resource
    table = resource.partition("table/")[2].partition("/")[0]
    return "*" in table or "?" in table
