"""A contract made from what is deployed, for its owner to confirm field by field."""

import base64
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conformance.commands.capture_remarks import NOT_READ, remarks_on
from conformance.config.declared.assumptions import covers
from conformance.config.environment import Environment
from conformance.deployed import DeployedIndex, DeployedRegion, DeployedTable
from conformance.deployed.facts import Facts
from conformance.model.recovery_window import LONGEST_DAYS
from conformance.model.reserved_words import reserved_among
from conformance.model.table import (
    AWS_OWNED,
    EVENTUAL,
    OFF,
    STANDARD,
    Attribute,
    Key,
)

Document = dict[str, Any]
_THREADS = 8
_READ = {
    "The number of tables and of indexes": ("plan.tables", "plan.indexes"),
    "The primary keys": ("tables.*.partition_key", "tables.*.sort_key"),
    "The index names and keys": ("tables.*.indexes.*",),
    "The projections": ("tables.*.indexes.*.projection",),
    "The capacity modes": ("tables.*.capacity_mode",),
    "The streams": ("tables.*.stream", "tables.*.kinesis_streams"),
    "The expiry attributes": ("tables.*.ttl",),
    "The tags, without those that AWS sets itself": ("tables.*.tags",),
    "Point-in-time recovery": ("tables.*.point_in_time_recovery",),
    "The class of the encryption keys": ("tables.*.encryption",),
    "Deletion protection": ("tables.*.deletion_protection",),
    "The maxima of throughput": (
        "tables.*.maximum_throughput",
        "tables.*.indexes.*.maximum_throughput",
    ),
    "The table classes": ("tables.*.table_class",),
    "The consistency between regions": ("tables.*.consistency",),
}
_MADE_UP = {
    "The samples, made up from the keys as no item was read: items look like them": (
        "tables.*.sample",
        "tables.*.reserved_words",
    ),
}


@dataclass(frozen=True)
class Captured:
    """A contract as it was found, and remarks on what it cannot hold."""

    document: dict[str, Any]
    remarks: tuple[str, ...]


def capture(facts: Facts, region: DeployedRegion) -> Captured:
    """Return the tables of a region that carry the environment's name, as a contract.

    Raises:
        AwsError, UnreadableError, NotAssessedError: something could not be read.
    """
    environment = facts.environment
    names = sorted(
        _declared_name(name, environment) for name in region.undeclared_tables
    )
    tables = [DeployedTable(facts, region.name, name) for name in names]
    with ThreadPoolExecutor(_THREADS) as threads:
        entries = dict(zip(names, threads.map(_entry, tables), strict=True))
    indexes = sum(len(entry["indexes"]) for entry in entries.values())
    document: dict[str, Any] = {
        "plan": {"tables": len(entries), "indexes": indexes},
        "tables": entries,
    }
    document["assumptions"] = _assumptions(document, environment, region.name)
    demands = region.declared.demands
    remarks = [
        remark
        for name, table in zip(names, tables, strict=True)
        for remark in remarks_on(table, entries[name], demands)
    ]
    return Captured(document, (*remarks, NOT_READ))


def _declared_name(physical: str, environment: Environment) -> str:
    before, _, after = environment.table_name.partition("{name}")
    return physical.removeprefix(before).removesuffix(after)


def _entry(table: DeployedTable) -> dict[str, Any]:
    ttl, _, status = table.ttl.partition(" (")
    ttl = OFF if status.startswith("DISABLING") else ttl
    enabled = table.recovery_status == "ENABLED"
    owned = table.encryption == AWS_OWNED
    entry: dict[str, Any] = {
        **_key(table.key),
        "indexes": {
            name: _index(index) | _throughput(table, f"{name} ")
            for name, index in sorted(table.indexes.items())
        },
        "capacity_mode": table.capacity_mode,
        "stream": {"default": table.stream},
        "ttl": ttl,
        "tags": {k: v for k, v in table.tags.items() if not k.startswith("aws:")},
        "point_in_time_recovery": {
            "status": table.recovery_status,
            "days": table.recovery_days if enabled else LONGEST_DAYS,
        },
        "encryption": AWS_OWNED if owned else table.encryption_key.key_class,
        "deletion_protection": table.deletion_protection,
        **_throughput(table),
        **_unusual(table),
    }
    sample = _sample(table, ttl)
    return entry | {"reserved_words": sorted(reserved_among(sample)), "sample": sample}


def _throughput(table: DeployedTable, prefix: str = "") -> dict[str, Any]:
    """Return the maximum of the table, or of the index that the prefix names."""
    units = ("reads", "writes")
    maxima = table.maxima
    found = {unit: maxima[prefix + unit] for unit in units if prefix + unit in maxima}
    return {"maximum_throughput": {"default": found}} if found else {}


def _unusual(table: DeployedTable) -> Document:
    """Return what a contract leaves out where it is as AWS gives it."""
    consistency = table.description.get("MultiRegionConsistency", EVENTUAL)
    found = {"table_class": table.table_class, "consistency": consistency}
    usual = {"table_class": STANDARD, "consistency": EVENTUAL}
    unusual = {name: value for name, value in found.items() if value != usual[name]}
    streams = {"kinesis_streams": {"default": sorted(table.kinesis_streams)}}
    return unusual | (streams if table.kinesis_streams else {})


def _key(key: Key) -> dict[str, Any]:
    names = ("partition_key", "sort_key")
    return {
        name: {"name": attribute.name, "type": attribute.type}
        for name, attribute in zip(names, key.attributes, strict=False)
    }


def _index(index: DeployedIndex) -> dict[str, Any]:
    projection: dict[str, Any] = {"type": index.projection.type}
    if index.projection.attributes:
        projection["attributes"] = sorted(index.projection.attributes)
    return _key(index.key) | {"projection": projection}


def _sample(table: DeployedTable, ttl: str) -> dict[str, dict[str, str]]:
    """Make up an item that fits the keys; the customer's items are not read."""
    indexes = table.indexes.values()
    keys = [table.key, *(index.key for index in indexes)]
    included = {name for index in indexes for name in index.projection.attributes}
    sample = {name: {"S": f"{name}-0001"} for name in sorted(included)}
    for attribute in (attribute for key in keys for attribute in key.attributes):
        sample[attribute.name] = _value(attribute)
    return sample if ttl == OFF else sample | {ttl: {"N": "1800000000"}}


def _value(attribute: Attribute) -> dict[str, str]:
    text = f"{attribute.name}-0001"
    values = {"S": text, "N": "1", "B": base64.b64encode(text.encode()).decode()}
    return {attribute.type: values[attribute.type]}


def _assumptions(
    document: Mapping[str, Any], environment: Environment, region: str
) -> list[dict[str, Any]]:
    """Return the captured fields as assumptions, which their owner has to confirm."""
    day = datetime.now(UTC).date()
    where = f"{environment.name} (account {environment.account}, {region}) on {day}"
    statements = {
        f"{what}: meant to be as found in {where}.": fields
        for what, fields in _READ.items()
    } | {f"{what}.": fields for what, fields in _MADE_UP.items()}
    found = {
        statement: [field for field in fields if covers(field, dict(document))]
        for statement, fields in statements.items()
    }
    return [
        {"id": f"ASM-{n}", "covers": fields, "statement": statement}
        for n, (statement, fields) in enumerate(
            ((words, fields) for words, fields in found.items() if fields), start=1
        )
    ]
