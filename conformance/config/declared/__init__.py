"""The declaration: the tables, their surroundings, and the targets."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.config.declared.assumptions import Assumption, assumptions
from conformance.config.declared.backups import Backups, declared_backups
from conformance.config.declared.costs import Costs, declared_costs
from conformance.config.declared.demands import declared_demands
from conformance.config.declared.drills import Drills, declared_drills
from conformance.config.declared.failover import Failover, declared_failover
from conformance.config.declared.load import Load, declared_load
from conformance.config.declared.monitoring import Monitoring, declared_monitoring
from conformance.config.declared.replication import Replication, declared_replication
from conformance.config.declared.security import Security, declared_security
from conformance.config.declared.services import Services, declared_services
from conformance.config.declared.surroundings import expand, with_overrides
from conformance.config.declared.tables import declared_tables
from conformance.config.environment import Environment
from conformance.config.file_reader import PROMOTION, ROOT, load
from conformance.model.demands import Demands
from conformance.model.errors import NotAssessedError
from conformance.model.table import Table

SCHEMAS = ROOT / "schemas.json"
SURROUNDINGS = PROMOTION / "surroundings.toml"
PLAN = PROMOTION / "plan.toml"


@dataclass(frozen=True, repr=False)
class Declared:
    """The contract as it applies to one environment."""

    tables: Mapping[str, Table]
    targets: Mapping[str, float]
    """Upper bounds, by name; the unit is the end of the name."""
    backups: Backups
    replication: Replication
    failover: Failover
    drills: Drills
    security: Security
    services: Services
    trail_data_events: str
    """The destination of the trail's data events: `log group` or `bucket`."""
    monitoring: Monitoring
    costs: Costs
    load: Load
    plan_tables: int
    """The number of tables that the promotion plan states."""
    plan_indexes: int
    """The number of global secondary indexes that the promotion plan states."""
    plan_names: Mapping[str, frozenset[str]]
    """The index names that the promotion plan lists, by table name."""
    demands: Demands
    """The settings that the promotion plan demands of every table."""
    assumptions: tuple[Assumption, ...]
    sha256: str
    """The hash of the facts; layout and assumptions' wording do not change it."""
    trail_log_group: str = ""
    """The name of the log group; empty if it is not declared."""
    trail_bucket: str = ""
    """The name of the bucket; empty if it is not declared."""

    def __repr__(self) -> str:
        """Name the files; the whole contract would fill a screen."""
        return "the contract of schemas.json and promotion/"

    @property
    def index_count(self) -> int:
        """Count the declared global secondary indexes."""
        return sum(len(table.indexes) for table in self.tables.values())

    def target(self, name: str) -> float:
        """Return the declared upper bound.

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
    path = environment.surroundings or SURROUNDINGS
    written = load(path, "surroundings")
    surroundings = expand(written, environment)
    targets = with_overrides(surroundings["targets"], environment)
    tables = declared_tables(contract["tables"], environment)
    plan = load(PLAN, "plan")
    counts = contract.get("plan", plan["counts"])
    return Declared(
        tables=tables,
        targets=targets,
        backups=declared_backups(surroundings["backup"], targets, environment),
        replication=declared_replication(surroundings),
        failover=declared_failover(surroundings["failover"]),
        drills=declared_drills(surroundings["drills"]),
        security=declared_security(
            surroundings, environment.account, environment.table_name
        ),
        services=declared_services(surroundings, set(contract["tables"])),
        trail_data_events=surroundings["trail"]["data_events"],
        monitoring=declared_monitoring(surroundings, environment, tables),
        costs=declared_costs(surroundings["cost"]),
        load=declared_load(surroundings["load"], tables),
        plan_tables=counts["tables"],
        plan_indexes=counts["indexes"],
        plan_names={
            name: frozenset(indexes) for name, indexes in plan["tables"].items()
        },
        demands=declared_demands(plan["demands"], environment.stage),
        assumptions=assumptions(schemas, contract) + assumptions(path, written),
        sha256=_normalised_sha256(
            contract | {"plan": counts}, {"demands": plan["demands"]}, written
        ),
        trail_log_group=surroundings["trail"].get("log_group", ""),
        trail_bucket=surroundings["trail"].get("bucket", ""),
    )


def _normalised_sha256(*documents: dict[str, Any]) -> str:
    """Hash all facts; layout and the wording of assumptions do not change the hash."""
    facts = [
        {
            name: value
            for name, value in document.items()
            if name not in ("$schema", "assumptions")
        }
        for document in documents
    ]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


__all__ = ["PLAN", "SCHEMAS", "Assumption", "Declared", "load_declared"]
