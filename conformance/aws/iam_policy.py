"""The least-privilege IAM policy for a run, from the interlock's own list."""

from typing import Any

from conformance.config.declared import Declared
from conformance.config.environment import Environment
from conformance.model.operations import CLASSES, TRAIL_FOLDER
from conformance.model.suite_keys import LOAD_PREFIX, PREFIX

_PREFIXES = {"accessanalyzer": "access-analyzer", "dynamodbstreams": "dynamodb"}
"""boto3 service names that differ from the prefix of their IAM actions."""
_ACTIONS = {
    "dynamodb:TransactWriteItems": ("dynamodb:PutItem",),
    "budgets:DescribeBudgets": ("budgets:ViewBudget",),
    "budgets:DescribeNotificationsForBudget": ("budgets:ViewBudget",),
    "budgets:DescribeSubscribersForNotification": ("budgets:ViewBudget",),
    "lambda:Invoke": ("lambda:InvokeFunction",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
}
"""API operations that IAM knows by other actions, with the ones it asks for."""
DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "UnauthorizedOperation",
    }
)
"""Error codes by which services say that a right is missing."""
_FILLS = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)
"""Rights that a restore needs on its new table, beside the right to restore (Developer
guide, "Restoring a DynamoDB table: IAM permissions")."""
_TRAILS = "s3"
"""Asked only for what trails deliver to their buckets."""
_ON_TABLES = {"dynamodb", "dynamodbstreams"}
_ACCOUNT_WIDE = {"dynamodb:ListBackups", "dynamodb:ListTables"}


def actions(service: str, operation: str) -> tuple[str, ...]:
    """Return the IAM actions that a caller needs for an API operation.

    Source: the "Actions" tables of the AWS Service Authorization Reference.
    """
    name = f"{_PREFIXES.get(service, service)}:{operation}"
    return _ACTIONS.get(name, (name,))


def policy(environment: Environment, declared: Declared) -> dict[str, Any]:
    """Return a policy of what the environment's allowed classes need, and no more."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            statement
            for name in CLASSES
            if name in environment.allows
            for statement in _statements(name, environment, declared)
        ],
    }


def _statements(
    name: str, environment: Environment, declared: Declared
) -> list[dict[str, Any]]:
    on_tables, elsewhere = set(), set()
    for service, operations in CLASSES[name].items():
        for operation in operations:
            needed = set(actions(service, operation))
            if service in _ON_TABLES and not needed & _ACCOUNT_WIDE:
                on_tables |= needed
            elif service != _TRAILS:
                elsewhere |= needed
    statements = []
    if name in ("sandbox", "restore"):
        statements.append(_on_ours(name, on_tables, environment))
    if name == "restore":
        role = f"arn:aws:iam::{environment.account}:role/{declared.backups.role}"
        statements.append(statement("restore role", ["iam:PassRole"], [role]))
    if on_tables and name != "sandbox":  # never a change of a declared table
        statements.append(_on_tables(name, sorted(on_tables), environment, declared))
    if elsewhere:
        statements.append(statement(f"{name} around", sorted(elsewhere), ["*"]))
    if _TRAILS in CLASSES[name] and declared.trail_data_events == "bucket":
        statements += _on_trails(name, environment)
    return statements


def _on_trails(name: str, environment: Environment) -> list[dict[str, Any]]:
    """Return the right to read what CloudTrail wrote of this account, no more."""
    files = f"*{TRAIL_FOLDER.format(account=environment.account)}*"
    listing = statement(f"{name} trail listing", ["s3:ListBucket"], ["arn:aws:s3:::*"])
    return [
        statement(f"{name} trail files", ["s3:GetObject"], [f"arn:aws:s3:::*/{files}"]),
        listing | {"Condition": {"StringLike": {"s3:prefix": [files]}}},
    ]


def _on_tables(
    name: str, needed: list[str], environment: Environment, declared: Declared
) -> dict[str, Any]:
    resources = [
        f"arn:aws:dynamodb:{region}:{environment.account}:table/"
        f"{environment.physical(table)}{part}"
        for region in environment.regions
        for table in declared.tables
        for part in ("", "/backup/*", "/index/*", "/stream/*")
    ]
    allowed = statement(f"{name} tables", needed, resources)
    if name in ("data", "load"):
        # Our own keys alone; ForAllValues lets stream reads and scans pass, which
        # have no key.
        own = LOAD_PREFIX if name == "load" else PREFIX
        allowed["Condition"] = {
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{own}*"]}
        }
    return allowed


def _on_ours(name: str, needed: set[str], environment: Environment) -> dict[str, Any]:
    """Return the rights of a drill to tables that have the suite's names."""
    resources = [
        f"arn:aws:dynamodb:{region}:{environment.account}:table/{PREFIX}*"
        for region in environment.regions
    ]
    needed = needed | set(_FILLS) if name == "restore" else needed
    return statement(f"{name} own tables", sorted(needed), resources)


def statement(name: str, needed: list[str], resources: list[str]) -> dict[str, Any]:
    """Return an IAM statement that allows these actions on these resources."""
    sid = "".join(word.capitalize() for word in name.split())
    return {"Sid": sid, "Effect": "Allow", "Action": needed, "Resource": resources}
