"""The refusal of calls of users and role sessions that policies do not allow.

Off unless the control API asks for it. A key that is an account (12 digits) may do
everything, as its root user; so may keys that nobody handed out. Not evaluated:
trust policies, service control policies, access from one account to another.
"""

import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aws_standin.behaviour_context import Context
from aws_standin.dynamodb import request_tables
from aws_standin.iam.attached_policies import ANY_REGION, Principal, policies, tags
from aws_standin.iam.callers import Caller, Callers
from aws_standin.iam.decision_log import DecisionLog
from aws_standin.iam.dependent_permissions import decryption, dependent_targets
from aws_standin.iam.evaluation import Ask, Decision, Policies, decide
from aws_standin.iam.policy_document import Statement, statements
from aws_standin.iam.required_permissions import Target, targets
from aws_standin.protocols import parameters
from aws_standin.protocols.messages import AwsError, Onward, Request, Response

Members = dict[str, Any]
READS = ("Get", "List", "Simulate")
SHOW_VARIABLES = {"GetFunctionConfiguration"}
ALWAYS_ALLOWED = {("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")}


@dataclass
class Settings:
    """The settings of the enforcement."""

    everywhere: bool = False
    """True when policies are enforced in every account."""
    accounts: list[str] = field(default_factory=list)
    """The accounts in which they are enforced."""


class Enforcement:
    """Evaluates the caller's policies before a call goes on."""

    name = "enforcement"

    def __init__(self, standin: Context, callers: Callers) -> None:
        self.settings = Settings()
        self._standin = standin
        self._callers = callers
        self._log = DecisionLog(standin.control_api)
        self._known: dict[str, tuple[Policies, dict[str, str]]] = {}
        """The policies and tags of each user and role, until IAM is changed."""

    def handle(self, request: Request, onward: Onward) -> Response:
        """Pass on what is allowed; raise AWS's refusal for the rest."""
        if request.service == "iam" and not request.operation.startswith(READS):
            self._known.clear()
        enforced = self.settings.everywhere or request.account in self.settings.accounts
        called = (request.service, request.operation)
        if not enforced or request.internal or called in ALWAYS_ALLOWED:
            return onward(request)
        caller = self._callers.of(request)
        if not caller.entity:
            return onward(request)
        self._check(request, caller)
        response = onward(request)
        if request.operation in SHOW_VARIABLES and response.ok:
            return self._variables(request, caller, response)
        return response

    def _check(self, request: Request, caller: Caller) -> None:
        given = parameters.of(request)
        ask = partial(self._ask, request)
        needed = [*targets(request, given), *dependent_targets(request, given, ask)]
        for target in needed:
            decision = self._decision(request, caller, target)
            if decision.verdict != "allowed":
                raise refusal(request, caller, target, decision)

    def _decision(self, request: Request, caller: Caller, target: Target) -> Decision:
        own, _ = self._policies(caller)
        sessions = tuple(statements(text) for text in caller.session_policies)
        bearing = Policies(
            own.identity,
            (*own.boundaries, *sessions),
            self._resource_policy(request, target),
        )
        ask = Ask(
            target.action,
            target.resource,
            self._context(request, caller)
            | self._leading_keys(request, target)
            | self._resource_tags(request, target)
            | dict(target.context),
            (caller.arn, caller.entity),
            caller.account,
        )
        decision = decide(ask, bearing)
        self._log.add(caller, target, decision)
        return decision

    def _policies(self, caller: Caller) -> tuple[Policies, dict[str, str]]:
        """Return the policies and the tags of the caller's user or role."""
        if caller.entity not in self._known:
            principal = Principal.of(caller.entity)
            iam = partial(self._iam, caller.account)
            found = policies(principal, iam), tags(principal, iam)
            self._known[caller.entity] = found
        return self._known[caller.entity]

    def _variables(
        self, request: Request, caller: Caller, response: Response
    ) -> Response:
        """Hide variables under a key that the caller may not decrypt with.

        Lambda Developer Guide, "Securing Lambda environment variables"; the answer is
        no refusal: it has an error in the place of the variables.
        """
        shown = json.loads(response.body)
        if not shown.get("KMSKeyArn") or not shown.get("Environment"):
            return response
        target = decryption(request, shown["KMSKeyArn"])
        decision = self._decision(request, caller, target)
        if decision.verdict == "allowed":
            return response
        denied = refusal(request, caller, target, decision)
        problem = {"ErrorCode": "AccessDeniedException", "Message": denied.message}
        shown["Environment"] = {"Error": problem}
        headers = [
            (name, value)
            for name, value in response.headers
            if name.lower() != "content-length"
        ]
        return Response(response.status, headers, json.dumps(shown).encode())

    def _iam(self, account: str, operation: str, **given: Any) -> Members:
        return self._standin.call("iam", operation, account, ANY_REGION, **given)

    def _context(self, request: Request, caller: Caller) -> dict[str, tuple[str, ...]]:
        now = self._standin.clock.now()
        known = {
            "aws:PrincipalArn": caller.entity,
            "aws:PrincipalAccount": caller.account,
            "aws:RequestedRegion": request.region,
            "aws:SourceIp": "127.0.0.1",
            "aws:SecureTransport": "false",
            "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:EpochTime": str(int(now.timestamp())),
        }
        if caller.kind == "IAMUser":
            known["aws:username"] = caller.name
        _, own = self._policies(caller)
        for key, value in (own | dict(caller.session_tags)).items():
            known[f"aws:PrincipalTag/{key}"] = value
        return {key.lower(): (value,) for key, value in known.items()}

    def _leading_keys(
        self, request: Request, target: Target
    ) -> dict[str, tuple[str, ...]]:
        """Return dynamodb:LeadingKeys; absent where no key value is asked for."""
        if not target.table or request.operation not in request_tables.ITEM_OPERATIONS:
            return {}
        try:
            found = self._ask_dynamodb(request, "DescribeTable", TableName=target.table)
        except AwsError:
            return {}
        attribute = _partition_key(found["Table"], target.index)
        asked = (target.table, attribute)
        values = request_tables.keys(request.operation, request.parameters, asked)
        return {"dynamodb:leadingkeys": tuple(values)} if values else {}

    def _resource_tags(
        self, request: Request, target: Target
    ) -> dict[str, tuple[str, ...]]:
        """Return aws:ResourceTag/… of recovery points; no others are looked at."""
        if ":recovery-point:" not in target.resource:
            return {}
        try:
            found = self._ask(
                request, "backup", "ListTags", ResourceArn=target.resource
            )
        except AwsError:
            return {}
        return {
            f"aws:resourcetag/{key.lower()}": (value,)
            for key, value in found.get("Tags", {}).items()
        }

    def _resource_policy(
        self, request: Request, target: Target
    ) -> tuple[Statement, ...]:
        if ":dynamodb:" not in target.resource:
            return ()
        arn = target.resource.partition("/index/")[0]
        try:
            found = self._ask_dynamodb(request, "GetResourcePolicy", ResourceArn=arn)
        except AwsError:
            return ()
        return statements(found["Policy"], "ResourcePolicy", "resource")

    def _ask_dynamodb(self, request: Request, operation: str, **given: Any) -> Members:
        return self._ask(request, "dynamodb", operation, **given)

    def _ask(
        self, request: Request, service: str, operation: str, **given: Any
    ) -> Members:
        return self._standin.call(
            service, operation, request.account, request.region, **given
        )


