"""The guard of drills: they restore into tables of their own, and touch no others.

The interlock asks here for the classes `sandbox` and `restore`.
"""

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from conformance.model.drill_names import TAG, DrillName
from conformance.model.errors import RefusedError
from conformance.model.operations import SANDBOX

_LEARNT = {
    "StartBackupJob": "RecoveryPointArn",
    "DescribeBackupJob": "RecoveryPointArn",
    "DescribeCopyJob": "DestinationRecoveryPointArn",
}
Parameters = dict[str, Any]


@dataclass
class DrillGuard:
    """The tables, backups and recovery points that drills may change."""

    tables: Container[str]
    """The deployed names of the declared tables."""
    backups: Container[str]
    """The ARNs of on-demand backups that bear a name of ours."""
    points: set[str] = field(default_factory=set)
    """The ARNs of recovery points that bear our tag, or that we asked for."""
    _jobs: set[str] = field(default_factory=set)

    def source(self, name: str) -> str | None:
        """Return the declared table that a table is, or is a restored copy of."""
        ours = DrillName.parse(name)
        source = ours.table if ours else name
        return source if source in self.tables else None

    def is_ours(self, name: Any) -> bool:
        """Return True if this environment's drills give tables such a name."""
        ours = DrillName.parse(str(name))
        return ours is not None and ours.table in self.tables

    def check(self, service: str, operation: str, parameters: Parameters) -> None:
        """Let the request pass if it is about what is ours.

        Raises:
            RefusedError: it is not.
        """
        problem = self._problem(operation, parameters)
        if problem:
            raise RefusedError(
                f"{service}:{operation} refused: {problem}. A drill changes and "
                "removes only what it made itself, by name, tag or answer of AWS."
            )

    def answered(
        self, operation: str, parameters: Parameters, answer: Parameters
    ) -> None:
        """Learn from AWS's answers which recovery points are ours."""
        if operation == "ListTags":
            ours = DrillName.parse(answer.get("Tags", {}).get(TAG, ""))
            if ours and ours.table in self.tables:
                self.points.add(parameters["ResourceArn"])
        if operation in ("StartBackupJob", "StartCopyJob"):
            self._jobs |= {
                answer[name] for name in ("BackupJobId", "CopyJobId") if name in answer
            }
        asked = {parameters.get("BackupJobId"), parameters.get("CopyJobId")}
        if operation == "StartBackupJob" or asked & self._jobs:
            point = answer.get("CopyJob", answer).get(_LEARNT.get(operation, ""))
            self.points |= {point} - {None}

    def _problem(self, operation: str, given: Parameters) -> str:
        table = given.get("TableName") or given.get("SourceTableName", "")
        source = given.get("SourceTableArn", "").rpartition(":table/")[2]
        arn = given.get("ResourceArn", "").rpartition(":table/")[2]
        target = given.get("TargetTableName", "")
        metadata = given.get("Metadata", {}).get("targetTableName", "")
        match operation:
            case "Scan":
                problems = ["" if self.source(table) else f"{table!r} is not declared"]
            case "RestoreTableToPointInTime":
                named = [name for name in (table, source) if name] or [""]
                problems = [*map(self._declared, named), self._target(target)]
            case "RestoreTableFromBackup":
                problems = [self._backup(given), self._target(target)]
            case "StartBackupJob":
                problems = [self._declared(arn), self._tag(given)]
            case "StartRestoreJob":
                problems = [self._point(given), self._target(metadata)]
            case "StartCopyJob" | "DeleteRecoveryPoint":
                problems = [self._point(given)]
            case _ if operation in SANDBOX["dynamodb"]:
                problems = [self._target(table or arn)]
            case _:
                problems = []
        return next(filter(None, problems), "")

    def _declared(self, name: str) -> str:
        return "" if name in self.tables else f"{name!r} is not a declared table"

    def _target(self, name: str) -> str:
        return "" if self.is_ours(name) else f"{name!r} is no table of a drill"

    def _point(self, given: Parameters) -> str:
        arn = given["RecoveryPointArn"]
        return "" if arn in self.points else f"a foreign recovery point, {arn}"

    def _backup(self, given: Parameters) -> str:
        arn = given["BackupArn"]
        return "" if arn in self.backups else f"a foreign backup, {arn}"

    def _tag(self, given: Parameters) -> str:
        tag = given.get("RecoveryPointTags", {}).get(TAG, "")
        return "" if self.is_ours(tag) else "the recovery point would not bear our tag"
