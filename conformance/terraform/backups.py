"""The backups that AWS Backup would make after a Terraform plan is applied."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conformance.config.declared.backups import Backups
from conformance.deployed.backup_plan import BackupPlan, Rule
from conformance.model.backup.selection import (
    Coverage,
    coverage,
    needs_tags,
)
from conformance.model.backup.values import Minutes, Retention
from conformance.model.errors import NotAssessedError
from conformance.terraform.backup_role import PlannedRole
from conformance.terraform.configuration import Configuration, Origin
from conformance.terraform.resources import Resource, Values, standing_values
from conformance.terraform.selections import document_of
from conformance.terraform.tables import MISSING, PlannedTable
from conformance.terraform.vaults import SETTINGS, lock_of, require_starts, weakened

_AIR_GAPPED = "target_logically_air_gapped_backup_vault_arn"


@dataclass(frozen=True)
class BackupResources:
    """The resources that backups rest on, by place."""

    here: list[Resource]
    """The resources of the primary region."""
    elsewhere: list[list[Resource]]
    """The resources of each replica region."""
    iam: tuple[Resource, ...]


class PlannedBackups:
    """The planned vault, backup plan and selections of one region."""

    def __init__(
        self,
        resources: BackupResources,
        configuration: Configuration,
        declared: Backups,
        now: datetime,
    ) -> None:
        """Know the resources that would stand."""
        self._resources = resources.here
        self._replica_regions = resources.elsewhere
        self._iam = resources.iam
        self._configuration = configuration
        self._declared = declared
        self._now = now

    @property
    def vault_name(self) -> str:
        """The declared vault's name, or `MISSING`."""
        found = self._named("aws_backup_vault", self._declared.vault)
        return self._declared.vault if found else MISSING

    @property
    def plan_names(self) -> list[str]:
        """The declared name, as often as a backup plan has it."""
        found = self._named("aws_backup_plan", self._declared.plan)
        return [self._declared.plan for _ in found]

    @property
    def interval(self) -> Minutes:
        """The longest pause of the most frequent rule into the declared vault."""
        return self._plan.interval_into(self._declared.vault, self._now)

    @property
    def start_window(self) -> Minutes:
        """The longest delay until a job of the rule starts."""
        return self._rule.start_window

    @property
    def retention(self) -> Retention:
        """The retention of the recovery points that the rule makes."""
        return self._rule.retention

    @property
    def vault_refusal(self) -> str:
        """The reasons why the vault's lock refuses jobs of the plan's rules, or "".

        Raises:
            NotAssessedError: a policy of the vault may refuse them.
        """
        vault = self._declared.vault
        lock = lock_of(vault, self._resources)
        elsewhere = [lock_of(vault, found) for found in self._replica_regions]
        told = []
        for rule in self._plan.rules_into(vault):
            refusals = [lock.refusal(rule.retention)]
            refusals += [
                f"copies: {why}"
                for copies in elsewhere
                for kept in rule.kept_copies
                if (why := copies.refusal(kept))
            ]
            told += [f"rule {rule.name}: {why}" for why in refusals if why]
        if not told:
            require_starts(self._declared.vault, self._resources)
        return "; ".join(told)

    @property
    def makes_copies(self) -> bool:
        """True if a rule into the declared vault copies what it makes somewhere."""
        rules = self._plan.rules_into(self._declared.vault)
        return any(rule.kept_copies for rule in rules)

    @property
    def weakened(self) -> Mapping[str, str]:
        """The protection that the vault's lock or policy would lose, by address."""
        return weakened(self._declared.vault, self._resources)

    def role_refusals(self, arn: str, table: PlannedTable) -> Mapping[str, str]:
        """Return why the jobs of covering selections would fail, by selection.

        Raises:
            NotAssessedError: no selection is known to cover the table.
        """
        covering = self._covering(arn, table)
        if not covering:
            raise NotAssessedError("no selection is known to cover the table")
        found = {
            selection.address: "; ".join(
                PlannedRole(
                    selection, self._iam, self._configuration, arn.split(":")[4]
                ).refusals(self._declared.role, arn)
            )
            for selection in covering
        }
        return {address: why for address, why in found.items() if why}

    def _covering(self, arn: str, table: PlannedTable) -> list[Resource]:
        """Return the selections that are known to cover the table."""
        found = []
        for selection in self._of_type("aws_backup_selection"):
            with suppress(NotAssessedError):
                known = self._coverage(selection, arn, table)
                found += [selection] if known and known.covered else []
        return found

    def coverage(self, arn: str, table: PlannedTable) -> Coverage:
        """Return the coverage of the table by the planned selections."""
        reasons, doubts = [], []
        for selection in self._of_type("aws_backup_selection"):
            try:
                found = self._coverage(selection, arn, table)
            except NotAssessedError as problem:
                doubts.append(str(problem))
                continue
            if found and found.covered:
                return found
            reasons += [found.because] if found else []
        if doubts:
            raise NotAssessedError("; ".join(doubts))
        return Coverage(False, "; ".join(reasons) or "the plan has no selection")

    def _coverage(
        self, selection: Resource, arn: str, table: PlannedTable
    ) -> Coverage | None:
        """Return a selection's coverage; None if it belongs to another backup plan."""
        if not self._is_of_the_plan(selection):
            return None
        document = document_of(selection, self._configuration)
        tags = table.tags if needs_tags(document) else {}
        return coverage(document, arn, tags, opted_in=self._is_opted_in)

    def _is_of_the_plan(self, selection: Resource) -> bool:
        values, plan = standing_values(selection), self._plan_resource
        theirs = standing_values(plan)
        if values.knows("plan_id"):
            return theirs.knows("id") and bool(values["plan_id"] == theirs["id"])
        origins = self._configuration.origins(selection, "plan_id")
        ours = self._configuration.origin_of(plan, "id")
        alike = [  # the instances of a module are one to the configuration
            plan
            for plan in self._of_type("aws_backup_plan")
            if self._configuration.origin_of(plan, "id") == ours
        ]
        if all(map(_is_id_of_a_plan, origins)) and len(alike) == 1:
            return origins == {ours}
        raise NotAssessedError(
            f"{selection.address}: whose selection it is is known only after apply"
        )

    @property
    def _is_opted_in(self) -> bool:
        """True unless the plan itself opts the region out.

        A plan without these settings does not show the region's opt-in; BKP-5 reads it.
        """
        settings = [
            _optional(standing_values(resource), "resource_type_opt_in_preference")
            for resource in self._of_type(SETTINGS)
        ]
        return all((setting or {}).get("DynamoDB", True) for setting in settings)

    @property
    def _rule(self) -> Rule:
        rule = self._plan.rule_into(self._declared.vault, self._now)
        if rule is None:
            raise NotAssessedError("no rule into the vault is planned")
        return rule

    @property
    def _plan(self) -> BackupPlan:
        return BackupPlan(
            tuple(
                Rule(_rule_document(rule))
                for rule in standing_values(self._plan_resource).blocks("rule")
            )
        )

    @property
    def _plan_resource(self) -> Resource:
        found = self._named("aws_backup_plan", self._declared.plan)
        if len(found) != 1:
            count = f"{len(found)} backup plans have" if found else "no backup plan has"
            raise NotAssessedError(f"{count} the declared name")
        return found[0]

    def _named(self, kind: str, name: str) -> list[Resource]:
        """Return the resources of a kind that have this name.

        Raises:
            NotAssessedError: there is none, and a name is known only after apply.
        """
        all_of_them = self._of_type(kind)
        found = [
            resource
            for resource in all_of_them
            if standing_values(resource).known("name") == name
        ]
        unknown = [
            resource
            for resource in all_of_them
            if not standing_values(resource).knows("name")
        ]
        if unknown and not found:
            raise NotAssessedError(
                f"{unknown[0].address}: name is known only after apply"
            )
        return found

    def _of_type(self, kind: str) -> list[Resource]:
        return [
            resource
            for resource in self._resources
            if resource.type == kind and resource.after
        ]


