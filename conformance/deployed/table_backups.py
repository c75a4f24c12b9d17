"""The backups of one table in one region."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from conformance.config.declared.backups import Backups
from conformance.deployed.backup_role import BackupRole
from conformance.deployed.backup_vault import CUSTOMER_MANAGED
from conformance.deployed.backups import ON, DeployedBackups, Selection
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.recovery_points import (
    Document,
    bad,
    completed,
    finished,
    keys_of,
    retentions_of,
)
from conformance.deployed.table import DeployedTable
from conformance.model.backup.selection import Coverage, coverage, needs_tags
from conformance.model.backup.values import DAY, Minutes, Retention, Role, Timeline
from conformance.model.errors import NotAssessedError, NotUnderstoodError
from conformance.model.table import AWS_OWNED


class TableBackups:
    """The backups of one table, as AWS Backup lists them."""

    def __init__(
        self,
        facts: Facts,
        table: DeployedTable,
        region: DeployedBackups,
        declared: Backups,
    ) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self._table = table
        self._region = region
        self._declared = declared
        self.arn = table.arn

    @property
    def coverage(self) -> Coverage:
        """The selection of the backup plan that covers the table, or why none does.

        Raises:
            NotAssessedError: what AWS does not document decides it.
        """
        covering = self._covering
        if covering:
            name = covering[0].document["SelectionName"]
            told = f"selection {name} of {self._declared.plan}"
            return Coverage(covered=True, because=told)
        reasons = "; ".join(missed.because for _, missed in self._coverages)
        return Coverage(False, reasons or "the plan has no selection")

    @property
    def _covering(self) -> list[Selection]:
        """The selections that cover the table."""
        return [selection for selection, found in self._coverages if found.covered]

    @property
    def _coverages(self) -> list[tuple[Selection, Coverage]]:
        """The coverage of the table by each selection that is understood.

        Raises:
            NotUnderstoodError: none covers it, and one is not understood.
        """
        found, doubts = [], []
        for selection in self._region.selections:
            try:
                found.append((selection, self._coverage(selection)))
            except NotUnderstoodError as problem:
                doubts.append(problem)
        if doubts and not any(coverage.covered for _, coverage in found):
            raise doubts[0]
        return found

    def _coverage(self, selection: Selection) -> Coverage:
        document = selection.document
        tags = self._table.tags if needs_tags(document) else {}
        named = coverage(document, self.arn, tags, opted_in=False)
        # The opt-in is read where something rests on it.
        if named.covered or self._region.opt_in != ON:
            return named
        return coverage(document, self.arn, tags, opted_in=True)

    @prefetched
    def roles(self) -> frozenset[Role]:
        """The roles of the covering selections, and whether AWS Backup can assume them.

        Raises:
            NotAssessedError: no selection covers the table.
        """
        return frozenset(role.trusted for role in self._roles)

    @prefetched
    def refused_to_roles(self) -> frozenset[str]:
        """The actions of its jobs that the roles of the covering selections may not do.

        Raises:
            NotAssessedError: no selection covers the table, or a role is missing.
        """
        copies = self._region.copy_destinations
        vault = self._region.vault.arn
        by_tags = any(needs_tags(selection.document) for selection in self._covering)
        return frozenset(
            refused
            for role in self._roles
            for refused in role.refused(self.arn, vault, copies, by_tags=by_tags)
        )

    @prefetched
    def refused_by_keys(self) -> frozenset[str]:
        """The rights that customers' keys of vaults and table refuse the roles.

        Raises:
            NotAssessedError: no selection covers the table, or a role is missing.
        """
        vault_key = self._region.vault.customer_key
        key = self._table_key
        found = set[str]()
        for role in self._roles:
            found |= role.refused_by_keys(vault_key, self.arn, key)
            for region, vault in self._region.copy_vaults.items():
                there = role.in_region(region)
                found |= there.refused_by_keys(vault.customer_key, self.arn, "")
        return frozenset(found)

    @property
    def _table_key(self) -> str:
        """The ARN of the table's key if it is a customer's, else ""."""
        if self._table.encryption == AWS_OWNED:
            return ""
        key = self._table.encryption_key
        return key.arn if key.key_class == CUSTOMER_MANAGED else ""

    @property
    def _roles(self) -> list[BackupRole]:
        if not self._covering:
            raise NotAssessedError("no selection covers the table (BKP-5)")
        arns = {str(selection.document["IamRoleArn"]) for selection in self._covering}
        region = self._table.region
        return [BackupRole(self._facts, region, arn) for arn in sorted(arns)]

    @prefetched
    def points(self) -> list[Document]:
        """The table's recovery points in the declared vault."""
        return self._region.points(self.arn)

    @property
    def of_plan(self) -> list[Document]:
        """The recovery points of the backup plan; CreatedBy is absent on all others."""
        plan = self._region.plan_id
        return [
            point
            for point in self.points
            if point.get("CreatedBy", {}).get("BackupPlanId") == plan
        ]

    @property
    def timeline(self) -> Timeline:
        """The times at which the backup plan backed the table up, successfully.

        Raises:
            NotAssessedError: the plan is too young to have done so.
        """
        made = completed(self.of_plan)
        self.refuse_young(made, self._declared.oldest)
        return self.timeline_of(made)

    def timeline_of(self, points: list[Document]) -> Timeline:
        """Return the times of these recovery points, in the backup plan's last day."""
        now = self._region.points_listed_at(self.arn)
        return Timeline(
            moments=sorted(point["CreationDate"] for point in points),
            since=max(now - DAY, self._began(points)),
            now=now,
        )

    def refuse_young(self, points: list[Document], first_after: Minutes) -> None:
        """Judge no plan that had no time yet.

        The first period passes before the first run; a first recovery point, or one
        of a table that a selection has only just been covering, may take longer.
        """
        interval = self._declared.interval
        plan = self._region.plan_since
        now = self._region.points_listed_at(self.arn)
        if now - plan < timedelta(minutes=interval.minutes):
            raise NotAssessedError(_young("plan", plan, interval))
        began = plan if points else self._began(points)
        if not points and now - began < timedelta(minutes=first_after.minutes):
            raise NotAssessedError(_young("selection or table", began, first_after))

    def _began(self, points: list[Document]) -> datetime:
        """Return when the plan began with the table.

        A selection that is made anew, as Terraform does it, covers what an older one
        did: recovery points from before show that. So does a table that is restored.

        Raises:
            NotAssessedError: no selection covers the table, and nothing shows that one
                did.
        """
        plan = self._region.plan_since
        if not points and not self._covering:
            raise NotAssessedError("no selection covers the table (BKP-5)")
        day_ago = self._region.points_listed_at(self.arn) - DAY
        if any(point["CreationDate"] < day_ago for point in points):
            return plan  # whatever began later, the day that is judged did not
        selections = self._region.selections if points else self._covering
        selected = min((one.created for one in selections), default=plan)
        made: datetime = self._table.description["CreationDateTime"]
        covered = max(selected, made)
        if any(point["CreationDate"] < covered for point in points):
            return plan
        return max(plan, covered)

    @property
    def missed_runs(self) -> list[str]:
        """The runs of the rule, in the timeline's window, without a recovery point.

        Raises:
            NotAssessedError: AWS Backup does not take the rule.
        """
        timeline, rule = self.timeline, self._region.rule
        if rule.refusal:
            raise NotAssessedError(f"rule {rule.name} is refused (BKP-3)")
        ended = timedelta(
            minutes=rule.start_window.minutes + self._declared.job_time.minutes
        )
        runs = rule.schedule.due(timeline.since, timeline.now - ended)
        missed = timeline.missed(runs, rule.start_window)
        return [f"{run:%Y-%m-%d %H:%M} UTC" for run in missed]

    @property
    def retentions(self) -> frozenset[Retention | str]:
        """The retentions of the rule's recovery points, and what outlived its end."""
        others = self._region.plan.others(self._region.rule)
        made = [
            point
            for point in finished(self.of_plan)
            if point["CreatedBy"].get("BackupRuleId") not in others
        ]
        if not made:
            raise NotAssessedError("the rule made no recovery point yet (BKP-6)")
        return retentions_of(made)

    @property
    def keys(self) -> frozenset[str]:
        """The ARNs of the keys that the recovery points are encrypted with."""
        if not (points := finished(self.points)):
            raise NotAssessedError("there is no recovery point yet (BKP-6)")
        return keys_of(points)

    @property
    def bad_jobs(self) -> Mapping[str, str]:
        """Backup jobs of the last 24 hours that did not end well, with why."""
        jobs = self.own(self._region.backup_jobs)
        if not jobs:
            raise NotAssessedError("no backup job in the last 24 hours (BKP-6)")
        return bad(jobs, "BackupJobId")

    def own(self, jobs: list[Document]) -> list[Document]:
        """Return the jobs that are about the table."""
        return [job for job in jobs if job["ResourceArn"] == self.arn]


def _young(what: str, began: datetime, limit: Minutes) -> str:
    return f"the {what} is younger than {limit} (since {began:%Y-%m-%d %H:%M} UTC)"
