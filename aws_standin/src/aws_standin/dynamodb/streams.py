"""DynamoDB Streams as AWS has them: the right region, nothing for no change, an end.

API_Record: awsRegion is where the GetRecords came from.  Developer guide, "Change data
capture": a put that does not change the item writes no record.  That shows only
where the stream has both images.  API_UpdateTable: a stream that is switched on again
is a new one; who switches on what is on, or off what is off, is refused.
"""

from dataclasses import dataclass
from typing import Any

from aws_standin.dynamodb.tables import Table, Tables, name_in
from aws_standin.moto_backend import end_stream
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

OPERATIONS = ("DescribeStream", "GetRecords", "GetShardIterator", "UpdateTable")
LATEST = ("LatestStreamArn", "LatestStreamLabel")
Document = dict[str, Any]


@dataclass
class Streams:
    """Corrects moto's GetRecords, and switches streams off and on."""

    tables: Tables

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer UpdateTable and the operations of streams."""
        match request.operation:
            case "UpdateTable":
                return self._update(request, onward)
            case "GetRecords":
                return _records(request, onward)
        return self._read(request, onward)

    def _update(self, request: Request, onward: Onward) -> Response:
        wanted = request.parameters.get("StreamSpecification")
        if wanted is None:
            return onward(request)
        table = self.tables.get(name_in(request, request.parameters["TableName"]))
        described = self.tables.describe(table.name)
        _refuse_no_change(table, wanted, described)
        response = onward(request)
        if response.ok and not wanted["StreamEnabled"]:
            table.ended_stream = {one: described[one] for one in LATEST}
            end_stream(*table.name)
        return response

    def _read(self, request: Request, onward: Onward) -> Response:
        """Answer about a stream that has ended; AWS keeps its records for a day."""
        arn = request.parameters["StreamArn"]
        table = self.tables.get(name_in(request, arn))
        described = self.tables.describe(table.name)
        if described.get("LatestStreamArn") == arn:
            return onward(request)
        if request.operation != "DescribeStream":
            raise AwsError("ResourceNotFoundException", "Requested resource not found")
        ended = {
            "StreamArn": arn,
            "StreamLabel": arn.rpartition("/")[2],
            "StreamStatus": "DISABLED",
            "TableName": table.name.table,
            "KeySchema": described["KeySchema"],
            "Shards": [],
        }
        return answer(request, {"StreamDescription": ended})


def _refuse_no_change(table: Table, wanted: Document, described: Document) -> None:
    """Raise ValidationException for a stream that is already as wanted."""
    enabled = "StreamSpecification" in described
    if wanted["StreamEnabled"] == enabled:
        already = "already has an enabled" if enabled else "has no enabled"
        message = f"Table {already} stream: TableName: {table.name.table}"
        raise AwsError("ValidationException", message)


def _records(request: Request, onward: Onward) -> Response:
    """Set the region of records, and leave out those of no change."""
    response = onward(request)
    if not response.ok:
        return response
    document = response.json()
    changes = [one for one in document.get("Records", []) if _is_change(one)]
    for record in changes:
        record["awsRegion"] = request.region
    return answer(request, document | {"Records": changes})


def _is_change(record: Document) -> bool:
    images = record["dynamodb"]
    if record["eventName"] != "MODIFY" or not {"OldImage", "NewImage"} <= set(images):
        return True
    return bool(images["OldImage"] != images["NewImage"])
