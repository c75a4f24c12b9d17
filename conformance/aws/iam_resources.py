"""The resources of an environment as policies name them: ARNs and conditions."""

from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Self

from conformance.config.declared import Declared
from conformance.config.environment import Environment, RestoreDestination
from conformance.model import suite_keys
from conformance.model.drill_names import TAG
from conformance.model.operations import TRAIL_FOLDER
from conformance.model.suite_keys import PREFIX
from conformance.model.table import Table

Condition = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Resources:
    """The ARNs of what is an environment's, and of what its drills make."""

    environment: Environment
    declared: Declared
    by_pattern: bool = False
    """True if one pattern stands for all declared tables."""

    @classmethod
    def of_destination(
        cls, environment: Environment, into: RestoreDestination, declared: Declared
    ) -> Self:
        """Return the resources of the account that copies are restored into."""
        there = replace(environment, account=into.account, regions=(into.region,))
        return cls(there, declared)

    @property
    def account(self) -> str:
        """Return the account of the environment."""
        return self.environment.account

    @property
    def home(self) -> str:
        """Return the primary region, in which tables are backed up and restored."""
        return self.environment.regions[0]

    @property
    def regions(self) -> tuple[str, ...]:
        """Return the regions of the environment, and where its copies are restored."""
        into = self.environment.restore_into
        regions = self.environment.regions
        if into and into.account == self.account and into.region not in regions:
            return (*regions, into.region)
        return regions

    def tables(self, *parts: str) -> list[str]:
        """Return the ARNs of the declared tables, or of parts such as `/index/*`.

        Several regions are one ARN and a condition, see `within`.
        """
        regions = self.environment.regions
        region = regions[0] if len(regions) == 1 else "*"
        names = ["*"] if self.by_pattern else sorted(self.declared.tables)
        return [
            f"arn:aws:dynamodb:{region}:{self.account}:table/"
            f"{self.environment.physical(name)}{part}"
            for name in names
            for part in parts
        ]

    @property
    def within(self) -> Condition:
        """Return the condition that completes the ARNs of `tables`."""
        regions = self.environment.regions
        if len(regions) == 1:
            return {}
        return {"StringEquals": {"aws:RequestedRegion": sorted(regions)}}

    def own_tables(self, *parts: str) -> list[str]:
        """Return the ARNs of tables that drills make of this environment's tables."""
        name = f"{PREFIX}{self.environment.physical('*')}-*"
        return [
            f"arn:aws:dynamodb:{region}:{self.account}:table/{name}{part}"
            for region in self.regions
            for part in parts
        ]

    def keys(self, service: str) -> tuple[list[str], Condition]:
        """Return the account's KMS keys, as far as a service uses them for us."""
        keys = [f"arn:aws:kms:{region}:{self.account}:key/*" for region in self.regions]
        via = [f"{service}.{region}.amazonaws.com" for region in self.regions]
        return keys, {"StringEquals": {"kms:ViaService": via}}

    def vaults(self) -> list[str]:
        """Return the vault that recovery points of ours are made in."""
        vault = self.declared.backups.vault
        return [f"arn:aws:backup:{self.home}:{self.account}:backup-vault:{vault}"]

    def points(self) -> tuple[list[str], Condition]:
        """Return the recovery points that bear the tag of a drill."""
        points = [
            f"arn:aws:backup:{region}:{self.account}:recovery-point:*"
            for region in self.regions
        ]
        return points, {"StringLike": {f"aws:ResourceTag/{TAG}": f"{PREFIX}*"}}

    def role(self) -> tuple[list[str], Condition]:
        """Return the role that AWS Backup assumes, to be passed to no other service."""
        role = f"arn:aws:iam::{self.account}:role/{self.declared.backups.role}"
        return [role], {"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}}

    def functions(self) -> list[str]:
        """Return the functions that may be invoked, by name and by alias."""
        return [
            f"arn:aws:lambda:{region}:{self.account}:function:{name}{qualifier}"
            for region in self.environment.regions
            for name in sorted(self.declared.services.triable)
            for qualifier in ("", ":*")
        ]

    def log_groups(self) -> list[str]:
        """Return the trail's log group; it is where the trail is at home."""
        group = self.declared.trail_log_group or "*"
        return [f"arn:aws:logs:*:{self.account}:log-group:{group}:*"]

    @property
    def trail_files(self) -> str:
        """Return the pattern of the files that CloudTrail wrote of this account."""
        return f"*{TRAIL_FOLDER.format(account=self.account)}*"

    @property
    def trail_bucket(self) -> str:
        """Return the bucket of the trail."""
        return f"arn:aws:s3:::{self.declared.trail_bucket or '*'}"


def leading_keys(tables: list[Table], *, load: bool = False) -> Condition:
    """Return the condition that limits items to our own keys.

    ForAllValues lets a request without a key value pass: DynamoDB refuses it. Probes
    send wrong keys, too: of another type, and empty (CRU-5).
    """
    kinds = {
        key.partition.type
        for table in tables
        for key in (table.key, *(index.key for index in table.indexes.values()))
    }
    values = {suite_keys.pattern(kind, load=load) for kind in kinds}
    if not load:
        wrong = {"S" if kind == "N" else "N" for kind in kinds}
        values |= {suite_keys.pattern(kind) for kind in wrong} | {""}
    return {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": sorted(values)}}


def both(*conditions: Condition) -> Condition:
    """Return the conditions as one: each must hold."""

    def merged(first: Condition, second: Condition) -> Condition:
        return first | {name: first.get(name, {}) | second[name] for name in second}

    return reduce(merged, conditions, {})
