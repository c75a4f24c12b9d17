"""IAM's policy simulator: SimulatePrincipalPolicy, SimulateCustomPolicy, their keys.

One result per action and resource type. Its EvalResourceName is the type's ARN
template; the decision on each ARN stands in ResourceSpecificResults, as botocore's
model says since 2026. The simulator supplies no context key by itself.

Left out: the position of a statement in its document, Organizations' policies,
ResourceHandlingOption, PolicyExclusionList and decisions across accounts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aws_standin.behaviour_context import Context
from aws_standin.iam.arn_templates import template
from aws_standin.iam.attached_policies import ANY_REGION, Principal, policies
from aws_standin.iam.conditions import UnknownOperatorError
from aws_standin.iam.evaluation import Ask, Decision, Policies, decide, keys_asked
from aws_standin.iam.policy_document import MalformedPolicyError, Statement, statements
from aws_standin.protocols import parameters
from aws_standin.protocols.messages import AwsError, Onward, Request, Response, answer

Members = dict[str, Any]
NOT_SIMULATED = ("ResourceHandlingOption", "PolicyExclusionList")
MOST = 100
"""Results on a page when MaxItems is not given."""
_SINGLE = ("string", "numeric", "boolean", "ip", "binary", "date")
CONTEXT_TYPES = frozenset({*_SINGLE, *(f"{one}List" for one in _SINGLE)})
SEVERITY = ("allowed", "implicitDeny", "explicitDeny")


@dataclass(frozen=True)
class Simulation:
    """The policies to be simulated, and the circumstances."""

    policies: Policies
    context: dict[str, tuple[str, ...]]
    caller: str

    def decision(self, action: str, resource: str) -> Decision:
        """Decide one action on one resource."""
        caller = (self.caller,) if self.caller else ()
        account = self.caller.split(":")[4] if self.caller else ""
        ask = Ask(action, resource, self.context, caller, account)
        return decide(ask, self.policies)


class Simulator:
    """Answers the simulator's operations; the rest of IAM is moto's."""

    def __init__(self, standin: Context) -> None:
        self._standin = standin
        self._operations: dict[str, Callable[[str, Members], Members]] = {
            "SimulatePrincipalPolicy": self._simulate_principal,
            "SimulateCustomPolicy": self._simulate_custom,
            "GetContextKeysForPrincipalPolicy": self._keys_of_principal,
            "GetContextKeysForCustomPolicy": self._keys_of_custom,
        }

    def handle(self, request: Request, onward: Onward) -> Response:
        """Answer a simulation."""
        operation = self._operations.get(request.operation)
        if request.service != "iam" or not operation:
            return onward(request)
        try:
            return answer(request, operation(request.account, parameters.of(request)))
        except (MalformedPolicyError, UnknownOperatorError) as problem:
            raise AwsError("InvalidInput", str(problem)) from None

    def _simulate_principal(self, account: str, given: Members) -> Members:
        principal = Principal.of(given["PolicySourceArn"])
        if principal.kind == "role" and given.get("ResourcePolicy"):
            raise AwsError(
                "InvalidInput",
                "Simulation of resource-based policies isn't supported for IAM roles.",
            )
        own = self._policies(account, principal)
        caller = given.get("CallerArn") or given["PolicySourceArn"]
        return _results(given, own, caller)

    def _simulate_custom(self, _: str, given: Members) -> Members:
        return _results(given, Policies(), given.get("CallerArn", ""))

    def _keys_of_principal(self, account: str, given: Members) -> Members:
        own = self._policies(account, Principal.of(given["PolicySourceArn"])).identity
        return _keys((*own, *_inputs(given, "PolicyInputList")))

    def _keys_of_custom(self, _: str, given: Members) -> Members:
        return _keys(_inputs(given, "PolicyInputList"))

    def _policies(self, account: str, principal: Principal) -> Policies:
        if principal.account != account:
            raise AwsError(
                "NoSuchEntity", f"{principal.name} is not in this account", 404
            )

        def ask(operation: str, **more: Any) -> Members:
            return self._standin.call("iam", operation, account, ANY_REGION, **more)

        return policies(principal, ask)


def _keys(found: Sequence[Statement]) -> Members:
    return {"ContextKeyNames": sorted(keys_asked(found))}


def _inputs(given: Members, member: str) -> tuple[Statement, ...]:
    return tuple(
        statement
        for number, document in enumerate(given.get(member, []), start=1)
        for statement in statements(document, f"{member}.{number}", "none")
    )


def _results(given: Members, own: Policies, caller: str) -> Members:
    for name in NOT_SIMULATED:
        if given.get(name):
            raise AwsError("InvalidInput", f"The stand-in does not simulate {name}")
    _check_context(given)
    boundary = _inputs(given, "PermissionsBoundaryPolicyInputList")
    resource = given.get("ResourcePolicy")
    context = {
        one["ContextKeyName"].lower(): tuple(one.get("ContextKeyValues", []))
        for one in given.get("ContextEntries", [])
    }
    simulation = Simulation(
        Policies(
            (*own.identity, *_inputs(given, "PolicyInputList")),
            (boundary,) if boundary else own.boundaries,
            statements(resource, "ResourcePolicy", "resource") if resource else (),
        ),
        context,
        caller,
    )
    arns = given.get("ResourceArns") or ["*"]
    found = [
        _result(simulation, action, name, of_type)
        for action in given["ActionNames"]
        for name, of_type in _by_template(arns).items()
    ]
    return _page(found, given)


def _check_context(given: Members) -> None:
    """Refuse keys without a value, or of a type that IAM does not know."""
    for one in given.get("ContextEntries", []):
        name = one.get("ContextKeyName", "")
        if not one.get("ContextKeyValues") or not name:
            raise AwsError("InvalidInput", f"Context entry {name!r} has no value.")
        if one.get("ContextKeyType") not in CONTEXT_TYPES:
            raise AwsError("InvalidInput", f"The type of {name} is not valid.")
        if len(one["ContextKeyValues"]) > 1 and not one["ContextKeyType"].endswith(
            "List"
        ):
            raise AwsError("InvalidInput", f"{name} has several values and no list.")


def _by_template(arns: Sequence[str]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for arn in arns:
        grouped.setdefault(template(arn), []).append(arn)
    return grouped


def _result(
    simulation: Simulation, action: str, name: str, arns: Sequence[str]
) -> Members:
    decisions = {arn: simulation.decision(action, arn) for arn in arns}
    worst = max((one.verdict for one in decisions.values()), key=SEVERITY.index)
    deciding = [one for one in decisions.values() if one.verdict == worst]
    result: Members = {
        "EvalActionName": action,
        "EvalResourceName": name,
        "EvalDecision": worst,
        "MatchedStatements": _matched(deciding),
        "MissingContextValues": _missing(list(decisions.values())),
    }
    if simulation.policies.boundaries:
        result["PermissionsBoundaryDecisionDetail"] = _boundary(deciding[0])
    if arns != ["*"]:
        result["EvalDecisionDetails"] = {}
        result["ResourceSpecificResults"] = [
            _specific(simulation, arn, one) for arn, one in decisions.items()
        ]
    return result


def _specific(simulation: Simulation, arn: str, decision: Decision) -> Members:
    result: Members = {
        "EvalResourceName": arn,
        "EvalResourceDecision": decision.verdict,
        "MatchedStatements": _matched([decision]),
        "MissingContextValues": _missing([decision]),
    }
    if simulation.policies.boundaries:
        result["PermissionsBoundaryDecisionDetail"] = _boundary(decision)
    return result


def _matched(decisions: Sequence[Decision]) -> list[Members]:
    """Name each deciding policy once, in the order in which they were met."""
    named = {
        (one.source, one.source_type): None
        for decision in decisions
        for one in decision.matched
    }
    return [
        {"SourcePolicyId": source, "SourcePolicyType": kind} for source, kind in named
    ]


def _missing(decisions: Sequence[Decision]) -> list[str]:
    return sorted({key for decision in decisions for key in decision.missing})


def _boundary(decision: Decision) -> Members:
    return {"AllowedByPermissionsBoundary": decision.within_boundaries}


def _page(found: Sequence[Members], given: Members) -> Members:
    begin = int(given.get("Marker") or 0)
    end = begin + int(given.get("MaxItems") or MOST)
    more = {"Marker": str(end)} if end < len(found) else {}
    return {"EvaluationResults": found[begin:end], "IsTruncated": bool(more), **more}
