"""The grants that a role must have, and must not have, as actions on ARNs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from conformance.config.declared.security import FineGrained, OtherEnvironment
from conformance.config.declared.services import Service, Use
from conformance.config.environment import Environment
from conformance.model.table import Table

ON_ITEMS = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "ConditionCheckItem",
        "DeleteItem",
        "GetItem",
        "PartiQLDelete",
        "PartiQLInsert",
        "PartiQLSelect",
        "PartiQLUpdate",
        "PutItem",
        "Query",
        "Scan",
        "UpdateItem",
    }
)
ON_INDEXES = frozenset({"PartiQLSelect", "Query", "Scan"})
ON_STREAMS = frozenset({"DescribeStream", "GetRecords", "GetShardIterator"})
ON_TABLES = frozenset(
    {
        "CreateBackup",
        "DeleteResourcePolicy",
        "DeleteTable",
        "PutResourcePolicy",
        "RestoreTableToPointInTime",
        "UpdateContinuousBackups",
        "UpdateTable",
        "UpdateTimeToLive",
    }
)
"""Operations that change a table rather than its items; no service needs them."""
ON_BACKUPS = frozenset({"DeleteBackup", "RestoreTableFromBackup"})
_ELSEWHERE = frozenset({"DeleteTable", "GetItem", "PutItem", "Query", "Scan"})
_STREAM = "stream/2026-01-01T00:00:00.000"
_BACKUP = "backup/01767225600000-00000000"
"""A stream and a backup that need not exist: the simulation knows only names."""


@dataclass(frozen=True)
class Grant:
    """Actions on resources, every one on every one."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]


def grant(operations: Iterable[str], resources: Iterable[str]) -> Grant:
    """DynamoDB operations on resources, in a fixed order."""
    return Grant(
        tuple(f"dynamodb:{operation}" for operation in sorted(operations)),
        tuple(sorted(resources)),
    )


@dataclass(frozen=True)
class Privileges:
    """The declared grants of roles in one region of an environment."""

    environment: Environment
    region: str
    tables: Mapping[str, Table]
    others: tuple[OtherEnvironment, ...]

    def arn(self, table: str) -> str:
        """Return the ARN of a declared table."""
        name = self.environment.physical(table)
        return _arn(self.region, self.environment.account, name)

    def needs(self, service: Service) -> tuple[Grant, ...]:
        """Return the grants that the service's role must have."""
        return tuple(_filled(self._needed(service)))

    def excess(self, service: Service) -> tuple[Grant, ...]:
        """Return the grants that the service's role must not have."""
        return tuple(_filled(self._refused(service)))

    def of_tenant(self, declared: FineGrained) -> tuple[Grant, ...]:
        """Return the grants that a tenant's role must have on its own items."""
        return (grant(declared.operations, [self.arn(declared.table)]),)

    def past_tenant(self, declared: FineGrained) -> tuple[Grant, ...]:
        """Return the grants that reach every tenant's items: scans, and other indexes.

        An index with the tenant as its partition key would be within bounds.
        """
        table = self.tables[declared.table]
        by_other_keys = [
            f"{self.arn(table.name)}/index/{index.name}"
            for index in table.indexes.values()
            if index.key.partition != table.key.partition
        ]
        scan = grant({"PartiQLSelect", "Scan"}, [self.arn(table.name)])
        return tuple(_filled([scan, grant(ON_INDEXES, by_other_keys)]))

    def _needed(self, service: Service) -> Iterator[Grant]:
        for use in service.uses:
            arn = self.arn(use.table)
            yield grant(use.operations, [arn])
            yield grant({"Query"}, [f"{arn}/index/{index}" for index in use.indexes])

    def _refused(self, service: Service) -> Iterator[Grant]:
        used = {use.table: use for use in service.uses}
        for use in service.uses:
            yield grant(ON_ITEMS - use.operations, [self.arn(use.table)])
            yield from self._refused_on_indexes(use)
        unused = [self.arn(name) for name in self.tables if name not in used]
        every = [self.arn(name) for name in self.tables]
        yield grant(ON_ITEMS, unused)
        yield grant(ON_INDEXES, [f"{arn}/index/Any" for arn in unused])
        yield grant(ON_TABLES, every)
        yield grant(ON_STREAMS, [f"{arn}/{_STREAM}" for arn in every])
        yield grant(ON_BACKUPS, [f"{arn}/{_BACKUP}" for arn in every])
        yield grant(_ELSEWHERE, sorted(self._elsewhere()))

    def _refused_on_indexes(self, use: Use) -> Iterator[Grant]:
        arn = self.arn(use.table)
        declared = set(self.tables[use.table].indexes)
        yield grant(
            ON_INDEXES - {"Query"}, [f"{arn}/index/{index}" for index in use.indexes]
        )
        unused = declared - use.indexes
        yield grant(ON_INDEXES, [f"{arn}/index/{index}" for index in unused])

    def _elsewhere(self) -> set[str]:
        """Tables of the same names of other environments, in this account or theirs."""
        own = (self.environment.account, (self.region,))
        return {
            _arn(region, account, other.table_name.replace("{name}", name))
            for other in self.others
            for account, regions in (own, (other.account, other.regions))
            for region in regions
            for name in self.tables
        }


def _filled(grants: Iterable[Grant]) -> Iterator[Grant]:
    return (grant for grant in grants if grant.actions and grant.resources)


def _arn(region: str, account: str, table: str) -> str:
    return f"arn:aws:dynamodb:{region}:{account}:table/{table}"
