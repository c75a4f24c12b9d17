"""One region of the environment, and the tables in it."""

from collections.abc import Mapping
from functools import cached_property

from conformance.config.declared import Declared
from conformance.deployed.backups import DeployedBackups
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.failover import DeployedFailover
from conformance.deployed.monitoring import DeployedMonitoring, deployed_monitoring
from conformance.deployed.replication import ReplicationLatency
from conformance.deployed.security import DeployedSecurity, deployed_security
from conformance.deployed.table import DeployedTable
from conformance.deployed.table_backups import TableBackups
from conformance.deployed.table_copies import TableCopies


class DeployedRegion:
    """What AWS says about one region."""

    def __init__(self, facts: Facts, name: str, declared: Declared) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self._declared = declared
        self.name = name

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
        declared = frozenset(map(physical, self._declared.tables))
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
        declared = {environment.physical(name) for name in self._declared.tables}
        return frozenset(
            name
            for name in self.table_names
            if name.startswith(before) and name.endswith(after) and name not in declared
        )

    @cached_property
    def parts(self) -> Mapping[str, object]:
        """What else is read of the region, by the name of its fixture."""
        asked = (self._facts, self.name, self._declared)
        return {
            "region": self,
            "backups": self.backups,
            "table_backups": self.table_backups,
            "table_copies": self.table_copies,
            **self.security.parts,
            **self.monitoring.parts,
            "deployed_failover": DeployedFailover(*asked),
            "replication_latency": ReplicationLatency(*asked),
        }

    @cached_property
    def security(self) -> DeployedSecurity:
        """Who may do what here, and who watches."""
        return deployed_security(self._facts, self.name, self._declared, self.tables)

    @cached_property
    def monitoring(self) -> DeployedMonitoring:
        """What watches the tables here, and what they cost."""
        return deployed_monitoring(self._facts, self.name, self._declared)

    @cached_property
    def tables(self) -> Mapping[str, DeployedTable]:
        """The declared tables, by declared name, whether or not they exist."""
        return {
            name: DeployedTable(self._facts, self.name, name)
            for name in self._declared.tables
        }

    @cached_property
    def backups(self) -> DeployedBackups:
        """AWS Backup in the region."""
        return DeployedBackups(self._facts, self.name, self._declared.backups)

    @cached_property
    def table_backups(self) -> Mapping[str, TableBackups]:
        """What AWS Backup does for each table, by declared name."""
        around = (self.backups, self._declared.backups)
        return {
            name: TableBackups(self._facts, table, *around)
            for name, table in self.tables.items()
        }

    @cached_property
    def table_copies(self) -> Mapping[str, TableCopies]:
        """What AWS Backup copies of each table, by declared name."""
        around = (self.backups, self._declared.backups)
        return {
            name: TableCopies(self._facts, table, *around)
            for name, table in self.table_backups.items()
        }
