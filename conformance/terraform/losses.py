"""The resources with data that a Terraform plan would remove, or make unreadable."""

from collections.abc import Iterable, Iterator

from conformance.model.errors import NotAssessedError
from conformance.terraform.configuration import Configuration
from conformance.terraform.differences import differences
from conformance.terraform.in_place import REMADE
from conformance.terraform.key_changes import GUARDS, keeps_access
from conformance.terraform.keys import SWITCHES
from conformance.terraform.resources import Resource, Values
from conformance.terraform.table_parts import (
    Doubt,
    Found,
    changed_attribute,
    changed_types,
    lost_indexes,
    lost_replicas,
)
from conformance.terraform.target_check import TABLE

_OF_TABLES = "aws_dynamodb_"
_WITH_PARTS = frozenset({TABLE, "aws_dynamodb_global_table"})
MAY_HOLD_TABLES = frozenset(
    {
        "aws_cloudformation_stack",
        "aws_cloudformation_stack_set",
        "awscc_dynamodb_global_table",
        "awscc_dynamodb_table",
    }
)
"""The resource types that may hold tables which the plan does not show as tables."""
_HOLDS_DATA = (
    _WITH_PARTS
    | MAY_HOLD_TABLES
    | {
        "aws_dynamodb_table_item",
        "aws_dynamodb_table_replica",
        "aws_dynamodb_global_secondary_index",
        "aws_backup_logically_air_gapped_vault",
        "aws_backup_vault",
        "aws_kms_external_key",
        "aws_kms_key",
        "aws_kms_replica_external_key",
        "aws_kms_replica_key",
        "awscc_backup_backup_vault",
        "awscc_kms_key",
        "awscc_kms_replica_key",
    }
)
"""Recovery points are no resources of Terraform: they are lost with their vault."""


def losses(
    resources: Iterable[Resource], configuration: Configuration
) -> dict[str, str]:
    """Return what would be destroyed, replaced or forgotten: the action by the address.

    Raises:
        NotAssessedError: nothing is known to be lost, and something may be.
    """
    found: dict[str, str] = {}
    doubts: list[str] = []
    for resource in resources:
        said = list(_losses(resource, configuration))
        lost = [loss for loss in said if isinstance(loss, str)]
        found |= {resource.address: "; ".join(lost)} if lost else {}
        doubts += [
            f"{resource.address}: {doubt.because}"
            for doubt in said
            if isinstance(doubt, Doubt)
        ]
    if doubts and not found:
        raise NotAssessedError("; ".join(doubts))
    return found


def tables_of(resource: Resource) -> set[str]:
    """Return the names of the tables that a resource is, or is a part of."""
    if not resource.type.startswith(_OF_TABLES):
        return set()
    named = set()
    for values in filter(None, (resource.before, resource.after)):
        arn = str(values.known("global_table_arn") or "")
        named |= {values.known("name"), values.known("table_name")}
        named.add(arn.rpartition(":table/")[2])
    return {name for name in named if name}


def _losses(resource: Resource, configuration: Configuration) -> Found:
    if resource.gone and resource.type in _HOLDS_DATA:
        because = f" ({resource.reason})" if resource.reason else ""
        yield f"{'/'.join(resource.actions)}{because}"
    elif resource.gone and resource.type in GUARDS:
        yield Doubt("it is deleted, and a key may not be usable without it")
    elif resource.type in MAY_HOLD_TABLES and "update" in resource.actions:
        yield Doubt("what its update takes away is not shown here")
    elif resource.before and resource.after:
        yield from _in_place(resource, resource.before, resource.after, configuration)
    elif resource.type == "aws_kms_key_policy" and resource.after:
        yield from _new_policy(resource.after)


def _in_place(
    resource: Resource, before: Values, after: Values, configuration: Configuration
) -> Found:
    """Say what is lost by a change of a resource that stays."""
    if resource.type not in _HOLDS_DATA | GUARDS:
        return
    for name in differences(before, after):
        try:
            yield from _changed(resource, name, before, after, configuration)
        except NotAssessedError as problem:
            yield Doubt(f"{name}: {problem}")


def _changed(
    resource: Resource,
    name: str,
    before: Values,
    after: Values,
    configuration: Configuration,
) -> Found:
    """Say what a change of one attribute takes away; nothing if it is harmless."""
    if name == "replica":
        yield from lost_replicas(resource, configuration)
    elif resource.type == TABLE and name == "global_secondary_index":
        yield from lost_indexes(resource)
    elif resource.type == TABLE and name == "attribute":
        yield from changed_types(resource)
    elif name in REMADE.get(resource.type, ()):
        yield f"delete/create ({name})"
    elif name in SWITCHES:
        yield from _switched(name, after)
    elif name == "policy" and keeps_access(before[name], after[name]):
        return
    else:
        yield from changed_attribute(resource.type, "", name)


def _switched(name: str, after: Values) -> Iterator[str]:
    """Say that a key is disabled: what it encrypts is not readable then.

    Source: Developer Guide, "Managing encrypted tables in DynamoDB": a table whose key
    is disabled or scheduled for deletion becomes inaccessible.
    """
    if after[name] is not True:
        yield f"{name} false: what the key encrypts cannot be read"


def _new_policy(after: Values) -> Found:
    """Say that a policy takes the place of another one, if its key is there already."""
    if after.knows("key_id"):
        yield Doubt("it replaces the policy of a key that is there already")
