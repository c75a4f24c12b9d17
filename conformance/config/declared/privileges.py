"""The grants that a role must have, and must not have, as actions on ARNs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from conformance.config.declared.security import FineGrained, OtherEnvironment
from conformance.config.declared.services import Service, Use
from conformance.config.environment import Environment
from conformance.model.iam.dynamodb_actions import (
    ACCOUNT_WIDE,
    BY_KIND,
    ON_INDEXES,
    ON_ITEMS,
    ON_STREAMS,
    ON_TABLES,
    kind_of,
)
from conformance.model.table import Table

_ELSEWHERE = ON_ITEMS | {
    "CreateBackup",
    "DeleteTable",
    "ExportTableToPointInTime",
    "RestoreTableToPointInTime",
    "UpdateContinuousBackups",
    "UpdateTable",
}
_OF_THE_ACCOUNT = frozenset({"PurchaseReservedCapacityOfferings", "UpdateAbacStatus"})
"""Actions that change the whole account; the others list names or limits."""
_PARTS = {
    "stream": "stream/2026-01-01T00:00:00.000",
    "backup": "backup/01767225600000-00000000",
    "export": "export/01767225600000-00000000",
    "import": "import/01767225600000-00000000",
}
"""Parts of a table that need not exist: the simulation knows only names."""
ON_VAULTS = (
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:PutBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
)
ON_RECOVERY_POINTS = (
    "backup:DeleteRecoveryPoint",
    "backup:DisassociateRecoveryPoint",
    "backup:StartRestoreJob",
    "backup:UpdateRecoveryPointLifecycle",
)
ON_BACKUP_PLANS = (
    "backup:DeleteBackupPlan",
    "backup:DeleteBackupSelection",
    "backup:UpdateBackupPlan",
)
ON_KEYS = (
    "kms:DeleteImportedKeyMaterial",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
)
_ID = "00000000-0000-0000-0000-000000000000"


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
    vaults: tuple[str, ...] = ()
    """The names of the declared backup vaults."""

    def arn(self, table: str) -> str:
        """Return the ARN of a declared table in this region."""
        return self._arns(table, self.region)

    def arns(self, table: str) -> tuple[str, ...]:
        """Return the ARNs of a declared table in every region of the environment."""
        return tuple(self._arns(table, region) for region in self.environment.regions)

    @property
    def every_arn(self) -> tuple[str, ...]:
        """The ARNs of all declared tables in every region of the environment."""
        return tuple(arn for table in self.tables for arn in self.arns(table))

    def needs(
        self, service: Service, streams: Mapping[str, str] = {}
    ) -> tuple[Grant, ...]:
        """Return the grants that the service's role must have.

        `streams` are the ARNs of streams by table.
        """
        return tuple(_filled(self._needed(service, streams)))

    def excess(
        self, service: Service, named: Iterable[str] = (), keys: Iterable[str] = ()
    ) -> tuple[Grant, ...]:
        """Return the grants that the service's role must not have.

        `named` are resources of DynamoDB that its policies name, and `keys` the KMS
        keys of the environment.
        """
        used = {use.table: use for use in service.uses}
        return tuple(
            _together(
                [
                    *self._on_tables(used),
                    *self._on_parts(used),
                    *self._on_backups(),
                    grant(_OF_THE_ACCOUNT - _operations(used), ["*"]),
                    grant(_ELSEWHERE, self._elsewhere()),
                    *self._on_named(used, named),
                    Grant(ON_KEYS, tuple(sorted(keys))),
                ]
            )
        )

    def of_tenant(self, declared: FineGrained) -> tuple[Grant, ...]:
        """Return the grants that a tenant's role must have on its own items."""
        return (grant(declared.operations, [self.arn(declared.table)]),)

    def of_other_tenants(self, declared: FineGrained) -> tuple[Grant, ...]:
        """Return every access to single items that names their partition keys."""
        on_items = ON_ITEMS - {"PartiQLSelect", "Scan"}
        return (grant(on_items, self.arns(declared.table)),)

    def past_tenant(self, declared: FineGrained) -> tuple[Grant, ...]:
        """Return the grants that reach every tenant's items, or other tables' items.

        An index with the tenant as its partition key would be within bounds.
        """
        table = self.tables[declared.table]
        by_other_keys = [
            f"{arn}/index/{index.name}"
            for arn in self.arns(table.name)
            for index in table.indexes.values()
            if index.key.partition != table.key.partition
        ]
        own = self.arns(table.name)
        return tuple(
            _together(
                [
                    grant((ON_TABLES - ON_ITEMS) | {"PartiQLSelect", "Scan"}, own),
                    grant(ON_INDEXES, by_other_keys),
                    *self._on_tables({}, besides={table.name}),
                    *self._on_parts({}, besides={table.name}),
                    *(
                        grant(BY_KIND[kind], [f"{arn}/{part}" for arn in own])
                        for kind, part in _PARTS.items()
                    ),
                ]
            )
        )

    def _needed(self, service: Service, streams: Mapping[str, str]) -> Iterator[Grant]:
        for use in service.uses:
            arn = self.arn(use.table)
            wide = use.operations & ACCOUNT_WIDE
            yield grant(use.operations & ON_TABLES, [arn])
            stream = streams.get(use.table, _part(arn, "stream"))
            yield grant((use.operations & ON_STREAMS) - wide, [stream])
            yield grant({"Query"}, [f"{arn}/index/{index}" for index in use.indexes])
            yield grant(wide, ["*"])

    def _on_tables(
        self, used: Mapping[str, Use], besides: Iterable[str] = ()
    ) -> Iterator[Grant]:
        for name in set(self.tables) - set(besides):
            allowed = used[name].operations if name in used else frozenset[str]()
            yield grant(ON_TABLES - allowed, self.arns(name))

    def _on_parts(
        self, used: Mapping[str, Use], besides: Iterable[str] = ()
    ) -> Iterator[Grant]:
        for name in set(self.tables) - set(besides):
            use = used.get(name)
            allowed = use.operations if use else frozenset[str]()
            for arn in self.arns(name):
                for kind in _PARTS:
                    yield grant(BY_KIND[kind] - allowed, [_part(arn, kind)])
                yield from self._on_indexes(arn, name, use)

    def _on_indexes(self, arn: str, name: str, use: Use | None) -> Iterator[Grant]:
        if use is None:
            yield grant(ON_INDEXES, [f"{arn}/index/Any"])
        queried = use.indexes if use else frozenset[str]()
        unused = set(self.tables[name].indexes) - queried
        yield grant(ON_INDEXES, [f"{arn}/index/{index}" for index in unused])
        yield grant(ON_INDEXES - {"Query"}, [f"{arn}/index/{one}" for one in queried])

    def _on_backups(self) -> Iterator[Grant]:
        for region in self.environment.regions:
            where = f"arn:aws:backup:{region}:{self.environment.account}:"
            vaults = [f"{where}backup-vault:{vault}" for vault in set(self.vaults)]
            yield Grant(ON_VAULTS, tuple(sorted(vaults)))
            yield Grant(ON_RECOVERY_POINTS, (f"{where}recovery-point:{_ID}",))
            yield Grant(ON_BACKUP_PLANS, (f"{where}backup-plan:{_ID}",))

    def _on_named(
        self, used: Mapping[str, Use], named: Iterable[str]
    ) -> Iterator[Grant]:
        """Yield everything on resources that are none of the declared ones."""
        for arn in named:
            ours = [
                name
                for name in self.tables
                for table in self.arns(name)
                if arn == table or arn.startswith(f"{table}/")
            ]
            kind = kind_of(arn)
            if ours and kind in ("table", "index"):
                continue  # asked with the declared tables
            allowed = {
                one for name in ours if name in used for one in used[name].operations
            }
            yield grant(BY_KIND[kind] - allowed, [arn])

    def _elsewhere(self) -> set[str]:
        """Tables of the same names of other environments, in this account or theirs."""
        own = (self.environment.account, self.environment.regions)
        return {
            _arn(region, account, other.table_name.replace("{name}", name))
            for other in self.others
            for account, regions in (own, (other.account, other.regions))
            for region in regions
            for name in self.tables
        }

    def _arns(self, table: str, region: str) -> str:
        name = self.environment.physical(table)
        return _arn(region, self.environment.account, name)


def _operations(used: Mapping[str, Use]) -> frozenset[str]:
    return frozenset[str]().union(*(use.operations for use in used.values()))


def _filled(grants: Iterable[Grant]) -> Iterator[Grant]:
    return (grant for grant in grants if grant.actions and grant.resources)


def _together(grants: Iterable[Grant]) -> Iterator[Grant]:
    """Yield one grant for all resources with the same actions: fewer requests."""
    by_actions: dict[tuple[str, ...], set[str]] = {}
    for one in _filled(grants):
        by_actions.setdefault(one.actions, set()).update(one.resources)
    for actions, resources in sorted(by_actions.items()):
        yield Grant(actions, tuple(sorted(resources)))


def _part(arn: str, kind: str) -> str:
    return f"{arn}/{_PARTS[kind]}"


def _arn(region: str, account: str, table: str) -> str:
    return f"arn:aws:dynamodb:{region}:{account}:table/{table}"
