"""A table that a restore job is still making: it is CREATING and takes no calls.

The stand-in makes the table and writes the items at once; to clients the table is
not ready until the job is.
Source: DynamoDB API Reference, RestoreSummary and "ResourceInUseException".
"""

from typing import Any

from conformance.standin.backup.jobs import RestoreJob
from conformance.standin.backup.records import Place
from conformance.standin.backup.service import Service, table_name
from conformance.standin.wire import AwsError, Onward, Request, Response, answer

_CHANGES = {"DeleteTable", "UpdateTable", "UpdateTimeToLive", "UpdateContinuousBackups"}


def handle(service: Service, request: Request, onward: Onward) -> Response:
    """Answer a call to DynamoDB; only that about an unfinished table is changed."""
    if request.internal or not service.store.restoring:
        return onward(request)
    service.advance()
    for name in _tables(request.parameters):
        job = _job(service, Place(request.account, request.region), name)
        if job and request.operation == "DescribeTable":
            return _described(request, onward(request), job)
        if job and request.operation in _CHANGES:
            raise AwsError(
                "ResourceInUseException",
                f"Attempt to change a resource which is still in use: Table: {name}",
            )
        if job:
            raise AwsError("ResourceNotFoundException", "Requested resource not found")
    return onward(request)


def _tables(parameters: dict[str, Any]) -> list[str]:
    """Return the tables that a call names, by name or ARN."""
    named = [parameters.get("TableName"), *(parameters.get("RequestItems") or {})]
    for one in parameters.get("TransactItems") or []:
        named += [action.get("TableName") for action in one.values()]
    return [table_name(name) for name in named if isinstance(name, str)]


def _job(service: Service, place: Place, table: str) -> RestoreJob | None:
    job_id = service.store.restoring.get((place, table))
    return service.region(place).restores[job_id] if job_id else None


def _described(request: Request, response: Response, job: RestoreJob) -> Response:
    if not response.ok:
        return response
    document = response.json()
    table = document["Table"]
    table["TableStatus"] = "CREATING"
    for index in table.get("GlobalSecondaryIndexes") or []:
        index["IndexStatus"] = "CREATING"
    table["RestoreSummary"] = {
        "SourceBackupArn": job.point_arn,
        "SourceTableArn": job.resource_arn,
        "RestoreDateTime": job.created,
        "RestoreInProgress": True,
    }
    return answer(request, document)
