"""A Terraform plan, seen from what is declared for one environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from conformance.config.declared import Declared
from conformance.config.environment import Environment
from conformance.model.backup.selection import Coverage
from conformance.model.errors import NotAssessedError
from conformance.terraform.backups import BackupResources, PlannedBackups
from conformance.terraform.configuration import Configuration
from conformance.terraform.document import Document, read_document
from conformance.terraform.keys import Keys, Place
from conformance.terraform.losses import MAY_HOLD_TABLES, losses, tables_of
from conformance.terraform.remarks import (
    about_tables,
    missing_copies,
    unshown_conditions,
)
from conformance.terraform.resources import (
    Resource,
    resources,
    standing,
    standing_values,
)
from conformance.terraform.tables import PLANNED, PlannedTable, Surroundings
from conformance.terraform.target_check import (
    REPLICA,
    TABLE,
    callers,
    place_of,
    require_ours,
)
from conformance.terraform.weakenings import weakened

_PLACED = (TABLE, "aws_backup_")
_IAM = "aws_iam_"
_INDEX = "aws_dynamodb_global_secondary_index"


@dataclass(frozen=True)
class TerraformPlan:
    """A Terraform plan: what would be deployed after apply, and what would be lost."""

    document: Document
    environment: Environment
    declared: Declared
    configuration: Configuration
    resources: tuple[Resource, ...]
    not_compared: tuple[str, ...]
    """The facts of the target that could not be compared, in words."""

    @cached_property
    def region(self) -> str:
        """The primary region, to which the plan's tables belong."""
        return self.environment.regions[0]

    @property
    def limits(self) -> tuple[str, ...]:
        """The remarks beside the findings, and what could not be compared."""
        return (
            *self.not_compared,
            *about_tables(self.declared.tables, self.table),
            *missing_copies(
                self.declared.backups.copies, lambda: self.backups.makes_copies
            ),
            *unshown_conditions(self.resources, self.configuration),
        )

    def table(self, name: str) -> PlannedTable:
        """Return the declared table, as it is planned in the primary region."""
        physical = self.environment.physical(name)
        found = [table for table in self._tables if self._is(table, physical)]
        known = all(
            standing_values(candidate).knows("name") for candidate in self._tables
        )
        return PlannedTable(found, self._around, names_are_known=known)

    @property
    def undeclared(self) -> frozenset[str]:
        """Tables that would stand and are not declared, or stand elsewhere."""
        wanted = set(map(self.environment.physical, self.declared.tables))
        named = [
            table for table in self._tables if standing_values(table).knows("name")
        ]
        found = frozenset(
            self._named(planned)
            for planned in named
            if not any(self._is(planned, name) for name in wanted)
        )
        elsewhere, doubts = self._undeclared_replicas()
        found |= elsewhere
        if not found and len(named) < len(self._tables):
            raise NotAssessedError("the name of a table is known only after apply")
        if not found and doubts:
            raise NotAssessedError("; ".join(doubts))
        if not found:
            self._refuse_unseen(MAY_HOLD_TABLES, "tables")
        return found

    def _undeclared_replicas(self) -> tuple[frozenset[str], list[str]]:
        """Return replicas in regions that the environment does not have, and doubts."""
        found: set[str] = set()
        doubts = []
        for name in self.declared.tables:
            physical = self.environment.physical(name)
            try:
                table = self.table(name)
                regions = table.replicas.keys() if table.status == PLANNED else ()
            except NotAssessedError as problem:
                doubts.append(str(problem))
                continue
            others = set(regions) - set(self.environment.regions)
            found |= {f"{physical} ({region})" for region in others}
        return frozenset(found), doubts

    def undeclared_indexes(self, name: str) -> frozenset[str]:
        """Indexes that the table would have, and that are not declared."""
        table = self.table(name)
        found = frozenset(table.indexes) - frozenset(self.declared.tables[name].indexes)
        found |= table.local_indexes  # none can be declared
        if not found:
            self._refuse_unseen({_INDEX}, "indexes")
        return found

    def weakened(self, name: str) -> Mapping[str, str]:
        """Return the protection that the declared table would lose, wherever it is."""
        physical = self.environment.physical(name)
        declared = self.declared.tables[name]
        return {
            f"{resource.address}, {what}": how
            for resource in self.resources
            if resource.type in (TABLE, REPLICA) and physical in tables_of(resource)
            for what, how in weakened(resource, declared).items()
        }

    def losses_of(self, name: str) -> dict[str, str]:
        """Return the losses of a declared table, wherever it is."""
        physical = self.environment.physical(name)
        concerned = (
            resource for resource in self.resources if physical in tables_of(resource)
        )
        return losses(concerned, self.configuration)

    @property
    def other_losses(self) -> dict[str, str]:
        """The losses of other things that hold data."""
        ours = set(map(self.environment.physical, self.declared.tables))
        others = (
            resource for resource in self.resources if not ours & tables_of(resource)
        )
        return losses(others, self.configuration)

    @cached_property
    def backups(self) -> PlannedBackups:
        """The planned backups in the primary region."""
        placed = [
            resource for resource in self.resources if resource.type.startswith(_PLACED)
        ]
        here, *elsewhere = (
            [resource for resource in placed if self._is_in(resource, region)]
            for region in self.environment.regions
        )
        iam = tuple(
            resource for resource in self.resources if resource.type.startswith(_IAM)
        )
        return PlannedBackups(
            BackupResources(here, elsewhere, iam),
            self.configuration,
            self.declared.backups,
            self.document.hour,
        )

    def coverage(self, name: str) -> Coverage:
        """Return the planned coverage of the declared table."""
        return self.backups.coverage(self._arn(name), self.table(name))

    def role_refusals(self, name: str) -> Mapping[str, str]:
        """Return why the jobs of selections that cover the table would fail."""
        return self.backups.role_refusals(self._arn(name), self.table(name))

    def _arn(self, name: str) -> str:
        return (
            f"arn:aws:dynamodb:{self.region}:{self.environment.account}"
            f":table/{self.environment.physical(name)}"
        )

    @cached_property
    def _other_accounts(self) -> frozenset[str]:
        placed = [
            resource for resource in self.resources if resource.type.startswith(_PLACED)
        ]
        seen = {place_of(resource, self.configuration)[0] for resource in placed}
        seen |= set(callers(self.document.content))
        return frozenset(filter(None, seen)) - {self.environment.account}

    @cached_property
    def _providers(self) -> frozenset[str]:
        return self.configuration.providers_of(
            resource for resource in self.resources if resource.type.startswith(_PLACED)
        )

    @cached_property
    def _tables(self) -> list[Resource]:
        return [
            resource
            for resource in self.resources
            if resource.type == TABLE and resource.after
        ]

    @cached_property
    def _around(self) -> Surroundings:
        prior = self.document.content.get("prior_state", {}).get("values", {})
        return Surroundings(
            keys=Keys(self.resources, list(standing(prior)), self.configuration),
            configuration=self.configuration,
            place=Place(self.environment.account, self.region),
            replicas=tuple(
                resource
                for resource in self.resources
                if resource.type == REPLICA and resource.after
            ),
        )

    def _is(self, resource: Resource, physical: str) -> bool:
        """Return True if it is the table of that name in the primary region."""
        return standing_values(resource).known("name") == physical and self._is_here(
            resource
        )

    def _is_here(self, resource: Resource) -> bool:
        """Return True if nothing says that it is in another account or region."""
        return self._is_in(resource, self.region)

    def _is_in(self, resource: Resource, wanted: str) -> bool:
        """Return True if it is in a region; where nothing says it, in the primary."""
        account, region = place_of(resource, self.configuration)
        if region is None and len(self._providers) > 1:
            raise NotAssessedError(
                f"{resource.address}: its provider's region is no constant and no "
                "variable, and there are several providers"
            )
        if account is None and self._other_accounts:
            raise NotAssessedError(
                f"{resource.address}: the plan does not say which account it is in, "
                f"and shows {', '.join(sorted(self._other_accounts))} as well"
            )
        ours = (account or self.environment.account) == self.environment.account
        return ours and (region or self.region) == wanted

    def _named(self, resource: Resource) -> str:
        name = str(standing_values(resource)["name"])
        place = [part for part in place_of(resource, self.configuration) if part]
        return name if self._is_here(resource) else f"{name} ({', '.join(place)})"

    def _refuse_unseen(self, kinds: set[str] | frozenset[str], what: str) -> None:
        for resource in self.resources:
            if resource.type in kinds and resource.after:
                raise NotAssessedError(
                    f"{resource.address} may hold {what} not shown here"
                )


def review(path: Path, environment: Environment, declared: Declared) -> TerraformPlan:
    """Return the plan of a file, unless something shows that it is for another target.

    Raises:
        BadInputError: it is no complete plan, or it is for somewhere else.
    """
    document = read_document(path)
    found = resources(document.content)
    configuration = Configuration(document.content)
    tables = [resource for resource in found if resource.type == TABLE]
    silent = tuple(require_ours(document, environment, configuration, tables))
    return TerraformPlan(document, environment, declared, configuration, found, silent)
