"""The life of a table: created, updated, described, deleted, with AWS's statuses.

A table that is CREATING answers DescribeTable alone; one that is UPDATING refuses
another UpdateTable; one that is DELETING still serves data (API_CreateTable,
API_UpdateTable, API_DeleteTable).
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aws_standin.dynamodb.encryption import key_metadata, sse_description
from aws_standin.dynamodb.settings import Settings
from aws_standin.dynamodb.shown_settings import keep
from aws_standin.dynamodb.table_description import ON_DEMAND, described
from aws_standin.dynamodb.table_status import ACTIVE, Statuses
from aws_standin.dynamodb.tables import Name, Phase, Table, Tables, name_in
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

IN_USE = "Attempt to change a resource which is still in use: Table is being"
PROTECTED = (
    "Resource cannot be deleted as it is currently protected against deletion."
    " Disable deletion protection first."
)
DOING = {"CREATING": "created", "UPDATING": "updated", "DELETING": "deleted"}
Document = dict[str, Any]
OPERATIONS = ("CreateTable", "UpdateTable", "DescribeTable", "DeleteTable")


@dataclass
class Lifecycle:
    """Answers the table operations of the control plane."""

    tables: Tables
    statuses: Statuses
    settings: Settings
    deleting: set[Name] = field(default_factory=set)

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer CreateTable, UpdateTable, DescribeTable, DeleteTable."""
        match request.operation:
            case "CreateTable":
                return self._create(request, onward)
            case "UpdateTable":
                return self._update(request, onward)
            case "DescribeTable":
                return self._describe(request, onward)
            case "DeleteTable":
                return self._delete(request)
        return onward(request)

    def _create(self, request: Request, onward: Onward) -> Response:
        given = request.parameters
        name = name_in(request, given["TableName"])
        ask = self.tables.ask
        sse = sse_description(ask, name, given.get("SSESpecification"))
        response = onward(request)
        if not response.ok:
            return response
        self.tables.forget(name)
        table = self.tables.get(name)
        if sse:
            table.shown["SSEDescription"] = sse
        keep(table, given, table.created)
        if given.get("BillingMode") == ON_DEMAND:
            table.on_demand_since = table.created
        self.statuses.begin(table, "CREATING", "table_creating")
        return self._answer(request, response, "CREATING")

    def _update(self, request: Request, onward: Onward) -> Response:
        given = request.parameters
        table = self.tables.get(name_in(request, given["TableName"]))
        self.refuse_unless_idle(table)
        sse = sse_description(
            self.tables.ask, table.name, given.get("SSESpecification")
        )
        leaving = self._leaving(table, given)
        response = onward(request)
        if not response.ok:
            return response
        self._note(table, given, sse)
        self.tables.renew(table.name)
        phase = self.statuses.begin(table, "UPDATING", "table_updating")
        self._begin_indexes(table, given, leaving, phase)
        return self._answer(request, response, "UPDATING")

    def _note(self, table: Table, given: Document, sse: Document | None) -> None:
        """Keep what moto ignores."""
        if "SSESpecification" in given:
            table.shown["SSEDescription"] = sse
        keep(table, given, self.tables.clock.now())
        if given.get("BillingMode") == ON_DEMAND:
            table.on_demand_since = self.tables.clock.now()

    def _leaving(self, table: Table, given: Document) -> dict[str, Document]:
        """Return moto's descriptions of the indexes that shall be deleted."""
        updates = given.get("GlobalSecondaryIndexUpdates") or []
        names = {one["Delete"]["IndexName"] for one in updates if "Delete" in one}
        if not names:
            return {}
        present = self.tables.describe(table.name).get("GlobalSecondaryIndexes") or []
        found = {one["IndexName"]: one for one in present if one["IndexName"] in names}
        if missing := names - set(found):
            message = f"Requested resource not found: {', '.join(sorted(missing))}"
            raise AwsError("ResourceNotFoundException", message)
        return found

    def _begin_indexes(
        self,
        table: Table,
        given: Document,
        leaving: dict[str, Document],
        phase: Phase | None,
    ) -> None:
        start = phase.until if phase else self.tables.clock.now()
        for update in given.get("GlobalSecondaryIndexUpdates") or []:
            (kind, one), *_ = update.items()
            setting, status = {
                "Create": ("index_creating", "CREATING"),
                "Delete": ("index_deleting", "DELETING"),
            }.get(kind, ("table_updating", "UPDATING"))
            seconds = self.settings.of(table.name, setting)
            until = start + timedelta(seconds=seconds)
            description = leaving.get(one["IndexName"], {})
            if description:
                description = description | {"IndexStatus": status}
            if until > self.tables.clock.now():
                part = f"index/{one['IndexName']}"
                table.phases[part] = Phase(status, until, description)

    def _describe(self, request: Request, onward: Onward) -> Response:
        response = onward(request)
        return self._answer(request, response) if response.ok else response

    def _delete(self, request: Request) -> Response:
        table = self.tables.get(name_in(request, request.parameters["TableName"]))
        self.refuse_unless_idle(table)
        of_moto = self.tables.describe(table.name)
        if of_moto.get("DeletionProtectionEnabled"):
            raise AwsError("ValidationException", PROTECTED)
        shown = described(table, of_moto, self.statuses) | {"TableStatus": "DELETING"}
        self.remove_later(table, "table_deleting")
        return answer(request, {"TableDescription": shown})

    def remove_later(self, table: Table, setting: str) -> None:
        """Delete a table once it was DELETING for as long as a setting says."""
        if self.statuses.begin(table, "DELETING", setting):
            self.deleting.add(table.name)
        else:
            self._remove(table.name)

    def settle(self) -> None:
        """Delete the tables whose DELETING is over."""
        now = self.tables.clock.now()
        for name in list(self.deleting):
            table = self.tables.known.get(name)
            if table is None or table.phases[""].until <= now:
                self.deleting.discard(name)
                self._remove(name)

    def _remove(self, name: Name) -> None:
        with self.tables.lock(name):
            where = (name.account, name.region)
            self.tables.ask("dynamodb", "DeleteTable", *where, TableName=name.table)
            self.tables.forget(name)

    def refuse_unless_idle(self, table: Table) -> None:
        """Raise ResourceInUseException for a table that is not ACTIVE."""
        status = self.statuses.of(table)
        if status != ACTIVE:
            doing = DOING.get(status, "used")
            message = f"{IN_USE} {doing}: {table.name.table}"
            raise AwsError("ResourceInUseException", message)

    def _answer(
        self, request: Request, response: Response, status: str = ""
    ) -> Response:
        """Return moto's answer with the description as AWS gives it."""
        document = response.json()
        (member, of_moto), *_ = document.items()
        table = self.tables.get(name_in(request, request.parameters["TableName"]))
        self._look_at_key(table)
        shown = described(table, of_moto, self.statuses)
        if status:
            shown["TableStatus"] = status
        return answer(request, {member: shown})

    def _look_at_key(self, table: Table) -> None:
        """Note since when the table's key is inaccessible (API_SSEDescription)."""
        sse = table.shown.get("SSEDescription")
        if not sse:
            return
        key = sse["KMSMasterKeyArn"]
        if key_metadata(self.tables.ask, table.name, key)["KeyState"] == "Enabled":
            sse.pop("InaccessibleEncryptionDateTime", None)
        else:
            now = self.tables.clock.now().timestamp()
            sse.setdefault("InaccessibleEncryptionDateTime", now)
