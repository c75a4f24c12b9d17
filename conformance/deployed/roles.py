"""An IAM role: its policies, whom it trusts, and what it may do."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.aws.client import AwsError
from conformance.aws.members import Members
from conformance.config.declared.privileges import Grant
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.resource_policies import AttachedPolicies, ResourcePolicies
from conformance.deployed.simulation import Context, Simulated, Simulation
from conformance.model.errors import NotAssessedError, NotUnderstoodError
from conformance.model.iam.assumers import Assumers, open_trust
from conformance.model.iam.evaluation import (
    ALLOWED,
    DENIED,
    SILENT,
    UNKNOWN,
    Decision,
    Request,
    context_of,
    decide,
    decide_statements,
)
from conformance.model.iam.statements import Document, Statement, statements
from conformance.model.iam.strangers import Trusted
from conformance.model.iam.wildcards import named_resources, wildcards


class MissingRoleError(NotAssessedError):
    """IDN-3 or INT-1 fails for it; whatever else rests on the role waits."""


@dataclass(frozen=True)
class _Decided:
    """The decision on one action and one resource, of all policies together."""

    words: str
    verdict: str
    depends_on: frozenset[str] = frozenset()
    """Condition keys that decide and are not known."""

    @property
    def reason(self) -> str:
        """The action, the resource and the decision, as a finding names them."""
        keys = ", ".join(sorted(self.depends_on))
        return f"{self.words}: {self.verdict}" + (f", depending on {keys}" * bool(keys))


class DeployedRole:
    """One role, simulated for one region."""

    def __init__(
        self,
        facts: Facts,
        region: str,
        name: str,
        missing: str = "INT-1",
        policies: AttachedPolicies | None = None,
    ) -> None:
        """Know the role, and which criterion fails where it is missing.

        `policies` are those of the resources, which IAM's simulator does not read.
        """
        self._facts = facts
        self._region = region
        self._missing = missing
        self._attached: AttachedPolicies = policies or ResourcePolicies(facts, ())
        self.name = name

    @prefetched
    def description(self) -> Members:
        """GetRole."""
        return Members(self._read("GetRole", RoleName=self.name)["Role"])

    @property
    def arn(self) -> str:
        """The ARN, which may have a path before the name."""
        return str(self.description["Arn"])

    @prefetched
    def wildcards(self) -> frozenset[str]:
        """Every wildcard on DynamoDB in what the role's policies allow."""
        return frozenset(
            f"{name}: {what}"
            for name, document in self._policies()
            for what in wildcards(document)
        )

    @property
    def named_resources(self) -> frozenset[str]:
        """The resources of DynamoDB that its policies name without wildcards."""
        return frozenset(
            arn for _, document in self._policies() for arn in named_resources(document)
        )

    def open_trust(self, trusted: Trusted, assumers: Assumers) -> frozenset[str]:
        """Return the principals that its trust policy lets in and should not."""
        policy = self.description.embedded("AssumeRolePolicyDocument")
        sso = ":role/aws-reserved/sso.amazonaws.com/" in self.arn
        return open_trust(policy, trusted, replace(assumers, sso=sso))

    def shut_out(self, service: str) -> frozenset[str]:
        """Return the service of AWS if its trust policy does not let it in.

        Raises:
            NotUnderstoodError: that depends on a condition that is not understood.
        """
        policy = self.description.embedded("AssumeRolePolicyDocument")
        account = self.arn.split(":")[4]
        known = context_of({"aws:SourceAccount": [account]})
        by = frozenset({("Service", service)})
        decision = decide(policy, Request("sts:AssumeRole", "", by, context=known))
        if decision.verdict == UNKNOWN:
            keys = ", ".join(sorted(decision.depends_on))
            raise NotUnderstoodError(
                f"{service} may assume {self.name} depending on {keys}"
            )
        return frozenset() if decision.verdict == ALLOWED else frozenset({service})

    def refused(self, grants: Iterable[Grant], context: Context = {}) -> frozenset[str]:  # noqa: B006 -- read only
        """Return the actions that the role is refused, with IAM's word for it.

        Raises:
            NotUnderstoodError: some depend on a condition key that nobody declared.
        """
        return self._those(grants, context, wrong=(SILENT, DENIED), reasons=True)

    def allowed(self, grants: Iterable[Grant], context: Context = {}) -> frozenset[str]:  # noqa: B006 -- read only
        """Return the actions that the role is allowed.

        Raises:
            NotUnderstoodError: some depend on a condition key that nobody declared.
        """
        return self._those(grants, context, wrong=(ALLOWED,), reasons=False)

    def _those(
        self,
        grants: Iterable[Grant],
        context: Context,
        *,
        wrong: tuple[str, ...],
        reasons: bool,
    ) -> frozenset[str]:
        decided = [self._decided(one) for one in self._simulated(grants, context)]
        found = [one for one in decided if one.verdict in wrong]
        open_ = [one for one in decided if one.verdict == UNKNOWN]
        if open_ and not found:
            keys = sorted({key for one in open_ for key in one.depends_on})
            raise NotUnderstoodError(
                f"the policies about {self.name} ask for {', '.join(keys)}; declare "
                f"what it is at run time as context ({open_[0].words})",
            )
        return frozenset(one.reason if reasons else one.words for one in found)

    def _simulated(
        self, grants: Iterable[Grant], context: Context
    ) -> Iterator[Simulated]:
        simulation = Simulation(self._facts, self._region, self.arn, self._tags)
        return simulation.decisions(grants, context)

    def _decided(self, simulated: Simulated) -> _Decided:
        """Return the decision of the role's policies and of the resource's policy."""
        own = self._own_decision(simulated)
        request = self._request(simulated)
        attached = self._attached.decide(request)
        words = self._words(simulated)
        if DENIED in (own.verdict, attached.verdict):
            return _Decided(words, DENIED)
        if self._attached.required and not attached.may_allow:
            return _Decided(f"{words} by its policy", SILENT)
        if attached.verdict == ALLOWED and not simulated.limited:
            verdict = UNKNOWN if own.open_effect == DENIED else ALLOWED
            return _Decided(words, verdict, own.depends_on)
        open_ = attached.open_effect
        settled = not open_ or (open_ != DENIED and not self._attached.required)
        if own.verdict == ALLOWED and settled:
            return _Decided(words, ALLOWED)
        may_allow = own.may_allow or (attached.may_allow and not simulated.limited)
        depends = own.depends_on | attached.depends_on
        if may_allow and depends:
            return _Decided(words, UNKNOWN, depends)
        return _Decided(words, own.verdict)

    def _own_decision(self, simulated: Simulated) -> Decision:
        """Return IAM's decision; unknown if a key that it lacked decides.

        IAM names the keys of all statements, also of those about something else.
        """
        if simulated.verdict == ALLOWED:
            return Decision(ALLOWED)
        refusal = Decision(simulated.verdict, may_allow=False)
        if not simulated.missing:
            return refusal
        request = replace(self._request(simulated), principals=frozenset())
        decisions = [
            decide_statements(found, request)
            for found in (self._statements, self._boundary)
            if found is not None
        ]
        unknown = frozenset[str]().union(*(one.depends_on for one in decisions))
        possible = all(one.may_allow for one in decisions) and DENIED not in {
            one.verdict for one in decisions
        }
        if not unknown or not possible:
            return refusal
        return Decision(UNKNOWN, unknown, simulated.verdict, may_allow=True)

    def _words(self, simulated: Simulated) -> str:
        """Return the action and the resource, with the region if it is another one."""
        region = simulated.resource.split(":")[3:4]
        elsewhere = region and region[0] not in ("", self._region)
        return simulated.words + (f" in {region[0]}" if elsewhere else "")

    def _request(self, simulated: Simulated) -> Request:
        return Request(
            simulated.action,
            simulated.resource,
            frozenset({("AWS", self.arn)}),
            self.arn.split(":")[4],
            simulated.context,
        )

    @property
    def _tags(self) -> Mapping[str, list[str]]:
        """The role's tags, as conditions see them; absent where it has none."""
        tags = self.description.get("Tags", ())
        return {f"aws:PrincipalTag/{tag['Key']}": [tag["Value"]] for tag in tags}

    @property
    def _statements(self) -> tuple[Statement, ...]:
        return tuple(
            statement
            for _, document in self._policies()
            for statement in statements(document)
        )

    @property
    def _boundary(self) -> tuple[Statement, ...] | None:
        """The statements of the permissions boundary; None without one."""
        # Absent where the role has none: IAM API Reference, Role.
        boundary = self.description.get("PermissionsBoundary")
        if boundary is None:
            return None
        return statements(self._managed(boundary["PermissionsBoundaryArn"]))

    def _policies(self) -> Iterator[tuple[str, Document]]:
        """Every policy of the role, inline and attached, by name."""
        role = {"RoleName": self.name}
        for name in self._read("ListRolePolicies", **role)["PolicyNames"]:
            found = self._read("GetRolePolicy", PolicyName=name, **role)
            yield name, found.embedded("PolicyDocument")
        attached = self._read("ListAttachedRolePolicies", **role)
        for policy in attached["AttachedPolicies"]:
            yield policy["PolicyName"], self._managed(policy["PolicyArn"])

    def _managed(self, arn: str) -> Document:
        version = self._read("GetPolicy", PolicyArn=arn)["Policy"]
        found = self._read(
            "GetPolicyVersion", PolicyArn=arn, VersionId=version["DefaultVersionId"]
        )
        document: Document = found["PolicyVersion"].embedded("Document")
        return document

    def _read(self, operation: str, **parameters: Any) -> Members:
        try:
            return self._facts.read("iam", self._region, operation, **parameters)
        except AwsError as problem:
            if problem.code not in ("NoSuchEntity", "NoSuchEntityException"):
                raise
            raise MissingRoleError(
                f"role {self.name} missing ({self._missing})"
            ) from None