def refusal(
    request: Request, caller: Caller, target: Target, decision: Decision
) -> AwsError:
    """Return AWS's refusal, in the name and status that the service's protocol has."""
    because = f"because no identity-based policy allows the {target.action} action"
    if decision.verdict == "explicitDeny":
        kind = decision.matched[0].source_type
        owner = "a resource-based" if kind == "resource" else "an identity-based"
        because = f"with an explicit deny in {owner} policy"
    elif not decision.within_boundaries:
        limit = "session policy" if caller.session_policies else "permissions boundary"
        because = f"because no {limit} allows the {target.action} action"
    by_key = target.action.startswith("kms:") and request.service == "dynamodb"
    through = "KMS key access denied error: " if by_key else ""
    message = (
        f"{through}User: {caller.arn} is not authorized to perform: {target.action} "
        f"on resource: {target.resource} {because}"
    )
    match request.protocol:
        case "query" | "rest-xml":
            return AwsError("AccessDenied", message, 403)
        case "ec2":
            return AwsError("UnauthorizedOperation", message, 403)
        case "rest-json":
            return AwsError("AccessDeniedException", message, 403)
    return AwsError("AccessDeniedException", message, 400)


def _partition_key(table: Members, index: str) -> str:
    schema = table["KeySchema"]
    if index:
        indexes = (
            *table.get("GlobalSecondaryIndexes", []),
            *table.get("LocalSecondaryIndexes", []),
        )
        schema = next(
            (one["KeySchema"] for one in indexes if one["IndexName"] == index), schema
        )
    keys = (one["AttributeName"] for one in schema if one["KeyType"] == "HASH")
    return str(next(keys))
