"""Settings that all replicas of a global table share."""

from dataclasses import dataclass
from typing import Any

from aws_standin.dynamodb.tables import Ask, Name, Tables, name_in
from aws_standin.protocols.messages import AwsError, Onward, Request, Response

Document = dict[str, Any]
OPERATIONS = ("UpdateTable", "UpdateTimeToLive")
STREAM = "Disabling Stream is not allowed for a Global Table replica."


@dataclass
class ReplicaSettings:
    """Carries to the other replicas what all replicas share.

    Capacity, indexes, table class, TTL and whether KMS encrypts are shared; point-in-
    time recovery, deletion protection, tags and policies are each replica's own
    (Developer guide, "Global tables: settings").
    """

    tables: Tables
    call: Ask

    def handle(self, request: Request, onward: Onward) -> Response:
        """Pass a change on, and make it in the other regions too."""
        if request.internal:
            return onward(request)
        table = self.tables.find(name_in(request, request.parameters["TableName"]))
        others = table.others() if table else []
        if others and "StreamSpecification" in request.parameters:
            raise AwsError("ValidationException", STREAM)
        response = onward(request)
        shared = _shared(request) if others and response.ok else {}
        for other in others if shared else ():
            self._share(request.operation, other.name, shared)
        return response

    def _share(self, operation: str, name: Name, shared: Document) -> None:
        wanted = {"TableName": name.table, **shared}
        self.call("dynamodb", operation, name.account, name.region, **wanted)


SHARED = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexUpdates",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "TableClass",
    "TimeToLiveSpecification",
)


def _shared(request: Request) -> Document:
    given = request.parameters
    shared = {one: given[one] for one in SHARED if one in given}
    encryption = given.get("SSESpecification")
    if encryption and "KMSMasterKeyId" not in encryption:
        shared["SSESpecification"] = encryption
    return shared
