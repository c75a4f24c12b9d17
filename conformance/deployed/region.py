"""The deployed environment: its regions, and the nouns read in each of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from conformance.config.declared import Declared
from conformance.config.environment import Environment
from conformance.deployed.access import TableAccess
from conformance.deployed.alarm_topic import AlarmTopic
from conformance.deployed.alarms import DeployedAlarms
from conformance.deployed.backups import DeployedBackups
from conformance.deployed.consumption import DeployedConsumption
from conformance.deployed.cost_alerts import DeployedCostAlerts
from conformance.deployed.dashboard import DeployedDashboard
from conformance.deployed.deployer import DeployedDeployer
from conformance.deployed.endpoints import DeployedVpcEndpoint
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.failover import DeployedFailover
from conformance.deployed.function_list import DeployedFunctions
from conformance.deployed.metrics import DeployedMetrics
from conformance.deployed.replication import ReplicationLatency
from conformance.deployed.service import DeployedService
from conformance.deployed.table import DeployedTable
from conformance.deployed.table_backups import TableBackups
from conformance.deployed.table_copies import TableCopies
from conformance.deployed.tenancy import DeployedTenancy
from conformance.deployed.trails import DeployedTrails


@dataclass(frozen=True)
class DeployedMonitoring:
    """Alarms, dashboard, metrics and cost alerts, as one region tells them."""

    alarms: DeployedAlarms
    alarm_topics: Mapping[str, AlarmTopic]
    """The topics that alarms tell, by role."""
    metrics: DeployedMetrics
    dashboard: DeployedDashboard
    consumption: DeployedConsumption
    cost_alerts: DeployedCostAlerts


def deployed_monitoring(
    facts: Facts, region: str, declared: Declared
) -> DeployedMonitoring:
    """Everything of one region; nothing is read yet."""
    alarms = DeployedAlarms(facts, region, declared)
    return DeployedMonitoring(
        alarms=alarms,
        alarm_topics={
            role: AlarmTopic(facts, region, declared.monitoring, alarms, role)
            for role in declared.monitoring.alarm_topics
        },
        metrics=DeployedMetrics(facts, region, declared),
        dashboard=DeployedDashboard(facts, region, declared, alarms),
        consumption=DeployedConsumption(facts, region, declared),
        cost_alerts=DeployedCostAlerts(facts, region, declared),
    )


@dataclass(frozen=True)
class DeployedSecurity:
    """The nouns; those of which there are several by the name they are declared by."""

    deployer: DeployedDeployer
    trails: DeployedTrails
    access: Mapping[str, TableAccess]
    """Access by the table's declared name."""
    services: Mapping[str, DeployedService]
    functions: DeployedFunctions
    tenancies: Mapping[str, DeployedTenancy]
    vpc_endpoints: Mapping[str, DeployedVpcEndpoint]


def deployed_security(
    facts: Facts, region: str, declared: Declared, tables: Mapping[str, DeployedTable]
) -> DeployedSecurity:
    """Everything that was declared of it, in one region; nothing is read yet."""
    security = declared.security
    services = {
        name: DeployedService(facts, region, declared, name)
        for name in declared.services.services
    }
    functions = {name: service.function for name, service in services.items()}
    networks = {
        name: DeployedVpcEndpoint(facts, region, declared, name, functions)
        for name in security.vpc_endpoints
    }
    return DeployedSecurity(
        deployer=DeployedDeployer(facts, region, declared),
        trails=DeployedTrails(facts, region, declared),
        access={
            name: TableAccess(facts, declared, table, networks.values())
            for name, table in tables.items()
        },
        services=services,
        functions=DeployedFunctions(facts, region, declared),
        tenancies={
            name: DeployedTenancy(facts, region, declared, name)
            for name in security.fine_grained
        },
        vpc_endpoints=networks,
    )


