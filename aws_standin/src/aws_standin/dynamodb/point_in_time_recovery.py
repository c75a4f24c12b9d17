"""Continuous backups: point-in-time recovery, its window, and restores from it.

The window begins when recovery is switched on and never reaches back further than
the recovery period; it ends a settable delay before now.  Switching recovery off and
on begins a new window (API_UpdateContinuousBackups and
API_PointInTimeRecoveryDescription).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_standin.dynamodb.settings import Settings
from aws_standin.dynamodb.table_restore import TableRestore
from aws_standin.dynamodb.tables import Name, Recovery, Table, Tables, name_in
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

LONGEST = 35
"""Days; also what a period not given means (API_PointInTimeRecoverySpecification)."""
Document = dict[str, Any]
OPERATIONS = (
    "DescribeContinuousBackups",
    "RestoreTableToPointInTime",
    "UpdateContinuousBackups",
)


def window(
    recovery: Recovery, now: datetime, delay: float
) -> tuple[datetime, datetime]:
    """Return the earliest and the latest restorable time, in whole seconds."""
    earliest = max(recovery.since, now - timedelta(days=recovery.days))
    latest = max(earliest, now - timedelta(seconds=delay))
    return earliest.replace(microsecond=0), latest.replace(microsecond=0)


def refuse_without_backups(table: Table, settings: Settings, now: datetime) -> None:
    """Raise ContinuousBackupsUnavailableException for a table that is too new."""
    seconds = settings.of(table.name, "backups_enabling")
    if seconds and now < table.created + timedelta(seconds=seconds):
        message = (
            "Backups are being enabled for the table: "
            f"{table.name.table}. Please retry later"
        )
        raise AwsError("ContinuousBackupsUnavailableException", message)


@dataclass
class ContinuousBackups:
    """Answers the operations of continuous backups."""

    tables: Tables
    settings: Settings
    table_restore: TableRestore

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer UpdateContinuousBackups, DescribeContinuousBackups and the restore."""
        match request.operation:
            case "UpdateContinuousBackups":
                return self._update(request)
            case "DescribeContinuousBackups":
                name = name_in(request, request.parameters["TableName"])
                return answer(request, self._described(self._table(name)))
            case "RestoreTableToPointInTime":
                return self._restore(request)
        return onward(request)

    def _update(self, request: Request) -> Response:
        given = request.parameters
        table = self._table(name_in(request, given["TableName"]))
        refuse_without_backups(table, self.settings, self.tables.clock.now())
        wanted = given["PointInTimeRecoverySpecification"]
        if not wanted["PointInTimeRecoveryEnabled"]:
            table.recovery = None
            return answer(request, self._described(table))
        days = wanted.get("RecoveryPeriodInDays")
        if days is not None:
            _check_period(days)
        if table.recovery is None:
            table.recovery = Recovery(self.tables.clock.now(), days or LONGEST)
        elif days is not None:
            self._change_period(table.recovery, days)
        return answer(request, self._described(table))

    def _change_period(self, recovery: Recovery, days: int) -> None:
        """Change the period; a longer one brings nothing back that was dropped."""
        dropped = self.tables.clock.now() - timedelta(days=recovery.days)
        recovery.since = max(recovery.since, dropped)
        recovery.days = days

    def _described(self, table: Table) -> Document:
        description: Document = {"PointInTimeRecoveryStatus": "DISABLED"}
        if table.recovery:
            earliest, latest = self._window(table, table.recovery)
            description = {
                "PointInTimeRecoveryStatus": "ENABLED",
                "RecoveryPeriodInDays": table.recovery.days,
                "EarliestRestorableDateTime": earliest,
                "LatestRestorableDateTime": latest,
            }
        return {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": description,
            }
        }

    def _restore(self, request: Request) -> Response:
        asked = request.parameters
        source = self._source(request)
        moment = self._moment(source, asked)
        summary = {
            "SourceTableArn": source.name.arn,
            "RestoreDateTime": moment.timestamp(),
        }
        shown = self.table_restore.restore(
            Name(request.account, request.region, asked["TargetTableName"]),
            self.table_restore.describe(source),
            asked | {"RestoreSummary": summary},
            lambda: self._contents(source, moment),
        )
        return answer(request, {"TableDescription": shown})

    def _contents(self, source: Table, moment: datetime) -> list[Document]:
        offset = timedelta(seconds=self.settings.of(source.name, "restore_offset"))
        with self.tables.locked([source.name]):
            return source.journal.items_at(moment + offset)

    def _source(self, request: Request) -> Table:
        asked = request.parameters
        given = asked.get("SourceTableName") or asked.get("SourceTableArn")
        if not given:
            message = "SourceTableName or SourceTableArn must be specified."
            raise AwsError("ValidationException", message)
        return self._table(name_in(request, given))

    def _moment(self, table: Table, asked: Document) -> datetime:
        """Return the time to restore to; raises if it is outside of the window."""
        if table.recovery is None:
            message = (
                f"Point in time recovery is not enabled for table '{table.name.table}'"
            )
            raise AwsError("PointInTimeRecoveryUnavailableException", message)
        earliest, latest = self._window(table, table.recovery)
        if asked.get("UseLatestRestorableTime"):
            return latest
        if "RestoreDateTime" not in asked:
            message = "Either RestoreDateTime or UseLatestRestorableTime must be given."
            raise AwsError("ValidationException", message)
        moment = datetime.fromtimestamp(asked["RestoreDateTime"], UTC)
        if earliest <= moment <= latest:
            return moment
        message = (
            "The specified restore time is not valid: RestoreDateTime must be between"
            f" {earliest.isoformat()} and {latest.isoformat()}"
        )
        raise AwsError("InvalidRestoreTimeException", message)

    def _window(self, table: Table, recovery: Recovery) -> tuple[datetime, datetime]:
        delay = self.settings.of(table.name, "latest_restorable_delay")
        return window(recovery, self.tables.clock.now(), delay)

    def _table(self, name: Name) -> Table:
        table = self.tables.find(name)
        if table is None:
            raise AwsError("TableNotFoundException", f"Table not found: {name.table}")
        return table


def _check_period(days: int) -> None:
    if not 1 <= days <= LONGEST:
        bound = "less than or equal to 35" if days > LONGEST else "at least 1"
        message = (
            f"1 validation error detected: Value '{days}' at"
            " 'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to"
            f" satisfy constraint: Member must have value {bound}"
        )
        raise AwsError("ValidationException", message)
