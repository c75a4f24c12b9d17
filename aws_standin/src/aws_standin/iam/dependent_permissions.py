"""The permissions that a call needs beside its own: on roles, keys and new tables.

Sources: Service Authorization Reference, column "Dependent actions"; DynamoDB Developer
Guide, "DynamoDB encryption at rest: authorizing use of your customer managed key" and
"Using IAM with DynamoDB backup and restore".
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aws_standin.dynamodb import request_tables
from aws_standin.iam.required_permissions import Target
from aws_standin.protocols.messages import AwsError, Request

Members = dict[str, Any]
Ask = Callable[..., Members]
"""ask(service, operation, **parameters) → the answer, where the call was made."""
FILLS = (
    "BatchWriteItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
)
DECRYPT = "kms:Decrypt"
KEY_OF_RESTORE = (
    DECRYPT,
    "kms:CreateGrant",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
RESTORES = frozenset({"RestoreTableFromBackup", "RestoreTableToPointInTime"})
PASSED_TO = {"backup": "backup.amazonaws.com"}
"""The services that are handed a role in `IamRoleArn`."""


def dependent_targets(
    request: Request, given: Mapping[str, Any], ask: Ask
) -> Iterator[Target]:
    """Yield everything that must be allowed beside the call itself."""
    passed_to = PASSED_TO.get(request.service)
    if passed_to and given.get("IamRoleArn"):
        context = {"iam:passedtoservice": (passed_to,)}
        yield Target("iam:PassRole", given["IamRoleArn"], context=context)
    if request.service == "dynamodb":
        if request.operation in RESTORES:
            where = f"arn:aws:dynamodb:{request.region}:{request.account}:table/"
            for operation in FILLS:
                resource = where + given["TargetTableName"]
                yield Target(f"dynamodb:{operation}", resource)
        yield from _on_keys(request, given, ask)


def decryption(request: Request, key: str) -> Target:
    """Return the permission to decrypt with a key by way of the called service."""
    return Target(DECRYPT, key, context=_via(request))


def _on_keys(request: Request, given: Mapping[str, Any], ask: Ask) -> Iterator[Target]:
    """Yield what DynamoDB does with a customer's key in the caller's name."""
    operation = request.operation
    tables = []
    if operation in request_tables.ITEM_OPERATIONS:
        tables = request_tables.tables(operation, given)
    if operation in RESTORES:
        source = given.get("SourceTableName") or given.get("BackupArn", "")
        tables = [request_tables.table_name(source)]
    override = given.get("SSESpecificationOverride", {}).get("KMSMasterKeyId")
    keys = {key for table in tables for key in _keys_of(table, ask)}
    if override:
        keys |= set(_customers(override, ask))
    actions = KEY_OF_RESTORE if operation in RESTORES else (DECRYPT,)
    for key in sorted(keys):
        for action in actions:
            yield Target(action, key, context=_via(request))


def _keys_of(table: str, ask: Ask) -> Iterator[str]:
    try:
        found = ask("dynamodb", "DescribeTable", TableName=table)["Table"]
    except AwsError:
        return
    key = found.get("SSEDescription", {}).get("KMSMasterKeyArn")
    if key:
        yield from _customers(key, ask)


def _customers(key: str, ask: Ask) -> Iterator[str]:
    """Yield the ARN of a key that is the customer's; AWS's own admit every caller."""
    try:
        found = ask("kms", "DescribeKey", KeyId=key)["KeyMetadata"]
    except AwsError:
        return
    if found["KeyManager"] == "CUSTOMER":
        yield found["Arn"]


def _via(request: Request) -> dict[str, tuple[str, ...]]:
    return {"kms:viaservice": (f"{request.service}.{request.region}.amazonaws.com",)}