class DeployedRegion:
    """One region of the environment, as AWS describes it."""

    def __init__(self, facts: Facts, name: str, declared: Declared) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self.declared = declared
        self.name = name

    @property
    def environment(self) -> Environment:
        """The environment that the region belongs to."""
        return self._facts.environment

    @prefetched
    def caller_account(self) -> str:
        """The account of the credentials, as this region's STS says."""
        return str(self._facts.read("sts", self.name, "GetCallerIdentity")["Account"])

    @prefetched
    def opt_status(self) -> str:
        """`ENABLED_BY_DEFAULT`, `ENABLED`, `ENABLING`, `DISABLING` or `DISABLED`."""
        answer = self._facts.read(
            "account", self.name, "GetRegionOptStatus", RegionName=self.name
        )
        return str(answer["RegionOptStatus"])

    @prefetched
    def table_names(self) -> frozenset[str]:
        """Every table of the account in this region."""
        answer = self._facts.read("dynamodb", self.name, "ListTables")
        return frozenset(answer["TableNames"])

    @property
    def tables_there(self) -> frozenset[str]:
        """The declared tables that exist, by their deployed names."""
        physical = self._facts.environment.physical
        declared = frozenset(map(physical, self.declared.tables))
        return declared.intersection(self.table_names)

    @property
    def answers(self) -> bool:
        """True once DynamoDB has answered here; otherwise the reason is raised."""
        return isinstance(self.table_names, frozenset)

    @property
    def undeclared_tables(self) -> frozenset[str]:
        """Tables that carry the environment's name pattern but were not declared."""
        environment = self._facts.environment
        before, _, after = environment.table_name.partition("{name}")
        declared = {environment.physical(name) for name in self.declared.tables}
        return frozenset(
            name
            for name in self.table_names
            if name.startswith(before) and name.endswith(after) and name not in declared
        )

    @cached_property
    def security(self) -> DeployedSecurity:
        """The access to the region's tables, and the trails that record it."""
        return deployed_security(self._facts, self.name, self.declared, self.tables)

    @cached_property
    def monitoring(self) -> DeployedMonitoring:
        """The alarms, metrics, dashboard and cost alerts of the region."""
        return deployed_monitoring(self._facts, self.name, self.declared)

    @cached_property
    def tables(self) -> Mapping[str, DeployedTable]:
        """The declared tables, by declared name, whether or not they exist."""
        return {
            name: DeployedTable(self._facts, self.name, name)
            for name in self.declared.tables
        }

    @cached_property
    def backups(self) -> DeployedBackups:
        """AWS Backup in the region."""
        return DeployedBackups(self._facts, self.name, self.declared.backups)

    @cached_property
    def table_backups(self) -> Mapping[str, TableBackups]:
        """The backups of each table, by declared name."""
        return {
            name: TableBackups(self._facts, table, self.backups, self.declared.backups)
            for name, table in self.tables.items()
        }

    @cached_property
    def table_copies(self) -> Mapping[str, TableCopies]:
        """The copies of each table's backups, by declared name."""
        return {
            name: TableCopies(self._facts, backups, self.backups, self.declared.backups)
            for name, backups in self.table_backups.items()
        }

    @cached_property
    def replication_latency(self) -> ReplicationLatency:
        """The latency of the replication out of the region, as CloudWatch tells it."""
        return ReplicationLatency(self._facts, self.name, self.declared)

    @cached_property
    def failover(self) -> DeployedFailover:
        """The records of Route 53 by which services find the region."""
        return DeployedFailover(self._facts, self.name, self.declared)


class DeployedEnvironment:
    """Everything that was read of one environment."""

    def __init__(self, facts: Facts, declared: Declared) -> None:
        """Know whom to ask; nothing is asked yet."""
        self._facts = facts
        self._declared = declared
        self.name = facts.environment.name

    @cached_property
    def regions(self) -> Mapping[str, DeployedRegion]:
        """The environment's regions, by name."""
        return {
            region: DeployedRegion(self._facts, region, self._declared)
            for region in self._facts.environment.regions
        }
