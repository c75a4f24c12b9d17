"""Requests of restores, by kind, and their progress at AWS."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from conformance.aws.client import AwsError
from conformance.aws.polling import wait_for
from conformance.config.declared.backups import Backups
from conformance.deployed import DeployedTable
from conformance.drills.journal import Journal
from conformance.drills.leftovers import Place
from conformance.drills.settings_repair import RestoredTable, read_anew
from conformance.model.drill_names import TAG, DrillName
from conformance.model.errors import UnreadableError

REFUSALS = {
    "BackupNotFoundException",
    "InvalidRestoreTimeException",
    "PointInTimeRecoveryUnavailableException",
}
"""AWS's refusals where there is nothing to restore from: the table is at fault."""
_PAUSE_S = 5.0
_UNDER_WAY = {"CREATED", "PENDING", "RUNNING"}


class NotRestorableError(Exception):
    """AWS has nothing to restore from; the message is AWS's."""


@dataclass
class RestoreRequest:
    """One restore to request: its source, its new table, and where that is made."""

    source: DeployedTable
    name: DrillName
    """The name of the new table."""
    home: Place
    place: Place
    """The place where the new table is made."""
    backups: Backups
    journal: Journal
    patience_s: float
    stopped: Callable[[], bool]
    moment: datetime | None = None
    """The restored second; of backups, the moment they were asked for."""
    until: datetime | None = None
    """The end of a backup, if it may hold what was written meanwhile."""
    backup: str = ""
    """The ARN of the on-demand backup or recovery point that is restored."""
    job: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    """AWS's answers about the limits of the restore, for the report."""

    def prepare(self) -> None:
        """Take the backup that will be restored; nothing for a restore to a time.

        Raises:
            UnreadableError, NotRestorableError: AWS refused.
        """
        if self.name.kind == "backup":
            self._back_up()
        elif self.name.kind in ("point", "copy"):
            self._make_point()
            if self.name.kind == "copy":
                self._copy()

    def require_moment(self) -> datetime:
        """Return the restored second; of backups it is known once they are there."""
        if self.moment is None:
            raise ValueError(f"{self.name}: no moment to restore was chosen")
        return self.moment

    def await_restorable(self) -> None:
        """Wait until the moment can be restored to; it follows the present.

        Raises:
            UnreadableError: the source could not be asked.
        """
        moment = self.require_moment()

        def reached(table: RestoredTable) -> bool:
            if table.recovery_status != "ENABLED" or self.stopped():
                return True
            earliest, until = table.recovery_window
            return moment <= until or earliest > moment

        def latest() -> RestoredTable:
            return read_anew(self.home, self.source)

        fresh = wait_for(latest, reached, self.patience_s, _PAUSE_S)
        if fresh.recovery_status == "ENABLED":
            earliest, until = fresh.recovery_window
            age = (datetime.now(UTC) - until).total_seconds()
            self.facts = {
                "latest_restorable_age_s": round(max(age, 0.0), 3),
                "latest_restorable": until.isoformat(),
                "earliest_restorable": earliest.isoformat(),
            }

    def request(self) -> None:
        """Request the restore.

        Raises:
            NotRestorableError: there is nothing to restore from.
            UnreadableError: AWS refused for another reason.
        """
        self.journal.note("table", self.place.region, self.name.name)
        try:
            match self.name.kind:
                case "pitr":
                    self.place.send(
                        "dynamodb",
                        "restore_table_to_point_in_time",
                        SourceTableName=self.source.name,
                        TargetTableName=self.name.name,
                        RestoreDateTime=self.moment,
                    )
                case "backup":
                    self.place.send(
                        "dynamodb",
                        "restore_table_from_backup",
                        TargetTableName=self.name.name,
                        BackupArn=self.backup,
                    )
                case _:
                    self._start_restore()
        except AwsError as problem:
            if problem.code in REFUSALS:
                raise NotRestorableError(str(problem)) from None
            raise

    def failure(self) -> str:
        """Return why AWS Backup gave up, or nothing."""
        if not self.job:
            return ""
        answer = self._ask("DescribeRestoreJob", RestoreJobId=self.job)
        if answer["Status"] in (*_UNDER_WAY, "COMPLETED"):
            return ""
        return f"{answer['Status']}: {answer.get('StatusMessage', '')}"

    def _back_up(self) -> None:
        self.journal.note("backup", self.home.region, self.name.name)
        answer = self.home.send(
            "dynamodb",
            "create_backup",
            TableName=self.source.name,
            BackupName=self.name.name,
        )
        details = answer["BackupDetails"]
        self.backup = details["BackupArn"]
        self.moment = details["BackupCreationDateTime"]
        status = self._wait(self._backup_status, {"CREATING"})
        if status != "AVAILABLE":
            raise NotRestorableError(f"the on-demand backup is {status}")

    def _backup_status(self) -> str:
        answer = self.home.ask("dynamodb", "DescribeBackup", BackupArn=self.backup)
        return str(answer["BackupDescription"]["BackupDetails"]["BackupStatus"])

    def _make_point(self) -> None:
        self.journal.note("recovery point", self.home.region, self.name.name)
        self.moment = datetime.now(UTC)
        answer = self.home.send(
            "backup",
            "start_backup_job",
            BackupVaultName=self.backups.vault,
            ResourceArn=self.source.arn,
            IamRoleArn=self._role(self.home),
            RecoveryPointTags={TAG: self.name.name},
            Lifecycle={"DeleteAfterDays": 1},
        )
        job = answer["BackupJobId"]

        def asked() -> dict[str, Any]:
            return self._ask("DescribeBackupJob", self.home, BackupJobId=job)

        state = self._wait(lambda: str(asked()["State"]), _UNDER_WAY)
        if state != "COMPLETED":
            message = asked().get("StatusMessage", "")
            raise NotRestorableError(f"the backup job is {state}: {message}")
        self.backup = asked()["RecoveryPointArn"]
        self.until = datetime.now(UTC)

    def _copy(self) -> None:
        self.journal.note("recovery point", self.place.region, self.name.name)
        account = self.place.clients.environment.account
        vault = self.place.vaults[-1]
        answer = self.home.send(
            "backup",
            "start_copy_job",
            RecoveryPointArn=self.backup,
            SourceBackupVaultName=self.backups.vault,
            DestinationBackupVaultArn=(
                f"arn:aws:backup:{self.place.region}:{account}:backup-vault:{vault}"
            ),
            IamRoleArn=self._role(self.home),
            Lifecycle={"DeleteAfterDays": 1},
        )
        job = answer["CopyJobId"]

        def asked() -> dict[str, Any]:
            return dict(
                self._ask("DescribeCopyJob", self.home, CopyJobId=job)["CopyJob"]
            )

        state = self._wait(lambda: str(asked()["State"]), _UNDER_WAY)
        if state != "COMPLETED":
            message = asked().get("StatusMessage", "")
            raise NotRestorableError(f"the copy job is {state}: {message}")
        self.backup = asked()["DestinationRecoveryPointArn"]
        # The destination's own clients learn from the tag that the copy is ours.
        self._ask("ListTags", ResourceArn=self.backup)

    def _start_restore(self) -> None:
        answer = self.place.send(
            "backup",
            "start_restore_job",
            RecoveryPointArn=self.backup,
            IamRoleArn=self._role(self.place),
            ResourceType="DynamoDB",
            Metadata={"targetTableName": self.name.name, **self._encryption()},
        )
        self.job = answer["RestoreJobId"]

    def _encryption(self) -> dict[str, str]:
        """Return the source's encryption; without it AWS Backup takes AWS's own key."""
        described = self.source.description.get("SSEDescription")
        if described is None:
            return {"encryptionType": "Default"}
        key = described["KMSMasterKeyArn"]
        if self.place is not self.home:
            into = self.home.clients.environment.restore_into
            key = into.kms_key_arn if into else None
        managed = self.source.encryption_key.key_class == "AWS_MANAGED"
        if managed or key is None:
            return {"encryptionType": "KMS", "kmsMasterKeyArn": "Not Applicable"}
        return {"encryptionType": "KMS", "kmsMasterKeyArn": key}

    def _role(self, place: Place) -> str:
        account = place.clients.environment.account
        return f"arn:aws:iam::{account}:role/{self.backups.role}"

    def _wait(self, ask: Callable[[], str], under_way: set[str]) -> str:
        def over(state: str) -> bool:
            return state not in under_way or self.stopped()

        state = wait_for(ask, over, self.patience_s, _PAUSE_S)
        if self.stopped():
            raise UnreadableError("the drill was stopped")
        return state

    def _ask(
        self, operation: str, place: Place | None = None, **parameters: Any
    ) -> dict[str, Any]:
        where = place or self.place
        return where.ask("backup", operation, **parameters)
