"""A table's Kinesis streaming destinations: configured and listed, never fed.

Source: DynamoDB API Reference, EnableKinesisStreamingDestination,
DisableKinesisStreamingDestination and DescribeKinesisStreamingDestination.
"""

from collections import defaultdict
from typing import Any

from aws_standin.behaviour_context import Context
from aws_standin.dynamodb import request_tables
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

Members = dict[str, Any]
STATUS = {
    "EnableKinesisStreamingDestination": "ACTIVE",
    "DisableKinesisStreamingDestination": "DISABLED",
}


class KinesisDestinations:
    """Keeps which stream each table is declared to feed."""

    def __init__(self, standin: Context) -> None:
        self._standin = standin
        self._destinations: dict[tuple[str, str, str], dict[str, Members]] = (
            defaultdict(dict)
        )
        """(account, region, table id) → stream ARN → destination."""

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer for streaming destinations; pass on the rest."""
        ours = request.operation.endswith("KinesisStreamingDestination")
        if request.service != "dynamodb" or not ours:
            return onward(request)
        table = request_tables.table_name(request.parameters["TableName"])
        found = self._destinations[self._key(request, table)]
        if request.operation.startswith("Describe"):
            listed = list(found.values())
            members = {"TableName": table, "KinesisDataStreamDestinations": listed}
            return answer(request, members)
        return answer(request, self._changed(request, table, found))

    def _key(self, request: Request, table: str) -> tuple[str, str, str]:
        described = self._standin.call(
            "dynamodb",
            "DescribeTable",
            request.account,
            request.region,
            TableName=table,
        )
        return request.account, request.region, described["Table"]["TableId"]

    def _changed(
        self, request: Request, table: str, found: dict[str, Members]
    ) -> Members:
        status = STATUS.get(request.operation)
        if not status:
            raise AwsError("ValidationException", f"{request.operation} is not served")
        arn = request.parameters["StreamArn"]
        before = found.get(arn, {}).get("DestinationStatus", "DISABLED")
        if before == status:
            raise AwsError(
                "ValidationException",
                f"Table {table} has the Kinesis destination {arn} in status {before}",
            )
        found[arn] = {"StreamArn": arn, "DestinationStatus": status}
        under_way = "ENABLING" if status == "ACTIVE" else "DISABLING"
        return {
            "TableName": table,
            "StreamArn": arn,
            "DestinationStatus": under_way,
        }
