"""The declared access beside the services: deployers, tenants, networks, accounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.iam.exposure import Trusted


@dataclass(frozen=True)
class Deployer:
    """The role that deploys the environment, and what it needs for that."""

    role: str
    key_alias: str
    vault: str
    table_actions: tuple[str, ...]
    vault_actions: tuple[str, ...]
    key_actions: tuple[str, ...]


@dataclass(frozen=True)
class OtherEnvironment:
    """An environment whose tables are none of this one's business."""

    table_name: str
    account: str
    regions: tuple[str, ...]


@dataclass(frozen=True)
class FineGrained:
    """A role that reaches, of one table, only the items of its own tenant."""

    role: str
    table: str
    tag: str
    """The principal tag that names the tenant; the partition key must equal it."""
    operations: tuple[str, ...]


@dataclass(frozen=True)
class VpcEndpoint:
    """A network from which DynamoDB is reached without leaving it."""

    vpc: str
    """The Name tag of the VPC."""
    kind: str
    """`Gateway` or `Interface`."""


@dataclass(frozen=True)
class Security:
    """Everything that was declared about access."""

    deployer: Deployer
    trusted: Trusted
    """The environment's own account is one of them."""
    other_environments: tuple[OtherEnvironment, ...]
    fine_grained: Mapping[str, FineGrained]
    vpc_endpoints: Mapping[str, VpcEndpoint]


def declared_security(
    surroundings: dict[str, Any], account: str, table_name: str
) -> Security:
    """Read the sections of the surroundings for an environment's account and tables."""
    access = surroundings["access"]
    others = (
        OtherEnvironment(
            environment["table_name"],
            environment["account"],
            tuple(environment["regions"]),
        )
        for _, environment in sorted(access["other_environments"].items())
    )
    return Security(
        deployer=Deployer(**_tuples(surroundings["deployer"])),
        trusted=Trusted(
            frozenset({account, *access["trusted_accounts"]}),
            frozenset(access["trusted_organisations"]),
        ),
        other_environments=tuple(
            other for other in others if other.table_name != table_name
        ),
        fine_grained={
            name: FineGrained(**_tuples(entry))
            for name, entry in sorted(surroundings["fine_grained"].items())
        },
        vpc_endpoints={
            name: VpcEndpoint(**endpoint)
            for name, endpoint in sorted(surroundings["vpc_endpoints"].items())
        },
    )


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry with its lists as tuples."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
