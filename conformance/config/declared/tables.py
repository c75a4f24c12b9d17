"""The declared tables, as values."""

from collections.abc import Mapping
from typing import Any

from conformance.config.environment import Environment
from conformance.model.item import decoded
from conformance.model.table import (
    EVENTUAL,
    STANDARD,
    Attribute,
    Index,
    Key,
    Projection,
    Table,
)


def declared_tables(
    entries: dict[str, Any], environment: Environment
) -> Mapping[str, Table]:
    """Every table of the contract, by its declared name, sorted."""
    return {name: _table(name, entries[name], environment) for name in sorted(entries)}


def _table(name: str, entry: dict[str, Any], environment: Environment) -> Table:
    recovery = entry["point_in_time_recovery"]
    stream = entry["stream"]
    return Table(
        name=name,
        key=_key(entry),
        indexes={
            index: _index(index, definition, environment.stage)
            for index, definition in sorted(entry["indexes"].items())
        },
        capacity_mode=entry["capacity_mode"],
        stream=stream.get(environment.stage, stream["default"]),
        ttl=entry["ttl"],
        tags=entry["tags"],
        recovery_status=recovery["status"],
        recovery_days=recovery["days"],
        key_class=entry["encryption"],
        deletion_protection=entry["deletion_protection"],
        sample=decoded(entry["sample"]),
        reserved_words=frozenset(entry["reserved_words"]),
        maximum=_maximum(entry, environment.stage),
        table_class=entry.get("table_class", STANDARD),
        consistency=entry.get("consistency", EVENTUAL),
        kinesis_streams=_kinesis_streams(entry, environment.stage),
    )


def _kinesis_streams(entry: dict[str, Any], stage: str) -> dict[str, str]:
    declared = entry.get("kinesis_streams", {"default": ()})
    return dict.fromkeys(declared.get(stage, declared["default"]), "ACTIVE")


def _index(name: str, entry: dict[str, Any], stage: str) -> Index:
    projection = _projection(entry["projection"])
    return Index(name, _key(entry), projection, _maximum(entry, stage))


def _maximum(entry: dict[str, Any], stage: str) -> dict[str, int]:
    declared: dict[str, dict[str, int]] = entry.get("maximum_throughput", {})
    return declared.get(stage, declared.get("default", {}))


def _key(entry: dict[str, Any]) -> Key:
    sort = entry.get("sort_key")
    return Key(Attribute(**entry["partition_key"]), Attribute(**sort) if sort else None)


def _projection(entry: dict[str, Any]) -> Projection:
    return Projection(entry["type"], frozenset(entry.get("attributes", ())))
