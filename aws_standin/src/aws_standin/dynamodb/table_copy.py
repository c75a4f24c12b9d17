"""The CreateTable of a restored table, and its items.

Keys, indexes, capacity and encryption come from the source; tags, stream, TTL,
point-in-time recovery, scaling and deletion protection do not
(API_RestoreTableToPointInTime, API_RestoreTableFromBackup).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from aws_standin.dynamodb.tables import Ask, Name
from aws_standin.protocols.messages import AwsError

Document = dict[str, Any]
BATCH = 25
"""Items in one BatchWriteItem (API_BatchWriteItem)."""
INDEXES = {
    "GlobalSecondaryIndexes": "GlobalSecondaryIndexOverride",
    "LocalSecondaryIndexes": "LocalSecondaryIndexOverride",
}


def creation(source: Document, target: str, overrides: Document) -> Document:
    """Return the CreateTable for a restore of the table that `source` describes.

    Raises ValidationException for an index that the source does not have.
    """
    made: Document = {
        "TableName": target,
        "KeySchema": source["KeySchema"],
        **_capacity(source, overrides),
    }
    provisioned = made["BillingMode"] == "PROVISIONED"
    for member, override in INDEXES.items():
        kept = _kept(source.get(member) or [], overrides.get(override))
        if kept:
            made[member] = [
                _index(one, provisioned and member[0] == "G") for one in kept
            ]
    made["AttributeDefinitions"] = _used(source["AttributeDefinitions"], made)
    encryption = overrides.get("SSESpecificationOverride") or _encryption(source)
    if encryption:
        made["SSESpecification"] = encryption
    return made


def fill(call: Ask, name: Name, items: Iterable[Document]) -> None:
    """Write the items into the table, which is there and empty."""
    for batch in _batches(list(items)):
        puts = [{"PutRequest": {"Item": item}} for item in batch]
        wanted = {name.table: puts}
        call(
            "dynamodb", "BatchWriteItem", name.account, name.region, RequestItems=wanted
        )


def _batches(items: list[Document]) -> Iterator[list[Document]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def _capacity(source: Document, overrides: Document) -> Document:
    summary = source.get("BillingModeSummary", {})
    mode = overrides.get("BillingModeOverride", summary.get("BillingMode"))
    if mode == "PAY_PER_REQUEST":
        limits = overrides.get("OnDemandThroughputOverride")
        limits = limits or source.get("OnDemandThroughput")
        return {"BillingMode": mode} | (
            {"OnDemandThroughput": limits} if limits else {}
        )
    own: Document = source["ProvisionedThroughput"]
    throughput = overrides.get("ProvisionedThroughputOverride", own)
    return {"BillingMode": "PROVISIONED", "ProvisionedThroughput": _units(throughput)}


def _units(throughput: Document) -> Document:
    return {k: throughput[k] for k in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _kept(present: list[Document], wanted: list[Document] | None) -> list[Document]:
    if wanted is None:
        return present
    by_name = {one["IndexName"]: one for one in present}
    for one in wanted:
        of_source = by_name.get(one["IndexName"])
        if not of_source or of_source["KeySchema"] != one["KeySchema"]:
            message = (
                "One or more parameter values were invalid: index "
                f"{one['IndexName']} does not match an index of the source"
            )
            raise AwsError("ValidationException", message)
    return wanted


def _index(description: Document, provisioned: bool) -> Document:
    index = {k: description[k] for k in ("IndexName", "KeySchema", "Projection")}
    if provisioned and "ProvisionedThroughput" in description:
        index["ProvisionedThroughput"] = _units(description["ProvisionedThroughput"])
    return index


def _used(definitions: list[Document], made: Document) -> list[Document]:
    schemas = [made["KeySchema"]]
    schemas += [one["KeySchema"] for kind in INDEXES for one in made.get(kind, [])]
    used = {key["AttributeName"] for schema in schemas for key in schema}
    return [one for one in definitions if one["AttributeName"] in used]


def _encryption(source: Document) -> Document | None:
    described = source.get("SSEDescription")
    if not described:
        return None
    key = described["KMSMasterKeyArn"]
    return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
