"""The declared access beside the services: deployers, tenants, networks, accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.model.iam.assumers import Assumers
from conformance.model.iam.strangers import Trusted


@dataclass(frozen=True)
class Deployer:
    """The role that deploys the environment, and what it needs for that."""

    role: str
    key_alias: str
    vault: str
    table_actions: tuple[str, ...]
    vault_actions: tuple[str, ...]
    storage_actions: tuple[str, ...]
    """Actions of creating a vault that IAM grants on all resources only."""
    key_actions: tuple[str, ...]
    vault_key_actions: tuple[str, ...]
    """Actions on the key that the vault is encrypted with."""
    replica_actions: tuple[str, ...]
    """Actions on the tables of replica regions."""
    assumers: Assumers = field(default_factory=Assumers)
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Condition keys of its policies, with what they are when it deploys."""


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
    operations: tuple[str, ...]
    tag: str = ""
    """The principal tag that names the tenant; the partition key must equal it."""
    key: str = ""
    """The condition key that names the tenant, if it is no principal tag."""
    leading_key: str = "{tenant}"
    """The partition key of a tenant's items."""
    partition_key: str = ""
    """The name of the table's partition key, if it is not the tag's."""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other condition keys of its policies, with their values in a session."""

    @property
    def tenant_key(self) -> str:
        """The condition key that names the tenant."""
        return self.key or f"aws:PrincipalTag/{self.tag}"

    @property
    def attribute(self) -> str:
        """The attribute that holds the tenant: the table's partition key."""
        return self.partition_key or self.tag


@dataclass(frozen=True)
class VpcEndpoint:
    """A network from which DynamoDB is reached without leaving it."""

    vpc: str
    """The Name tag of the VPC."""
    kind: str
    """`Gateway` or `Interface`."""
    services: tuple[str, ...] = ()
    """The services whose functions run there; none stands for every service."""


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
        deployer=_deployer(surroundings["deployer"]),
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
            name: VpcEndpoint(**_tuples(endpoint))
            for name, endpoint in sorted(surroundings["vpc_endpoints"].items())
        },
    )


def _deployer(entry: dict[str, Any]) -> Deployer:
    """Read the deploying role; `services` and `subjects` say who may assume it."""
    assumed = {"services", "subjects"}
    rest = {name: value for name, value in entry.items() if name not in assumed}
    return Deployer(
        **_tuples(rest),
        assumers=Assumers(
            services=frozenset(entry.get("services", ())),
            subjects=_tuples(entry.get("subjects", {})),
        ),
    )


def _tuples(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the entry with its lists as tuples, also those one level below."""
    return {
        name: tuple(value)
        if isinstance(value, list)
        else _tuples(value)
        if isinstance(value, dict)
        else value
        for name, value in entry.items()
    }
