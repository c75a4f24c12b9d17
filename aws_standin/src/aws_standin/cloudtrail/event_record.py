"""The CloudTrail record of one call.

Source: CloudTrail User Guide, "CloudTrail record contents for management, data, and
network activity events". Left out: responseElements, TLS details, and the values of
items, which CloudTrail hides as well.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from aws_standin.dynamodb import request_tables
from aws_standin.iam.callers import Caller
from aws_standin.protocols.messages import Request, Response

Members = dict[str, Any]
GLOBAL = frozenset({"iam", "route53", "cloudfront", "budgets", "ce"})
"""Services whose events are recorded in us-east-1, wherever they were called from."""

SOURCES = {
    "cloudwatch": "monitoring",
    "dynamodbstreams": "dynamodb",
    "accessanalyzer": "access-analyzer",
    "resourcegroupstaggingapi": "tagging",
}
"""The event sources that do not have the boto3 name of the service."""

DATA = {
    "dynamodb": request_tables.ITEM_OPERATIONS,
    "dynamodbstreams": frozenset({"GetRecords", "GetShardIterator"}),
    "s3": frozenset({"GetObject", "PutObject", "DeleteObject", "HeadObject"}),
    "lambda": frozenset({"Invoke"}),
    "sns": frozenset({"Publish", "PublishBatch"}),
    "sqs": frozenset({"SendMessage", "ReceiveMessage", "DeleteMessage"}),
    "cloudwatch": frozenset({"GetMetricData", "PutMetricData", "GetMetricStatistics"}),
}
"""Operations on data: never in LookupEvents, in trails only where selected."""

READING = ("Get", "List", "Describe", "Lookup", "Query", "Scan", "Head", "BatchGet")
NOT_RECORDED = {("logs", "PutLogEvents"), ("logs", "FilterLogEvents")}

TYPES = {
    "TableName": "AWS::DynamoDB::Table",
    "BackupVaultName": "AWS::Backup::BackupVault",
    "RoleName": "AWS::IAM::Role",
    "UserName": "AWS::IAM::User",
    "FunctionName": "AWS::Lambda::Function",
    "KeyId": "AWS::KMS::Key",
    "TopicArn": "AWS::SNS::Topic",
}
"""Parameters that name what an event is about."""

DATA_TYPES = {
    "dynamodb": "AWS::DynamoDB::Table",
    "dynamodbstreams": "AWS::DynamoDB::Stream",
    "s3": "AWS::S3::Object",
    "lambda": "AWS::Lambda::Function",
    "sns": "AWS::SNS::Topic",
    "sqs": "AWS::SQS::Queue",
    "cloudwatch": "AWS::CloudWatch::Metric",
}


@dataclass(frozen=True)
class Event:
    """One recorded call."""

    time: datetime
    account: str
    region: str
    category: str
    """Management or Data."""
    username: str
    named: tuple[tuple[str, str], ...]
    """(resource type, name) of what it is about."""
    document: Members
    """The record, as a trail delivers it."""

    @property
    def read_only(self) -> bool:
        """Say whether the call changed nothing."""
        return bool(self.document["readOnly"])


def recorded(request: Request) -> bool:
    """Say whether CloudTrail records such a call at all."""
    known = bool(request.operation) and not request.internal
    return known and (request.service, request.operation) not in NOT_RECORDED


def on_data(request: Request) -> bool:
    """Say whether a call is on data: an item, an object, a message."""
    return request.operation in DATA.get(request.service, ())


def event(
    request: Request,
    given: Mapping[str, Any],
    outcome: tuple[Caller, Response],
    now: datetime,
) -> Event:
    """Return the event of a call with its parameters, caller and answer."""
    caller, response = outcome
    region = "us-east-1" if request.service in GLOBAL else request.region
    data = on_data(request)
    document: Members = {
        "eventVersion": "1.11",
        "userIdentity": _identity(caller, request.access_key),
        "eventTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": f"{source(request.service)}.amazonaws.com",
        "eventName": request.operation,
        "awsRegion": region,
        "sourceIPAddress": "127.0.0.1",
        "userAgent": request.environ.get("HTTP_USER_AGENT", ""),
        "requestParameters": _shown(given, hidden=data),
        "responseElements": None,
        "requestID": response.header("x-amzn-requestid"),
        "eventID": str(uuid4()),
        "readOnly": request.operation.startswith(READING),
        "resources": _resources(request, given),
        "eventType": "AwsApiCall",
        "managementEvent": not data,
        "recipientAccountId": request.account,
        "eventCategory": "Data" if data else "Management",
        **({} if response.ok else _problem(response)),
    }
    return Event(
        time=now,
        account=request.account,
        region=region,
        category=document["eventCategory"],
        username=caller.name,
        named=_named(request, given),
        document=document,
    )


def source(service: str) -> str:
    """Return the first part of a service's event source."""
    return SOURCES.get(service, service)


