"""AWS Backup in one region: its vault, plan, selections, settings and jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conformance.config.declared.backups import Backups
from conformance.deployed.backup_plan import BackupPlan, Rule
from conformance.deployed.backup_vault import DeployedVault
from conformance.deployed.facts import Facts, prefetched
from conformance.model.backup.values import DAY, Copy, Minutes, Retention
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.model.table import OFF

ON = "ON"
_TYPE = "DynamoDB"
_POINTS = "ListRecoveryPointsByBackupVault"


@dataclass(frozen=True)
class Selection:
    """One selection of the plan."""

    document: Mapping[str, Any]
    created: datetime


class DeployedBackups:
    """The declared vault and backup plan in one region, as AWS Backup shows them."""

    def __init__(self, facts: Facts, region: str, declared: Backups) -> None:
        """Know where to look, and at what; nothing is read yet."""
        self._facts = facts
        self._declared = declared
        self.region = region
        self.vault = DeployedVault(facts, region, declared)

    @property
    def now(self) -> datetime:
        """The moment from which schedules are looked at; the same for the whole run."""
        return self._facts.now

    @property
    def opt_in(self) -> str:
        """`ON` if AWS Backup acts on tables that selections find, else `OFF`."""
        return self._setting("ResourceTypeOptInPreference")

    @property
    def advanced(self) -> str:
        """`ON` if AWS Backup fully manages DynamoDB's backups, else `OFF`."""
        return self._setting("ResourceTypeManagementPreference")

    @prefetched
    def settings(self) -> dict[str, Any]:
        """DescribeRegionSettings."""
        return self.read("DescribeRegionSettings")

    def _setting(self, name: str) -> str:
        preferences = self.settings[name]
        if _TYPE not in preferences:
            raise UnreadableError(f"{name} of {self.region} does not say {_TYPE}")
        return ON if preferences[_TYPE] else OFF

    @prefetched
    def plan_ids(self) -> Mapping[str, str]:
        """The names, by id, of the backup plans that have the declared name."""
        return {
            plan["BackupPlanId"]: plan["BackupPlanName"]
            for plan in self.read("ListBackupPlans")["BackupPlansList"]
            if plan["BackupPlanName"] == self._declared.plan
        }

    @property
    def plan_names(self) -> list[str]:
        """The declared name, as often as a plan has it."""
        return list(self.plan_ids.values())

    @property
    def plan_id(self) -> str:
        """The declared plan's id.

        Raises:
            NotAssessedError: it is missing, or there are several.
        """
        if not self.plan_ids:
            raise NotAssessedError(f"backup plan missing in {self.region} (BKP-3)")
        if len(self.plan_ids) > 1:
            raise NotAssessedError("more than one plan has the declared name (BKP-3)")
        return str(next(iter(self.plan_ids)))

    @prefetched
    def plan(self) -> BackupPlan:
        """The current version of the declared backup plan."""
        answer = self.read("GetBackupPlan", BackupPlanId=self.plan_id)
        rules = answer["BackupPlan"]["Rules"]
        return BackupPlan(tuple(map(Rule, rules)))

    @prefetched
    def plan_since(self) -> datetime:
        """The creation time of the backup plan's first version; an update keeps it."""
        versions = self.read("ListBackupPlanVersions", BackupPlanId=self.plan_id)
        created: list[datetime] = [
            version["CreationDate"] for version in versions["BackupPlanVersionsList"]
        ]
        if not created:
            raise UnreadableError("backup:ListBackupPlanVersions lists no version")
        return min(created)

    @property
    def interval(self) -> Minutes:
        """The longest pause of the most frequent rule into the declared vault."""
        interval: Minutes = self.plan.interval_into(self._declared.vault, self.now)
        return interval

    @property
    def rule(self) -> Rule:
        """The most frequent rule into the declared vault.

        Raises:
            NotAssessedError: there is none.
        """
        rule: Rule | None = self.plan.rule_into(self._declared.vault, self.now)
        if rule is None:
            raise NotAssessedError(f"no rule into the vault in {self.region} (BKP-3)")
        return rule

    @property
    def start_window(self) -> Minutes:
        """The longest delay until a job of the rule starts."""
        return self.rule.start_window

    @property
    def retention(self) -> Retention:
        """The retention of the recovery points that the rule makes."""
        return self.rule.retention

    @property
    def copies(self) -> frozenset[Copy]:
        """The copies that the rule makes."""
        return self.rule.copies

    @property
    def copy_destinations(self) -> frozenset[str]:
        """The ARNs of the vaults that rules into the declared vault copy to."""
        return frozenset(
            copy.vault_arn
            for rule in self.plan.rules_into(self._declared.vault)
            for copy in rule.copies
        )

    @property
    def copy_vaults(self) -> Mapping[str, DeployedVault]:
        """The declared vaults of copies from this region, by their regions."""
        if self.region != self._facts.environment.regions[0]:
            return {}
        return {
            region: DeployedVault(self._facts, region, self._declared)
            for region in self._declared.copies
        }

    @prefetched
    def selections(self) -> list[Selection]:
        """Every selection of the plan."""
        plan = self.plan_id
        listed = self.read("ListBackupSelections", BackupPlanId=plan)
        ids = [selection["SelectionId"] for selection in listed["BackupSelectionsList"]]
        found = [
            self.read("GetBackupSelection", BackupPlanId=plan, SelectionId=selection)
            for selection in ids
        ]
        return [
            Selection(answer["BackupSelection"], answer["CreationDate"])
            for answer in found
        ]

    @prefetched
    def backup_jobs(self) -> list[dict[str, Any]]:
        """Every backup job of a table that was created or ended in the last day."""
        return self._recent("ListBackupJobs", "BackupJobs")

    @property
    def copy_jobs(self) -> list[dict[str, Any]]:
        """The same of copy jobs, which the region of their source lists."""
        return self._recent("ListCopyJobs", "CopyJobs")

    def _recent(self, operation: str, member: str) -> list[dict[str, Any]]:
        # A job may end long after it was created: twice the day is asked for.
        after = (self.now - 2 * DAY).replace(microsecond=0)
        asked = {"ByResourceType": _TYPE, "ByCreatedAfter": after}
        since = self.answered_at(operation, **asked) - DAY
        # CompletionDate is absent while a job has not ended.
        return [
            job
            for job in self.read(operation, **asked)[member]
            if job.get("CompletionDate", job["CreationDate"]) > since
        ]

    def points(self, table_arn: str) -> list[dict[str, Any]]:
        """Return a table's recovery points in the declared vault, copies included."""
        answer = self.read(_POINTS, **self._points_of(table_arn))
        return list(answer["RecoveryPoints"])

    def points_listed_at(self, table_arn: str) -> datetime:
        """Return the time, by AWS's clock, at which the recovery points were so."""
        return self.answered_at(_POINTS, **self._points_of(table_arn))

    def _points_of(self, table_arn: str) -> dict[str, str]:
        vault = self.vault.present_name
        return {"BackupVaultName": vault, "ByResourceArn": table_arn}

    def answered_at(self, operation: str, **parameters: Any) -> datetime:
        """Return the time of an answer of AWS Backup, by its own clock."""
        return self._facts.answered_at("backup", self.region, operation, **parameters)

    def read(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer of AWS Backup in this region."""
        return self._facts.read("backup", self.region, operation, **parameters)
