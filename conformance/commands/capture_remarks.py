"""Remarks of `capture`: what it found, and a contract has no word for."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.deployed import DeployedTable
from conformance.model.demands import Demands
from conformance.model.errors import NotUnderstoodError

NOT_READ = (
    "not read: resource policies, auto scaling and contributor insights of the tables"
)
_CAPTURED = {
    *("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes"),
    *("BillingModeSummary", "OnDemandThroughput", "TableClassSummary"),
    *("StreamSpecification", "SSEDescription", "DeletionProtectionEnabled"),
    "MultiRegionConsistency",
}
_STATE = {
    *("TableName", "TableArn", "TableId", "TableStatus", "CreationDateTime"),
    *("ItemCount", "TableSizeBytes", "LatestStreamArn", "LatestStreamLabel"),
    *("RestoreSummary", "GlobalTableVersion", "GlobalTableSettingsReplicationMode"),
}
"""Members that say what is now, and that nobody would declare."""
_TOLD = {
    *("LocalSecondaryIndexes", "VectorIndexes", "Replicas", "ProvisionedThroughput"),
    *("WarmThroughput", "DisassociationProtectionEnabled"),
}
"""Members with a remark of their own."""
_WARM_AT_FIRST = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000}
"""The throughput of every new on-demand table (Developer guide, "Warm throughput")."""


def remarks_on(
    table: DeployedTable, entry: Mapping[str, Any], demands: Demands
) -> list[str]:
    """Return what the contract cannot hold of a table, and what the plan forbids."""
    facts = [
        *_indexes(table),
        *_capacity(table),
        *_replicas(table),
        *_key(table),
        *_unknown(table.description),
        *_weak(entry, demands),
    ]
    return [f"{table.name}: {fact}" for fact in facts]


def _indexes(table: DeployedTable) -> Iterator[str]:
    if table.other_indexes:
        names = ", ".join(sorted(table.other_indexes))
        yield f"local and vector indexes are not captured: {names}"


def _capacity(table: DeployedTable) -> Iterator[str]:
    description = table.description
    if table.capacity_mode == "PROVISIONED":
        return
    for name, usual in _WARM_AT_FIRST.items():
        units = description.get("WarmThroughput", {}).get(name, usual)
        if units > usual:
            yield f"its warm throughput is not captured: {name} {units}"


def _replicas(table: DeployedTable) -> Iterator[str]:
    try:
        for region, state in table.undeclared_replicas.items():
            yield f"its replica in {region} is in no region of the environment: {state}"
    except NotUnderstoodError as problem:
        yield str(problem)
    for limit, units in table.maxima.items():
        if " in " in limit:
            yield f"the maximum of a replica is not captured: {limit} {units}"
    if not table.disassociation_protection:
        yield "its replicas may be taken out of the global table"


def _key(table: DeployedTable) -> Iterator[str]:
    described = table.description.get("SSEDescription", {})
    lost = described.get("InaccessibleEncryptionDateTime")
    if lost:
        yield f"DynamoDB has not been able to use its key since {lost:%Y-%m-%d}"
    if described and table.encryption_key.is_foreign:
        yield f"its key is another account's: {table.encryption_key.arn}"


def _unknown(description: Mapping[str, Any]) -> Iterator[str]:
    for member in sorted(set(description) - _CAPTURED - _STATE - _TOLD):
        yield f"{member} is not captured: {description[member]}"


def _weak(entry: Mapping[str, Any], demands: Demands) -> Iterator[str]:
    declared = {
        "capacity_mode": (entry["capacity_mode"], demands.capacity_mode),
        "point_in_time_recovery.status": (
            entry["point_in_time_recovery"]["status"],
            demands.recovery_status,
        ),
        "encryption": (entry["encryption"], demands.key_class),
        "deletion_protection": (
            entry["deletion_protection"],
            demands.deletion_protection,
        ),
    }
    for field, (value, demanded) in declared.items():
        if value not in demanded:
            yield f"{field} is {value}; expected: {demanded}"
