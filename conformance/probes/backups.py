"""On-demand backups of our own: taken, waited for, found in the list, removed."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from conformance.aws.client import AwsClients, AwsError
from conformance.aws.polling import wait_for
from conformance.aws.recorder import StepLog
from conformance.deployed import DeployedTable
from conformance.model.drill_names import DrillName
from conformance.model.errors import NotAssessedError
from conformance.model.suite_keys import PREFIX

_GONE = "GONE"
_LEFT_BEHIND_AFTER = timedelta(minutes=15)
"""No backup of a run that is alive is older: its probe would have ended by then."""


@dataclass(frozen=True, repr=False)
class Exercise:
    """The result of one on-demand backup."""

    status: str
    """The last status that was seen before its removal."""
    listed: bool
    removed: bool

    def __repr__(self) -> str:
        """Return the result in words."""
        listed = "listed" if self.listed else "not listed"
        removed = "removed" if self.removed else "not removed"
        return f"{self.status}, {listed}, {removed}"


COMPLETE = Exercise("AVAILABLE", listed=True, removed=True)


@dataclass
class _Backup:
    """One table's backup while it is exercised."""

    table: DeployedTable
    name: str
    arn: str = ""
    asked: bool = False
    status: str = "not made"
    listed: bool = False
    removed: bool = False
    seconds: float = 0.0
    log: StepLog = field(default_factory=StepLog)


class OnDemandBackups:
    """One backup of each of some tables of a region, all of them requested together."""

    def __init__(
        self, clients: AwsClients, tables: Iterable[DeployedTable], patience_s: float
    ) -> None:
        """Name the backups; nothing is sent yet."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        nonce = uuid4().hex[:8]
        self._clients = clients
        self._patience_s = patience_s
        self._backups = {
            table.name: _Backup(table, f"{PREFIX}{table.name}-{stamp}-{nonce}")
            for table in tables
        }

    def take(self) -> None:
        """Take, find and remove them; what goes wrong with one waits for its reader."""
        try:
            for step in (self._create, self._await, self._find):
                for backup in self._backups.values():
                    if not backup.log.error:
                        backup.log.take(partial(step, backup))
        finally:
            for backup in self._backups.values():
                backup.log.take(partial(self._remove, backup))

    def of(self, table: DeployedTable) -> tuple[Exercise, float]:
        """Return the result of a table's backup, and the seconds to AVAILABLE.

        Raises:
            UnreadableError, NotAssessedError: as AWS's answers were.
        """
        backup = self._backups[table.name]
        backup.log.require()
        exercise = Exercise(backup.status, backup.listed, backup.removed)
        return exercise, round(backup.seconds, 3)

    def _create(self, backup: _Backup) -> None:
        if backup.table.status not in ("ACTIVE", "UPDATING"):
            backup.table.require_present()
            raise NotAssessedError(f"table is {backup.table.status} (TBL-1)")
        backup.asked = True
        backup.seconds = time.monotonic()
        answer = self._send(
            backup,
            "create_backup",
            TableName=backup.table.name,
            BackupName=backup.name,
        )
        backup.arn = answer["BackupDetails"]["BackupArn"]

    def _await(self, backup: _Backup) -> None:
        backup.status = wait_for(
            lambda: self._status(backup),
            _is_made,
            self._patience_s,
        )
        backup.seconds = time.monotonic() - backup.seconds

    def _find(self, backup: _Backup) -> None:
        backup.listed = wait_for(
            lambda: backup.arn in self._listed(backup), bool, self._patience_s
        )

    def _remove(self, backup: _Backup) -> None:
        if backup.asked and not backup.arn:  # asked for, but the answer was lost
            found = self._listed(backup)
            backup.arn = next((arn for arn in found if found[arn] == backup.name), "")
        if backup.arn:
            # What is still CREATING cannot be deleted; a later run removes it.
            status = wait_for(lambda: self._status(backup), _is_made, self._patience_s)
            if not _is_made(status):
                return
            self._send(backup, "delete_backup", BackupArn=backup.arn)
            backup.removed = wait_for(
                lambda: (
                    self._status(backup) == _GONE
                    and backup.arn not in self._listed(backup)
                ),
                bool,
                self._patience_s,
            )

    def _status(self, backup: _Backup) -> str:
        try:
            answer = self._ask(backup, "DescribeBackup", BackupArn=backup.arn)
        except AwsError as problem:
            if problem.code != "BackupNotFoundException":
                raise
            return _GONE
        status = str(answer["BackupDescription"]["BackupDetails"]["BackupStatus"])
        return _GONE if status == "DELETED" else status

    def _listed(self, backup: _Backup) -> dict[str, str]:
        return {
            listed_backup["BackupArn"]: listed_backup["BackupName"]
            for listed_backup in listed(self._clients, backup.table)
        }

    def _ask(self, backup: _Backup, operation: str, **parameters: Any) -> Any:
        return self._clients.ask(
            "dynamodb", backup.table.region, operation, **parameters
        )

    def _send(self, backup: _Backup, method: str, **parameters: Any) -> Any:
        return self._clients.send("dynamodb", backup.table.region, method, **parameters)


def sweep(clients: AwsClients, table: DeployedTable) -> int:
    """Delete the backups that an earlier run left of the table; say how many.

    Raises:
        AwsError, UnreadableError: they could not be listed or deleted.
    """
    before = datetime.now(UTC) - _LEFT_BEHIND_AFTER
    left = [
        listed_backup["BackupArn"]
        for listed_backup in listed(clients, table)
        if listed_backup["BackupName"].startswith(PREFIX)
        and not DrillName.parse(
            listed_backup["BackupName"]
        )  # a drill's, which sweeps by itself
        and listed_backup["BackupCreationDateTime"] < before
    ]
    for arn in left:
        clients.send("dynamodb", table.region, "delete_backup", BackupArn=arn)
    return len(left)


def listed(clients: AwsClients, table: DeployedTable) -> list[dict[str, Any]]:
    """Return the on-demand backups of the table; AWS Backup's are never among them."""
    answer = clients.ask("dynamodb", table.region, "ListBackups", TableName=table.name)
    return list(answer["BackupSummaries"])


def _is_made(status: str) -> bool:
    return status != "CREATING"
