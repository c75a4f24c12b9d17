"""On-demand backups: full copies of a table, kept until they are deleted.

AWS Backup's recovery points are never among them (API_ListBackups).
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from aws_standin.dynamodb.point_in_time_recovery import refuse_without_backups
from aws_standin.dynamodb.settings import Settings
from aws_standin.dynamodb.table_restore import TableRestore
from aws_standin.dynamodb.tables import Name, Table, Tables, name_in
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

KEPT_AFTER_DELETION = timedelta(days=35)
"""The time for which DynamoDB keeps the backup of a deleted table with point-in-time
recovery (Developer guide, "Point-in-time recovery: how it works")."""
MOST = 100
"""Backups on one page (API_ListBackups)."""
Document = dict[str, Any]
OPERATIONS = (
    "CreateBackup",
    "DeleteBackup",
    "DeleteTable",
    "DescribeBackup",
    "ListBackups",
    "RestoreTableFromBackup",
)


@dataclass
class Backup:
    """One backup and what it holds."""

    name: Name
    arn: str
    backup_name: str
    kind: str
    """USER, or SYSTEM for the one that a deleted table leaves."""
    created: datetime
    available: datetime
    source: Document
    """The table's description when the backup was made."""
    items: list[Document]
    expires: datetime | None = None


@dataclass
class Backups:
    """Answers the operations of on-demand backups."""

    tables: Tables
    settings: Settings
    table_restore: TableRestore
    backups: dict[str, Backup] = field(default_factory=dict)
    """By ARN."""

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer the operations on backups; keep one of a table that is deleted."""
        if request.operation == "DeleteTable":
            return self._delete_table(request, onward)
        ours = {
            "CreateBackup": self._create,
            "DescribeBackup": self._describe,
            "DeleteBackup": self._delete,
            "ListBackups": self._list,
            "RestoreTableFromBackup": self._restore,
        }.get(request.operation)
        return ours(request) if ours else onward(request)

    def _create(self, request: Request) -> Response:
        given = request.parameters
        name = name_in(request, given["TableName"])
        table = self.tables.find(name)
        if table is None:
            raise AwsError("TableNotFoundException", f"Table not found: {name.table}")
        refuse_without_backups(table, self.settings, self.tables.clock.now())
        backup = self._taken(table, given["BackupName"])
        self.backups[backup.arn] = backup
        return answer(request, {"BackupDetails": self._details(backup)})

    def _taken(self, table: Table, backup_name: str) -> Backup:
        now = self.tables.clock.now()
        seconds = self.settings.of(table.name, "backup_creating")
        number = f"01{int(now.timestamp() * 1000)}-{uuid4().hex[:8]}"
        with self.tables.locked([table.name]):
            return Backup(
                name=table.name,
                arn=f"{table.name.arn}/backup/{number}",
                backup_name=backup_name,
                kind="USER",
                created=now,
                available=now + timedelta(seconds=seconds),
                source=self.table_restore.describe(table),
                items=table.journal.items(),
            )

    def _describe(self, request: Request) -> Response:
        backup = self._backup(request)
        return answer(request, {"BackupDescription": self._description(backup)})

    def _delete(self, request: Request) -> Response:
        backup = self._backup(request)
        self._refuse_unless_available(backup)
        description = self._description(backup)
        description["BackupDetails"]["BackupStatus"] = "DELETED"
        del self.backups[backup.arn]
        return answer(request, {"BackupDescription": description})

    def _list(self, request: Request) -> Response:
        given = request.parameters
        found = [one for one in self._all(request) if self._wanted(request, one)]
        found.sort(key=lambda one: (one.created, one.arn))
        start = given.get("ExclusiveStartBackupArn")
        arns = [one.arn for one in found]
        begin = arns.index(start) + 1 if start in arns else 0
        limit = given.get("Limit", MOST)
        page = found[begin : begin + limit]
        payload: Document = {"BackupSummaries": [self._summary(one) for one in page]}
        if begin + limit < len(found):
            payload["LastEvaluatedBackupArn"] = page[-1].arn
        return answer(request, payload)

    def _restore(self, request: Request) -> Response:
        asked = request.parameters
        backup = self._backup(request)
        self._refuse_unless_available(backup)
        summary = {
            "SourceBackupArn": backup.arn,
            "SourceTableArn": backup.name.arn,
            "RestoreDateTime": backup.created.timestamp(),
        }
        shown = self.table_restore.restore(
            Name(request.account, request.region, asked["TargetTableName"]),
            backup.source,
            asked | {"RestoreSummary": summary},
            lambda: backup.items,
        )
        return answer(request, {"TableDescription": shown})

    def _delete_table(self, request: Request, onward: Onward) -> Response:
        """Keep a SYSTEM backup of a table that had point-in-time recovery."""
        table = self.tables.find(name_in(request, request.parameters["TableName"]))
        if table is None or table.recovery is None:
            return onward(request)
        backup = self._taken(table, f"{table.name.table}$DeletedTableBackup")
        backup.kind = "SYSTEM"
        backup.expires = backup.created + KEPT_AFTER_DELETION
        response = onward(request)
        if response.ok:
            self.backups[backup.arn] = backup
        return response

    def _backup(self, request: Request) -> Backup:
        arn = request.parameters["BackupArn"]
        backup = self.backups.get(arn)
        here = (request.account, request.region)
        if backup is None or (backup.name.account, backup.name.region) != here:
            raise AwsError("BackupNotFoundException", f"Backup not found: {arn}")
        return backup

    def _refuse_unless_available(self, backup: Backup) -> None:
        if self._status(backup) != "AVAILABLE":
            message = f"Backup is being created: {backup.arn}"
            raise AwsError("BackupInUseException", message)

    def _status(self, backup: Backup) -> str:
        held = self.settings.held_status(backup.name, f"backup/{backup.backup_name}")
        waiting = backup.available > self.tables.clock.now()
        return held or ("CREATING" if waiting else "AVAILABLE")

    def _all(self, request: Request) -> list[Backup]:
        now = self.tables.clock.now()
        here = (request.account, request.region)
        return [
            one
            for one in list(self.backups.values())
            if (one.name.account, one.name.region) == here
            and not (one.expires and one.expires <= now)
        ]

    def _wanted(self, request: Request, backup: Backup) -> bool:
        """Say whether ListBackups asks for a backup; the upper bound is exclusive."""
        given = request.parameters
        lower = given.get("TimeRangeLowerBound", 0)
        upper = given.get("TimeRangeUpperBound", datetime.max.replace(tzinfo=UTC))
        if isinstance(upper, datetime):
            upper = upper.timestamp()
        table = given.get("TableName")
        return (
            (not table or name_in(request, table) == backup.name)
            and given.get("BackupType", "USER") in (backup.kind, "ALL")
            and lower <= backup.created.timestamp() < upper
        )

    def _details(self, backup: Backup) -> Document:
        details = {
            "BackupArn": backup.arn,
            "BackupName": backup.backup_name,
            "BackupSizeBytes": sum(len(json.dumps(item)) for item in backup.items),
            "BackupStatus": self._status(backup),
            "BackupType": backup.kind,
            "BackupCreationDateTime": backup.created,
        }
        if backup.expires:
            details["BackupExpiryDateTime"] = backup.expires
        return details

    def _summary(self, backup: Backup) -> Document:
        return {
            "TableName": backup.name.table,
            "TableId": backup.source["TableId"],
            "TableArn": backup.name.arn,
            **self._details(backup),
        }

    def _description(self, backup: Backup) -> Document:
        source = backup.source
        billing = source.get("BillingModeSummary", {}).get("BillingMode")
        features = {
            "GlobalSecondaryIndexes": source.get("GlobalSecondaryIndexes"),
            "LocalSecondaryIndexes": source.get("LocalSecondaryIndexes"),
            "StreamDescription": source.get("StreamSpecification"),
            "SSEDescription": source.get("SSEDescription"),
        }
        return {
            "BackupDetails": self._details(backup),
            "SourceTableDetails": {
                "TableName": backup.name.table,
                "TableId": source["TableId"],
                "TableArn": backup.name.arn,
                "TableSizeBytes": source.get("TableSizeBytes", 0),
                "KeySchema": source["KeySchema"],
                "TableCreationDateTime": source["CreationDateTime"],
                "ProvisionedThroughput": source["ProvisionedThroughput"],
                "ItemCount": len(backup.items),
                "BillingMode": billing or "PROVISIONED",
            },
            "SourceTableFeatureDetails": {k: v for k, v in features.items() if v},
        }
