"""The copies of one table's recovery points in the vaults of other regions."""

from collections.abc import Mapping

from conformance.config.declared.backups import Backups
from conformance.deployed.backups import DeployedBackups
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.recovery_points import (
    Document,
    bad,
    completed,
    finished,
    keys_of,
    retentions_of,
)
from conformance.deployed.table_backups import TableBackups
from conformance.model.backup.values import Retention, Timeline
from conformance.model.errors import NotApplicableError, NotAssessedError


class TableCopies:
    """The copies of one table's backups, joined to their sources."""

    def __init__(
        self, facts: Facts, backups: TableBackups, region: DeployedBackups, to: Backups
    ) -> None:
        """Know where to look; nothing is read yet."""
        self._facts = facts
        self._backups = backups
        self._region = region
        self._declared = to

    @property
    def timeline(self) -> Timeline:
        """The creation times of the recovery points that each declared vault copied.

        A copy counts from its source's creation: it can restore nothing newer.

        Raises:
            NotAssessedError: the plan is too young to have copied anything.
        """
        sources = {
            point["RecoveryPointArn"]: point
            for point in completed(self._backups.of_plan)
        }
        copied = frozenset.intersection(*map(self._copied, self._destinations))
        found = [sources[arn] for arn in copied if arn in sources]
        self._backups.refuse_young(found, self._declared.oldest_copy)
        return self._backups.timeline_of(found)

    def _copied(self, region: str) -> frozenset[str]:
        """Return the ARNs of the sources with a copy in the region's declared vault."""
        there = {point["RecoveryPointArn"] for point in completed(self._in(region))}
        return frozenset(
            job["SourceRecoveryPointArn"]
            for job in self._backups.own(self._region.copy_jobs)
            # DestinationRecoveryPointArn is absent until the copy is made.
            if job.get("DestinationRecoveryPointArn") in there
        )

    @property
    def bad_jobs(self) -> Mapping[str, str]:
        """Copy jobs of the last 24 hours that did not end well, with why."""
        jobs = self._destinations and self._backups.own(self._region.copy_jobs)
        if not jobs:
            raise NotAssessedError("no copy job in the last 24 hours (BKP-8)")
        return bad(list(jobs), "CopyJobId")

    @prefetched
    def points(self) -> Mapping[str, list[Document]]:
        """The copies in the declared vaults, by region.

        Raises:
            NotAssessedError: a region has none.
        """
        found = {region: finished(self._in(region)) for region in self._destinations}
        for region, copies in found.items():
            if not copies:
                raise NotAssessedError(f"no copy in {region} (BKP-8)")
        return found

    @property
    def retentions(self) -> Mapping[str, frozenset[Retention | str]]:
        """The retentions of the copies, by region."""
        return {region: retentions_of(points) for region, points in self.points.items()}

    @property
    def declared_retentions(self) -> Mapping[str, frozenset[Retention]]:
        """The declared retentions of the copies, by region."""
        copies = self._declared.copies.items()
        return {region: frozenset({copy.retention}) for region, copy in copies}

    @property
    def keys(self) -> Mapping[str, frozenset[str]]:
        """The ARNs of the keys of the copies, by region."""
        return {region: keys_of(copies) for region, copies in self.points.items()}

    @property
    def vault_keys(self) -> Mapping[str, frozenset[str]]:
        """The ARN of the key of the vault that they are in, by region."""
        return {
            region: frozenset({self._elsewhere(region).vault.key_arn})
            for region in self._destinations
        }

    @property
    def _destinations(self) -> list[str]:
        """The regions that this one copies to; only the primary region copies."""
        primary = self._facts.environment.regions[0]
        if self._region.region != primary or not self._declared.copies:
            raise NotApplicableError("no copies are declared from this region")
        return list(self._declared.copies)

    def _in(self, region: str) -> list[Document]:
        return self._elsewhere(region).points(self._backups.arn)

    def _elsewhere(self, region: str) -> DeployedBackups:
        return DeployedBackups(self._facts, region, self._declared)
