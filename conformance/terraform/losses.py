"""The resources with data that a Terraform plan would remove."""

from collections.abc import Iterable, Iterator

from conformance.model.errors import NotAssessedError
from conformance.terraform.resources import Resource, Values
from conformance.terraform.tables import indexes
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


def losses(resources: Iterable[Resource]) -> dict[str, str]:
    """Return what would be destroyed, replaced or forgotten: the action by the address.

    Raises:
        NotAssessedError: nothing is known to be lost, and something may be.
    """
    found: dict[str, str] = {}
    doubts: list[str] = []
    for resource in resources:
        try:
            said = "; ".join(_losses(resource))
        except NotAssessedError as problem:
            doubts.append(str(problem))
        else:
            found |= {resource.address: said} if said else {}
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


def _losses(resource: Resource) -> Iterator[str]:
    if resource.gone and resource.type in _HOLDS_DATA:
        because = f" ({resource.reason})" if resource.reason else ""
        yield f"{'/'.join(resource.actions)}{because}"
    elif resource.type in MAY_HOLD_TABLES and "update" in resource.actions:
        raise NotAssessedError(
            f"{resource.address}: what its update takes away is not shown here"
        )
    elif resource.type in _WITH_PARTS and resource.before and resource.after:
        yield from _parts_lost(resource.before, resource.after)


def _parts_lost(before: Values, after: Values) -> Iterator[str]:
    """Indexes and replicas of a table that would not stay as they are."""
    for region in sorted(_replicas(before) - _replicas(after)):
        yield f"replica in {region}: delete"
    planned = indexes(after)
    for name, index in sorted(indexes(before).items()):
        if name not in planned:
            yield f"index {name}: delete"
        elif planned[name] != index:
            yield f"index {name}: delete/create"


def _replicas(values: Values) -> set[str]:
    """Return the regions of a table's replicas."""
    return {str(replica["region_name"]) for replica in values.blocks("replica")}
