"""Statements of a role's policies that grant more than anybody wrote down."""

from collections.abc import Iterator

from conformance.model.iam.dynamodb_actions import ACCOUNT_WIDE
from conformance.model.iam.patterns import matches, wild
from conformance.model.iam.statements import Document, Statement, statements

_ACCOUNT_WIDE = {f"dynamodb:{action}".lower() for action in ACCOUNT_WIDE}
_SEGMENTS = 6
"""The segments of an ARN: arn, partition, service, region, account, resource."""


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


def named_resources(document: Document) -> frozenset[str]:
    """Return the resources of DynamoDB that a document grants something on by name."""
    return frozenset(
        resource
        for statement in statements(document)
        if statement.allows and not statement.excepts_resources
        for resource in statement.resources
        if ":table/" in resource and _can_be_dynamodb(resource) and not wild(resource)
    )


def _actions(each: Statement) -> Iterator[str]:
    if each.excepts_actions:
        yield f"every action but {', '.join(each.actions)}"
        return
    yield from (
        action for action in each.actions if wild(action) and _on_dynamodb(action)
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
    yield from (
        f"it on {resource}"
        for resource in each.resources
        if _can_be_dynamodb(resource) and _wide(resource)
    )


def _on_dynamodb(action: str) -> bool:
    """Return True if an action, with or without wildcards, is one on DynamoDB."""
    service = action.lower().partition(":")[0]
    return matches(service, "dynamodb")


def _can_be_dynamodb(resource: str) -> bool:
    """Return True if an ARN of DynamoDB can match: a statement may mix services."""
    parts = resource.split(":", _SEGMENTS - 1)
    known = ("arn", "aws", "dynamodb")
    return all(
        matches(part, word) or "${" in part
        for part, word in zip(parts, known, strict=False)
    )


def _wide(resource: str) -> bool:
    """Return True if a resource is not a single table of one region and account."""
    where, _, path = resource.partition("table/")
    return wild(where) or wild(path.partition("/")[0])