def _rule_document(rule: Values) -> Mapping[str, Any]:
    """Return a rule in the form of AWS Backup's API, without Terraform's nulls."""
    name = rule.text("rule_name")
    document = {
        "RuleId": name,
        "RuleName": name,
        "TargetBackupVaultName": rule.text("target_vault_name"),
        "TargetLogicallyAirGappedBackupVaultArn": _optional(rule, _AIR_GAPPED),
        "ScheduleExpression": rule["schedule"],
        "ScheduleExpressionTimezone": _optional(rule, "schedule_expression_timezone"),
        "StartWindowMinutes": _optional(rule, "start_window"),
        "Lifecycle": _lifecycle(rule),
        "CopyActions": [
            # The destination is rarely known before apply, and nothing rests on it.
            {"Lifecycle": _lifecycle(action)}
            for action in rule.blocks("copy_action")
        ],
    }
    return {name: value for name, value in document.items() if value is not None}


def _optional(values: Values, name: str) -> Any:
    """Return an attribute that not every version of the provider has."""
    return values[name] if name in values.content else None


def _lifecycle(block: Values) -> dict[str, Any]:
    """Return a lifecycle in the form of AWS Backup's API."""
    members = {
        "DeleteAfterDays": "delete_after",
        "MoveToColdStorageAfterDays": "cold_storage_after",
    }
    # Terraform's state says 0 where AWS says nothing.
    return {
        name: lifecycle[ours]
        for lifecycle in block.blocks("lifecycle")
        for name, ours in members.items()
        if ours in lifecycle.content and lifecycle[ours]
    }


def _is_id_of_a_plan(origin: Origin) -> bool:
    kind, _, rest = origin.reference.partition(".")
    return kind == "aws_backup_plan" and rest.endswith(".id")
