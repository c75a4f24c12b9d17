"""The denials of AWS: the right that was missing, on the resource that it is about."""

import re
from collections.abc import Iterable
from typing import Any

from conformance.aws.iam_actions import DECRYPT, KEY_OF_RESTORE, actions
from conformance.aws.iam_policy import document, statement
from conformance.model.finding import Observation

DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "KMSAccessDeniedException",
        "UnauthorizedOperation",
    }
)
"""Error codes by which services say that a right is missing."""
_RIGHT = re.compile(
    r"not authorized to perform:? (?P<action>[\w-]+:\w+)"
    r"(?: on resource:? \"?(?P<resource>arn:[^\s\"]+))?"
)
"""IAM User Guide, "Troubleshoot access denied error messages"; some services name no
resource, or not by its ARN."""
_KEY = re.compile(r"\bAWSKMS|\bKMS\b")
"""Words of a denied key that name no right: "KMS key access denied error: …"."""
_ARNS = {
    "BackupPlanId": "backup:{where}:backup-plan:{name}",
    "BackupVaultName": "backup:{where}:backup-vault:{name}",
    "Bucket": "s3:::{name}",
    "DashboardName": "cloudwatch::{account}:dashboard/{name}",
    "FunctionName": "lambda:{where}:function:{name}",
    "HealthCheckId": "route53:::healthcheck/{name}",
    "HostedZoneId": "route53:::hostedzone/{name}",
    "KeyId": "kms:{where}:key/{name}",
    "RoleName": "iam::{account}:role/{name}",
    "SourceTableName": "dynamodb:{where}:table/{name}",
    "TableName": "dynamodb:{where}:table/{name}",
    "logGroupName": "logs:{where}:log-group:{name}:*",
}
"""Parameters that name what a request is about, and its ARN after `arn:aws:`."""


def right_in(message: str) -> str:
    """Return the right that AWS says is missing, as `ACTION on ARN`, as far as it does.

    It is not always that of the request: DynamoDB decrypts with the caller's rights.
    """
    found = _RIGHT.search(message)
    if found:
        on = f" on {found['resource'].rstrip('.,;')}" if found["resource"] else ""
        return f"{found['action']}{on}"
    return DECRYPT if _KEY.search(message) else ""


def missing_rights(
    requests: Iterable[Observation], account: str, reasons: Iterable[str] = ()
) -> dict[str, Any] | None:
    """Return the policy of the rights that denied requests lacked; None without any.

    `reasons` are those of errors: Lambda denies a key in an answer that is no error.
    """
    lacking: dict[tuple[str, str], set[str]] = {}
    for request in requests:
        if request.error in DENIED:
            for action, resource in _lacking(request, account):
                via = _via(request) if action.startswith("kms:") else ""
                lacking.setdefault((action, via), set()).add(resource)
    known = {
        f"{action} on {resource}"
        for (action, _), resources in lacking.items()
        for resource in resources
    }
    for right in {right_in(reason) for reason in reasons} - known:
        action, _, resource = right.partition(" on ")
        if resource:
            lacking.setdefault((action, ""), set()).add(resource)
    return _as_policy(lacking)


def _as_policy(lacking: dict[tuple[str, str], set[str]]) -> dict[str, Any] | None:
    """Return a policy with a statement for each group of resources."""
    grouped: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (action, via), resources in sorted(lacking.items()):
        grouped.setdefault((via, tuple(sorted(resources))), []).append(action)
    if not grouped:
        return None
    return document(
        [
            statement(
                f"missing rights {number}",
                needed,
                [*resources],
                {"StringEquals": {"kms:ViaService": via}} if via else None,
            )
            for number, ((via, resources), needed) in enumerate(grouped.items(), 1)
        ]
    )


def _lacking(request: Observation, account: str) -> Iterable[tuple[str, str]]:
    """Yield each action that was lacking, and the resource."""
    named, _, resource = request.denied.partition(" on ")
    needed = (named,) if named else actions(request.service, request.operation)
    if named == DECRYPT and not resource and request.operation.startswith("Restore"):
        needed = KEY_OF_RESTORE
    for action in needed:
        yield action, resource or _resource(request, action, account)


def _resource(request: Observation, action: str, account: str) -> str:
    """Return the resource of a request whose denial names none, by its parameters.

    What bears on no resource of its own, such as a list, is allowed on `*`.
    """
    where = f"{request.region}:{account}"
    if action.startswith("kms:") and request.service != "kms":
        return f"arn:aws:kms:{where}:key/*"
    given = request.parameters
    for value in given.values():
        if isinstance(value, str) and value.startswith("arn:"):
            return value
    for name, form in _ARNS.items():
        if given.get(name):
            # An alias is no resource of a policy about its key.
            known = "*" if str(given[name]).startswith("alias/") else given[name]
            found = form.format(where=where, account=account, name=known)
            return f"arn:aws:{found}"
    return "*"


def _via(request: Observation) -> str:
    """Return the service that used the key for us, "" where we used it ourselves."""
    service = request.service.removesuffix("streams")
    return "" if service == "kms" else f"{service}.{request.region}.amazonaws.com"
