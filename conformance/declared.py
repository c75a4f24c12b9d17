"""What was written down: the tables, the targets, and what the plan left open."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from conformance.documents import PROMOTION, ROOT, load
from conformance.environment import Environment
from conformance.errors import BadInputError, NotAssessedError
from conformance.table import Attribute, Index, Key, Projection, Table

SCHEMAS = ROOT / "schemas.json"
SURROUNDINGS = PROMOTION / "surroundings.toml"


@dataclass(frozen=True)
class Assumption:
    """What the plan does not fix; its owner confirms it by an attestation."""

    id: str
    statement: str


@dataclass(frozen=True)
class Declared:
    """The contract as it applies to one environment."""

    tables: Mapping[str, Table]
    targets: Mapping[str, float]
    """Upper bounds, by name; the unit is the end of the name."""
    plan_tables: int
    plan_indexes: int
    """How many global secondary indexes the promotion plan counts."""
    assumptions: tuple[Assumption, ...]
    sha256: str
    """Of the facts, not of the text: layout and assumptions' wording do not count."""

    @property
    def index_count(self) -> int:
        """How many global secondary indexes are declared."""
        return sum(len(table.indexes) for table in self.tables.values())

    def target(self, name: str) -> float:
        """The declared upper bound.

        Raises:
            NotAssessedError: none is declared; there is no built-in default.
        """
        if name not in self.targets:
            raise NotAssessedError(f"no target {name} is declared in surroundings.toml")
        return self.targets[name]


def load_declared(environment: Environment, schemas: Path = SCHEMAS) -> Declared:
    """Read the contract for an environment.

    Raises:
        BadInputError: with every problem of the files.
    """
    contract = load(schemas, "schemas")
    surroundings = load(SURROUNDINGS, "surroundings")
    _refuse_idle_assumptions(schemas, contract)
    _refuse_idle_assumptions(SURROUNDINGS, surroundings)
    tables = contract["tables"]
    return Declared(
        tables={
            name: _table(name, tables[name], environment) for name in sorted(tables)
        },
        targets=_tightened(surroundings["targets"], environment),
        plan_tables=contract["plan"]["tables"],
        plan_indexes=contract["plan"]["indexes"],
        assumptions=tuple(
            Assumption(each["id"], each["statement"])
            for document in (contract, surroundings)
            for each in document["assumptions"]
        ),
        sha256=_sha256(contract, surroundings),
    )


def _table(name: str, entry: dict[str, Any], environment: Environment) -> Table:
    recovery = entry["point_in_time_recovery"]
    stream = entry["stream"]
    judged_as = "prod" if environment.judged_as == "dr" else environment.judged_as
    return Table(
        name=name,
        key=_key(entry),
        indexes={
            index: Index(index, _key(it), _projection(it["projection"]))
            for index, it in sorted(entry["indexes"].items())
        },
        capacity_mode=entry["capacity_mode"],
        stream=stream.get(judged_as, stream["default"]),
        ttl=entry["ttl"],
        tags=entry["tags"],
        recovery_status=recovery["status"],
        recovery_days=recovery["days"],
        key_class=entry["encryption"],
        deletion_protection=entry["deletion_protection"],
        sample=entry["sample"],
        reserved_words=frozenset(entry["reserved_words"]),
    )


def _key(entry: dict[str, Any]) -> Key:
    sort = entry.get("sort_key")
    return Key(Attribute(**entry["partition_key"]), Attribute(**sort) if sort else None)


def _projection(entry: dict[str, Any]) -> Projection:
    return Projection(entry["type"], frozenset(entry.get("attributes", ())))


def _tightened(
    targets: dict[str, float], environment: Environment
) -> Mapping[str, float]:
    """The declared targets, with those that the environment tightens."""
    for name, value in environment.targets.items():
        if name not in targets:
            raise BadInputError(
                f"{environment.source}: targets.{name} is not declared in "
                f"{SURROUNDINGS}; allowed: {', '.join(sorted(targets))}"
            )
        if value > targets[name]:
            raise BadInputError(
                f"{environment.source}: targets.{name} = {value:g} would loosen the "
                f"declared {targets[name]:g}; an environment may only tighten a target"
            )
    return {**targets, **environment.targets}


def _refuse_idle_assumptions(path: Path, document: dict[str, Any]) -> None:
    """An assumption that covers nothing was mistyped, or outlived its field."""
    paths = list(_paths(document))
    for assumption in document["assumptions"]:
        for pattern in assumption["covers"]:
            if not any(fnmatchcase(each, pattern) for each in paths):
                raise BadInputError(
                    f"{path}: assumptions.{assumption['id']} covers {pattern!r}, "
                    "which matches no field of the file; correct or remove it"
                )


def _paths(value: object, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            path = f"{prefix}.{name}" if prefix else name
            yield path
            yield from _paths(inner, path)


def _sha256(*documents: dict[str, Any]) -> str:
    facts = [
        {k: v for k, v in document.items() if k not in ("$schema", "assumptions")}
        for document in documents
    ]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
