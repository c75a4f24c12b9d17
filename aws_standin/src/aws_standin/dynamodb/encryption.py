"""Server-side encryption: which key a table uses.

Without SSESpecification, or with Enabled false, it is the AWS-owned key and
SSEDescription is absent.  Enabled without a key is the AWS-managed key
`alias/aws/dynamodb` (API_SSESpecification, API_SSEDescription).
"""

from dataclasses import dataclass
from typing import Any

from aws_standin.dynamodb.tables import Ask, Name
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

MANAGED = "alias/aws/dynamodb"
OF_AWS = "alias/aws/"


def sse_description(
    ask: Ask, name: Name, specification: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Return the SSEDescription; None for the AWS-owned key.

    Raises ValidationException for a key that is not there or not enabled.
    """
    if not specification or not specification.get("Enabled"):
        return None
    key = specification.get("KMSMasterKeyId", MANAGED)
    try:
        metadata = key_metadata(ask, name, key)
    except AwsError as problem:
        message = f"KMS validation error: {problem.message}"
        raise AwsError("ValidationException", message) from problem
    if metadata["KeyState"] != "Enabled":
        message = f"KMS key {metadata['Arn']} is not enabled."
        raise AwsError("ValidationException", f"KMS validation error: {message}")
    return {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": metadata["Arn"]}


def key_metadata(ask: Ask, name: Name, key: str) -> dict[str, Any]:
    """Return what KMS says of a table's key, which may be another account's."""
    account = key.split(":")[4] if key.startswith("arn:") else name.account
    found = ask("kms", "DescribeKey", account, name.region, KeyId=key)
    metadata: dict[str, Any] = found["KeyMetadata"]
    return metadata


@dataclass
class ManagedKeys:
    """Says KeyManager AWS of keys that have an `alias/aws/…` (API_KeyMetadata)."""

    ask: Ask

    def handle(self, request: Request, onward: Onward) -> Response:
        """Correct moto's DescribeKey, which calls every key a customer's."""
        response = onward(request)
        if (request.service, request.operation) != ("kms", "DescribeKey"):
            return response
        if not response.ok:
            return response
        document = response.json()
        metadata = document["KeyMetadata"]
        where = (request.account, request.region)
        aliases = self.ask("kms", "ListAliases", *where, KeyId=metadata["KeyId"])
        names = [one["AliasName"] for one in aliases["Aliases"]]
        if any(name.startswith(OF_AWS) for name in names):
            metadata["KeyManager"] = "AWS"
            return answer(request, document)
        return response
