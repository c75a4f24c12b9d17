"""The permissions that a call needs: actions on resources.

Source: Service Authorization Reference, "Actions, resources, and condition keys for
Amazon DynamoDB", and DynamoDB Developer Guide, "Using IAM policy conditions for
fine-grained access control".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.exceptions import UnknownServiceError

from aws_standin.dynamodb import request_tables
from aws_standin.dynamodb.tables import table_in_statement
from aws_standin.protocols import service_models
from aws_standin.protocols.messages import Request

PREFIXES = {
    "cloudwatch": "cloudwatch",
    "dynamodbstreams": "dynamodb",
    "resourcegroupstaggingapi": "tag",
}
"""The services whose name in IAM is not the one that calls are signed for."""

BUDGET = ("budgets:ViewBudget", "billing:GetBillingViewData")
ACTIONS = {
    ("budgets", "DescribeBudgets"): BUDGET,
    ("budgets", "DescribeNotificationsForBudget"): BUDGET,
    ("budgets", "DescribeSubscribersForNotification"): BUDGET,
    ("lambda", "Invoke"): ("lambda:InvokeFunction",),
    ("s3", "HeadObject"): ("s3:GetObject",),
    ("s3", "ListObjectsV2"): ("s3:ListBucket",),
}
"""The calls that IAM knows by other actions."""

TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "ConditionCheck": "ConditionCheckItem",
}
STATEMENT = {
    "SELECT": "PartiQLSelect",
    "INSERT": "PartiQLInsert",
    "UPDATE": "PartiQLUpdate",
    "DELETE": "PartiQLDelete",
}
ARN_MEMBERS = (
    "BackupArn",
    "StreamArn",
    "ResourceArn",
    "TableArn",
    "RecoveryPointArn",
    "SourceTableArn",
    "TopicArn",
    "RoleArn",
    "PolicyArn",
    "ResourceARN",
    "FunctionName",
    "KeyId",
)
"""Parameters that hold the ARN of what a call is about, if they hold an ARN."""

VAULT_KEY = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey",
    "kms:RetireGrant",
)
"""On the key of a vault that is made (AWS Backup Developer Guide, "Create a backup
vault", required permissions)."""

NAMED = {
    "BackupVaultName": "backup:{where}:backup-vault:{name}",
    "BackupPlanId": "backup:{where}:backup-plan:{name}",
    "FunctionName": "lambda:{where}:function:{name}",
    "KeyId": "kms:{where}:key/{name}",
    "RoleName": "iam::{account}:role/{name}",
    "UserName": "iam::{account}:user/{name}",
    "logGroupName": "logs:{where}:log-group:{name}:log-stream:",
}
"""Parameters that hold a name, and the ARN it stands for, without "arn:aws:"."""


@dataclass(frozen=True)
class Target:
    """One action on one resource."""

    action: str
    resource: str
    table: str = ""
    """The table whose items it is about, "" for none."""
    index: str = ""
    """The index that is read, "" for the table."""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    """The condition keys of this action alone, in lower case, with their values."""


def targets(request: Request, given: Mapping[str, Any]) -> list[Target]:
    """Return everything that must be allowed; `given` are the call's parameters."""
    if request.service == "dynamodb":
        found = list(_dynamodb(request, given))
        if found:
            return found
    own = (f"{_prefix(request.service)}:{request.operation}",)
    needed = ACTIONS.get((request.service, request.operation), own)
    if request.service == "s3":
        return [_on_objects(request, action) for action in needed]
    resource = _resource(request, given)
    return [
        *(Target(action, resource) for action in needed),
        *_of_new_vault(request, given),
    ]


def _on_objects(request: Request, action: str) -> Target:
    """Return a permission on the bucket or object that the path names."""
    path = unquote(request.environ.get("PATH_INFO", "/")).strip("/")
    prefix = parse_qs(request.environ.get("QUERY_STRING", "")).get("prefix", ())
    context = {"s3:prefix": tuple(prefix)} if prefix else {}
    return Target(action, f"arn:aws:s3:::{path}" if path else "*", context=context)


def _of_new_vault(request: Request, given: Mapping[str, Any]) -> list[Target]:
    """Return what CreateBackupVault needs beside its own action."""
    if request.operation != "CreateBackupVault":
        return []
    key = given.get("EncryptionKeyArn")
    needed = [Target(name, str(key)) for name in VAULT_KEY] if key else []
    return [Target("backup-storage:MountCapsule", "*"), *needed]


def _dynamodb(request: Request, given: Mapping[str, Any]) -> Iterator[Target]:
    where = f"arn:aws:dynamodb:{request.region}:{request.account}:table/"
    operation = request.operation
    if operation.startswith("Transact"):
        for table, part in request_tables.actions(given, operation):
            action = f"dynamodb:{TRANSACTION[part]}"
            yield Target(action, where + table, table)
        return
    if operation in request_tables.PARTIQL:
        yield from _statements(given, where)
        return
    if any(member in given for member in ("BackupArn", "StreamArn", "ResourceArn")):
        yield Target(f"dynamodb:{operation}", _resource(request, given))
    index = request_tables.index_name(given)
    for table in request_tables.tables(operation, given):
        if "ResourceArn" not in given:
            resource = where + table + (f"/index/{index}" if index else "")
            yield Target(f"dynamodb:{operation}", resource, table, index)


def _statements(given: Mapping[str, Any], where: str) -> Iterator[Target]:
    parts = [given, *given.get("Statements", []), *given.get("TransactStatements", [])]
    for text in (part["Statement"] for part in parts if "Statement" in part):
        verb = text.split()[0].upper()
        table = table_in_statement(text)
        yield Target(f"dynamodb:{STATEMENT[verb]}", where + table)


def _prefix(service: str) -> str:
    if service in PREFIXES:
        return PREFIXES[service]
    try:
        return str(service_models.service_model(service).signing_name)
    except UnknownServiceError:
        return service


def _resource(request: Request, given: Mapping[str, Any]) -> str:
    if request.operation == "StartBackupJob":  # not its ResourceArn
        given = {"BackupVaultName": given.get("BackupVaultName")}
    for member in ARN_MEMBERS:
        if str(given.get(member, "")).startswith("arn:"):
            return str(given[member])
    iterator = str(given.get("ShardIterator", ""))
    if iterator.startswith("arn:"):
        return iterator.partition("|")[0]
    where = f"{request.region}:{request.account}"
    for member, form in NAMED.items():
        if given.get(member):
            name = ":".join(filter(None, (given[member], given.get("Qualifier"))))
            named = form.format(where=where, account=request.account, name=name)
            return f"arn:aws:{named}"
    return "*"
