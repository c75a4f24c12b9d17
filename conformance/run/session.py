"""What one pytest process works with: the files it read, the environment it opened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from conformance.aws.client import AwsClients, Caller
from conformance.aws.login import connect
from conformance.aws.recorder import Recorder, collecting
from conformance.config.declared import Assumption, Declared
from conformance.config.environment import Environment
from conformance.config.waivers import Attestation, Waiver
from conformance.deployed import DeployedEnvironment
from conformance.deployed.facts import Facts
from conformance.model.criterion import Catalogue
from conformance.terraform.terraform_plan import TerraformPlan


@dataclass
class Suite:
    """The declaration of one environment and, once opened, the environment itself."""

    environment: Environment
    declared: Declared
    catalogue: Catalogue
    waivers: tuple[Waiver, ...]
    attestations: tuple[Attestation, ...]
    recorder: Recorder
    worker: int = 0
    """Which share of the pool's slots is this process's."""
    plan: TerraformPlan | None = None
    """The Terraform plan under review; nobody is asked then."""
    folder: Path | None = None
    """The run's folder, in the process that keeps the evidence."""
    clients: AwsClients | None = None
    caller: Caller | None = None
    deployed: DeployedEnvironment | None = field(default=None, repr=False)

    @property
    def today(self) -> date:
        """The day by which waivers and attestations are judged, UTC."""
        return datetime.now(UTC).date()

    @property
    def open_assumptions(self) -> list[Assumption]:
        """What the plan leaves open and nobody has attested for this environment."""
        attested = {
            each.subject
            for each in self.attestations
            if each.environment == self.environment.name and each.expires >= self.today
        }
        return [it for it in self.declared.assumptions if it.id not in attested]

    def open(self) -> None:
        """Reach the environment.

        Raises:
            BadInputError: as `connect`.
        """
        with collecting() as observations:
            self.clients, self.caller = connect(
                self.environment, self.declared, self.recorder
            )
        facts = Facts(self.clients)
        identity = {"Account": self.caller.account, "Arn": self.caller.arn}
        primary = self.environment.regions[0]
        if observations:  # none where the target offers no STS: IDN-1 says so
            facts.seed("sts", primary, "GetCallerIdentity", identity, observations)
        self.deployed = DeployedEnvironment(facts, self.declared)


@dataclass(frozen=True, order=True)
class Subject:
    """What a check is about: a region, or what is in it by name."""

    region: str
    """Empty for what is only declared."""
    table: str = ""
    index: str = ""
    part: str = ""
    """What else is declared by name: a service, an access pattern, …"""

    @property
    def name(self) -> str:
        """The subject in a finding."""
        return "/".join(it for it in (self.table, self.index, self.part) if it)

    @property
    def id(self) -> str:
        """The subject in a test's id."""
        return "-".join(it for it in (self.region, *self.name.split("/")) if it)


def subjects(
    declared: Declared, fixtures: Iterable[str], regions: Iterable[str]
) -> list[Subject]:
    """Every subject that a check with these fixtures is about, sorted."""
    regions = sorted(regions)
    tables = declared.tables
    for fixture, kinds in _RESTORES.items():
        if fixture in fixtures:
            return [
                Subject(region, table, part=kind)
                for region in regions
                for table in sorted(tables)
                for kind in kinds
            ]
    for fixture, names in _parts(declared).items():
        if fixture in fixtures and names:
            return [
                Subject(region, part=name)
                for region in regions
                for name in sorted(names)
            ]
    if _INDEX.intersection(fixtures):
        return [
            Subject(region, table, index)
            for region in regions
            for table in sorted(tables)
            for index in sorted(tables[table].indexes)
        ]
    if _TABLE.intersection(fixtures):
        return [
            Subject(region, table) for region in regions for table in sorted(tables)
        ]
    return [Subject(region) for region in regions]


def _parts(declared: Declared) -> Mapping[str, Iterable[str]]:
    """What is declared by name, by the fixture that gives one of it.

    Where nothing is declared a check is about the region, and its fixture says so.
    """
    return {
        "deployed_service": declared.services.services,
        "lookup": declared.services.lookups,
        "lifecycle": declared.services.lifecycles,
        "tenancy": declared.security.fine_grained,
        "vpc_endpoint": declared.security.vpc_endpoints,
        "declared_alarm": declared.monitoring.alarms,
        "windowed_alarm": declared.monitoring.windowed_alarms,
    }


_RESTORES = {
    "pitr_restore": ("pitr",),
    "backup_restore": ("backup", "point"),
    "copy_restore": ("copy",),
    "any_restore": ("pitr", "backup", "point"),
}
"""The kinds of restores that a check is about, by the fixture that gives one."""
_INDEX = frozenset({"declared_index", "deployed_index"})
_TABLE = frozenset({"declared", "deployed"})
