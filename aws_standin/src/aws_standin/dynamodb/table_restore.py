"""The restored table: created, filled, CREATING for as long as is set."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aws_standin.dynamodb.restore_flaws import with_flaw
from aws_standin.dynamodb.table_copy import creation, fill
from aws_standin.dynamodb.table_description import described
from aws_standin.dynamodb.table_status import ACTIVE, Statuses
from aws_standin.dynamodb.tables import Ask, Name, Table, Tables, name_of
from aws_standin.protocols.messages import AwsError

Document = dict[str, Any]


@dataclass
class TableRestore:
    """Restores items into a new table."""

    tables: Tables
    statuses: Statuses
    call: Ask

    def describe(self, table: Table) -> Document:
        """Return a table's description as AWS gives it."""
        return described(table, self.tables.describe(table.name), self.statuses)

    def restore(
        self,
        target: Name,
        source: Document,
        asked: Document,
        contents: Callable[[], list[Document]],
    ) -> Document:
        """Make `target` from a source's description, with what `contents` returns.

        `asked` is the restore request, with its overrides, and `RestoreSummary`.
        Returns the TableDescription.  Raises TableAlreadyExistsException.
        """
        self._refuse_if_there(target)
        made = creation(source, target.table, asked)
        arn = asked["RestoreSummary"]["SourceTableArn"]
        into = name_of(arn)._replace(region=target.region)
        flaw = self.statuses.settings.of(into, "restore_flaw")
        # Before the lock of the target: this takes the lock of the source.
        items = with_flaw(flaw, made, contents())
        with self.tables.locked([target]):
            self.call("dynamodb", "CreateTable", target.account, target.region, **made)
            table = self.tables.get(target)
            fill(self.call, target, items)
            table.shown["RestoreSummary"] = asked["RestoreSummary"]
            table.phases.pop("", None)
            self.statuses.begin(table, "CREATING", "restoring")
            shown = self.describe(table) | {"TableStatus": "CREATING"}
        shown["RestoreSummary"] = asked["RestoreSummary"] | {"RestoreInProgress": True}
        return shown

    def _refuse_if_there(self, target: Name) -> None:
        table = self.tables.find(target)
        if table is None:
            return
        if self.statuses.of(table) in (ACTIVE, "UPDATING"):
            code, problem = "TableAlreadyExistsException", "already exists"
        else:
            code, problem = "TableInUseException", "is being created or deleted"
        raise AwsError(code, f"Table {problem}: {target.table}")