def _identity(caller: Caller, access_key: str) -> Members:
    identity: Members = {
        "type": caller.kind,
        "principalId": access_key,
        "arn": caller.arn,
        "accountId": caller.account,
        "accessKeyId": access_key,
    }
    if caller.kind == "IAMUser":
        identity["userName"] = caller.name
    else:
        role = {"type": "Role", "arn": caller.entity, "accountId": caller.account}
        role["userName"] = caller.entity.rpartition("/")[2]
        identity["sessionContext"] = {"sessionIssuer": role}
    return identity


def _shown(given: Mapping[str, Any], *, hidden: bool) -> Members:
    """Return parameters as CloudTrail writes them; of data calls names alone."""
    shown = {
        key: value
        for key, value in given.items()
        if not hidden or key.endswith(("Name", "Arn"))
    }
    lower: Members = _lowered(shown)
    return lower


def _lowered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key[:1].lower() + key[1:]: _lowered(v) for key, v in value.items()}
    if isinstance(value, list):
        return [_lowered(one) for one in value]
    plain = isinstance(value, str | int | float | bool | None)
    return value if plain else str(value)


def _resources(request: Request, given: Mapping[str, Any]) -> list[Members]:
    kind = DATA_TYPES.get(request.service)
    return [
        {"accountId": request.account, "type": kind, "ARN": arn}
        for arn in _arns(request, given)
        if kind
    ]


def _arns(request: Request, given: Mapping[str, Any]) -> list[str]:
    where = f"{request.region}:{request.account}"
    match request.service:
        case "dynamodb":
            tables = request_tables.tables(request.operation, given)
            return [f"arn:aws:dynamodb:{where}:table/{table}" for table in tables]
        case "lambda" if "FunctionName" in given:
            return [f"arn:aws:lambda:{where}:function:{given['FunctionName']}"]
        case "s3":
            return [f"arn:aws:s3:::{request.environ.get('PATH_INFO', '').lstrip('/')}"]
    return [
        str(v) for k, v in given.items() if k.endswith("Arn") and isinstance(v, str)
    ]


def _named(request: Request, given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    named = [
        (kind, str(given[parameter]))
        for parameter, kind in TYPES.items()
        if isinstance(given.get(parameter), str) and parameter != "TableName"
    ]
    if request.service == "dynamodb":
        tables = request_tables.tables(request.operation, given)
        named += [(TYPES["TableName"], table) for table in tables]
    return tuple(named)


def _problem(response: Response) -> Members:
    code, message = response.header("x-amzn-errortype"), ""
    try:
        found = json.loads(response.body or b"{}")
    except ValueError:
        text = response.body.decode(errors="replace")
        code = text.partition("<Code>")[2].partition("</Code>")[0]
        message = text.partition("<Message>")[2].partition("</Message>")[0]
    else:
        code = code or str(found.get("__type", "")).rpartition("#")[2]
        message = found.get("message") or found.get("Message") or ""
    return {"errorCode": code, "errorMessage": message}
