"""Resource policies of streams: a stream has its own, beside its table's.

Source: DynamoDB API Reference, PutResourcePolicy, GetResourcePolicy and
DeleteResourcePolicy. Left out: revision ids as conditions.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from aws_standin.behaviour_context import Context
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

Members = dict[str, Any]
OPERATIONS = ("PutResourcePolicy", "GetResourcePolicy", "DeleteResourcePolicy")
STREAM = "/stream/"


@dataclass
class StreamPolicies:
    """Keeps the policies of streams; those of tables are moto's."""

    standin: Context
    policies: dict[str, Members] = field(default_factory=dict)
    """Stream ARN → policy and revision."""

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer for a stream; pass on the rest."""
        arn = str(request.parameters.get("ResourceArn", ""))
        if request.operation not in OPERATIONS or STREAM not in arn:
            return onward(request)
        self._require(request, arn)
        match request.operation:
            case "PutResourcePolicy":
                policy = json.dumps(json.loads(request.parameters["Policy"]))
                revision = str(int(self.standin.clock.now().timestamp() * 1000))
                self.policies[arn] = {"Policy": policy, "RevisionId": revision}
                return answer(request, {"RevisionId": revision})
            case "DeleteResourcePolicy":
                gone = self.policies.pop(arn, None)
                return answer(
                    request, {"RevisionId": gone["RevisionId"]} if gone else {}
                )
        if arn not in self.policies:
            raise AwsError(
                "PolicyNotFoundException",
                f"Resource-based policy not found for the provided ResourceArn: {arn}",
            )
        return answer(request, self.policies[arn])

    def _require(self, request: Request, arn: str) -> None:
        """Refuse an ARN that is not the latest stream's of its table."""
        table = arn.partition(STREAM)[0].rpartition("/")[2]
        described = self.standin.call(
            "dynamodb",
            "DescribeTable",
            request.account,
            request.region,
            TableName=table,
        )["Table"]
        if described.get("LatestStreamArn") != arn:
            raise AwsError(
                "ResourceNotFoundException", f"Requested resource not found: {arn}"
            )
