"""A table's description as AWS gives it, made from moto's and from what is known."""

from typing import Any

from aws_standin.dynamodb.table_status import ACTIVE, Statuses
from aws_standin.dynamodb.tables import Table

Document = dict[str, Any]
MISSING = "MISSING"
ON_DEMAND = "PAY_PER_REQUEST"
NOTHING = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0, "NumberOfDecreasesToday": 0}


def described(table: Table, of_moto: Document, statuses: Statuses) -> Document:
    """Return the TableDescription.

    Absent as on AWS: BillingModeSummary of a table that never was on-demand,
    SSEDescription with the AWS-owned key, empty lists of indexes
    (API_TableDescription).
    """
    described = {
        **table.ended_stream,
        **{k: v for k, v in of_moto.items() if k != "SSEDescription"},
        "TableId": table.id,
        "TableStatus": statuses.of(table),
        "CreationDateTime": table.created.timestamp(),
        "BillingModeSummary": _billing(table, of_moto),
        "GlobalSecondaryIndexes": _indexes(table, of_moto, statuses),
        "LocalSecondaryIndexes": _local_indexes(table, of_moto),
        **_replicas(table, statuses),
        **table.shown,
    }
    if "RestoreSummary" in table.shown:
        in_progress = described["TableStatus"] == "CREATING"
        described["RestoreSummary"] = {
            **table.shown["RestoreSummary"],
            "RestoreInProgress": in_progress,
        }
    if of_moto.get("BillingModeSummary", {}).get("BillingMode") == ON_DEMAND:
        described["ProvisionedThroughput"] = NOTHING
    empty: tuple[Any, ...] = (None, [], {})
    kept = ("AttributeDefinitions", "KeySchema")
    return {k: v for k, v in described.items() if v not in empty or k in kept}


def _billing(table: Table, of_moto: Document) -> Document | None:
    if table.on_demand_since is None:
        return None
    mode = of_moto["BillingModeSummary"]["BillingMode"]
    since = table.on_demand_since.timestamp()
    return {"BillingMode": mode, "LastUpdateToPayPerRequestDateTime": since}


def _indexes(table: Table, of_moto: Document, statuses: Statuses) -> list[Document]:
    present = of_moto.get("GlobalSecondaryIndexes") or []
    shown = [_index(table, one, statuses) for one in present]
    kept = [one for one in shown if one["IndexStatus"] != MISSING]
    return kept + statuses.leaving(table)


def _local_indexes(table: Table, of_moto: Document) -> list[Document]:
    present = of_moto.get("LocalSecondaryIndexes") or []
    return [
        index | {"IndexArn": f"{table.name.arn}/index/{index['IndexName']}"}
        for index in present
    ]


def _index(table: Table, of_moto: Document, statuses: Statuses) -> Document:
    name = of_moto["IndexName"]
    status = statuses.of(table, f"index/{name}")
    shown = {
        **of_moto,
        "IndexArn": f"{table.name.arn}/index/{name}",
        "IndexStatus": status,
        "IndexSizeBytes": 0,
        "ItemCount": 0,
        **table.shown_of_index.get(name, {}),
    }
    if status == "CREATING":
        shown["Backfilling"] = statuses.of(table) == ACTIVE
    return shown


def _replicas(table: Table, statuses: Statuses) -> Document:
    """Return what is said of the replicas in other regions (API_ReplicaDescription)."""
    others = table.others()
    if not others:
        return {}
    shown = [_replica(table, other, statuses) for other in others]
    settings = statuses.settings
    consistency = settings.of(table.name, "multi_region_consistency")
    return {
        "GlobalTableVersion": settings.of(table.name, "global_table_version"),
        "MultiRegionConsistency": consistency or None,
        "Replicas": [one for one in shown if one["ReplicaStatus"] != MISSING],
    }


def _replica(table: Table, other: Table, statuses: Statuses) -> Document:
    region = other.name.region
    held = statuses.settings.held_status(table.name, f"replica/{region}")
    replica: Document = {
        "RegionName": region,
        "ReplicaStatus": held or statuses.of(other),
        "ReplicaArn": other.name.arn,
        **other.shown_as_replica,
    }
    if sse := other.shown.get("SSEDescription"):
        replica["KMSMasterKeyId"] = sse["KMSMasterKeyArn"]
    indexes = [one.name for one in other.schema.indexes if one.is_global]
    if indexes:
        replica["GlobalSecondaryIndexes"] = [{"IndexName": one} for one in indexes]
    if summary := other.shown.get("TableClassSummary"):
        replica["ReplicaTableClassSummary"] = summary
    return replica
