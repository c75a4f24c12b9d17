"""The refusals of a table that is being made, and of an index that is being filled."""

from dataclasses import dataclass

from aws_standin.dynamodb.table_status import ACTIVE, Statuses
from aws_standin.dynamodb.tables import Name, Table, Tables, name_in, names_in
from aws_standin.protocols.messages import AwsError, Onward, Request, Response

HAVE_THEIR_OWN_ANSWER = ("DescribeTable", "CreateTable", "UpdateTable", "DeleteTable")
SAY_TABLE_NOT_FOUND = (
    "CreateBackup",
    "DescribeContinuousBackups",
    "RestoreTableToPointInTime",
    "UpdateContinuousBackups",
)
"""Operations whose model knows TableNotFoundException."""
REFUSED_WHILE_BUSY = ("TagResource", "UntagResource")
"""Operations that a table takes only while it is ACTIVE, beside UpdateTable."""
SOURCES = ("SourceTableName", "SourceTableArn")


@dataclass
class Availability:
    """Refuses what a table or an index cannot answer yet."""

    tables: Tables
    statuses: Statuses

    def handle(self, request: Request, onward: Onward) -> Response:
        """Refuse calls to a table that is CREATING, reads of a backfilling index."""
        given = request.parameters
        if not request.internal and request.operation not in HAVE_THEIR_OWN_ANSWER:
            self._refuse_while_creating(request)
        if request.operation in REFUSED_WHILE_BUSY:
            self._refuse_while_busy(request)
        if request.operation in ("Query", "Scan") and "IndexName" in given:
            table = self.tables.get(name_in(request, given["TableName"]))
            index = given["IndexName"]
            if self.statuses.of(table, f"index/{index}") == "CREATING":
                message = (
                    f"Cannot read from backfilling global secondary index: {index}"
                )
                raise AwsError("ValidationException", message)
        return onward(request)

    def _refuse_while_creating(self, request: Request) -> None:
        for name in _concerned(request):
            table = self.tables.known.get(name)
            if table and self.statuses.of(table) == "CREATING":
                raise _not_found(request, table)

    def _refuse_while_busy(self, request: Request) -> None:
        arn = request.parameters["ResourceArn"]
        table = self.tables.known.get(name_in(request, arn))
        status = self.statuses.of(table) if table else ACTIVE
        if status != ACTIVE:
            message = f"Table is {status}: {arn}"
            raise AwsError("ResourceInUseException", message)


def _concerned(request: Request) -> list[Name]:
    given = [request.parameters[one] for one in SOURCES if one in request.parameters]
    return names_in(request) + [name_in(request, one) for one in given]


def _not_found(request: Request, table: Table) -> AwsError:
    if request.operation in SAY_TABLE_NOT_FOUND:
        message = f"Table not found: {table.name.table}"
        return AwsError("TableNotFoundException", message)
    return AwsError("ResourceNotFoundException", "Requested resource not found")
