"""An IAM role: its policies, whom it trusts, and what IAM's simulator says of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance.aws.client import AwsError
from conformance.aws.members import Members
from conformance.config.declared.privileges import Grant
from conformance.deployed.facts import Facts, prefetched
from conformance.model.errors import NotAssessedError
from conformance.model.iam.exposure import Trusted, open_trust
from conformance.model.iam.statements import Document
from conformance.model.iam.wildcards import wildcards

ALLOWED = "allowed"
_MULTIVALUED = {"dynamodb:Attributes", "dynamodb:LeadingKeys"}
Context = Mapping[str, Iterable[str]]
"""Condition keys, with what they are when the role acts."""


class MissingRoleError(NotAssessedError):
    """IDN-3 or INT-1 fails for it; whatever else rests on the role waits."""


class DeployedRole:
    """One role, simulated for one region."""

    def __init__(
        self, facts: Facts, region: str, name: str, missing: str = "INT-1"
    ) -> None:
        """Know the role, and which criterion fails where it is missing."""
        self._facts = facts
        self._region = region
        self._missing = missing
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

    def open_trust(self, trusted: Trusted) -> frozenset[str]:
        """Return the principals that its trust policy lets in and should not."""
        policy = self.description.embedded("AssumeRolePolicyDocument")
        return open_trust(policy, trusted)

    def refused(self, grants: Iterable[Grant], context: Context = {}) -> frozenset[str]:  # noqa: B006 -- read only
        """Return the actions that the role is refused, with IAM's word for it."""
        return frozenset(
            f"{what}: {decision}{_depending(missing)}"
            for what, decision, missing in self._decisions(grants, context)
            if decision != ALLOWED
        )

    def allowed(self, grants: Iterable[Grant], context: Context = {}) -> frozenset[str]:  # noqa: B006 -- read only
        """Return the actions that the role is allowed.

        Raises:
            NotAssessedError: some depend on a condition key that nobody declared.
        """
        decisions = list(self._decisions(grants, context))
        found = frozenset(
            what for what, decision, _ in decisions if decision == ALLOWED
        )
        unknown = {
            key
            for _, decision, keys in decisions
            if decision == "implicitDeny"
            for key in keys
        }
        if unknown and not found:
            raise NotAssessedError(
                f"the policies of {self.name} ask for {', '.join(sorted(unknown))}; "
                "declare what it is at run time as the service's context"
            )
        return found

    def _decisions(
        self, grants: Iterable[Grant], context: Context
    ) -> Iterator[tuple[str, str, list[str]]]:
        """Yield action and resource, decision, and condition keys that it lacked."""
        for grant in grants:
            answer = self._read(
                "SimulatePrincipalPolicy",
                PolicySourceArn=self.arn,
                ActionNames=list(grant.actions),
                ResourceArns=list(grant.resources),
                ContextEntries=_entries(context),
            )
            results = answer["EvaluationResults"]
            for result in results:
                yield from _specific(result)

    def _policies(self) -> Iterator[tuple[str, Document]]:
        """Every policy of the role, inline and attached, by name."""
        role = {"RoleName": self.name}
        for name in self._read("ListRolePolicies", **role)["PolicyNames"]:
            found = self._read("GetRolePolicy", PolicyName=name, **role)
            yield name, found.embedded("PolicyDocument")
        for policy in self._read("ListAttachedRolePolicies", **role)[
            "AttachedPolicies"
        ]:
            arn = policy["PolicyArn"]
            version = self._read("GetPolicy", PolicyArn=arn)["Policy"]
            found = self._read(
                "GetPolicyVersion",
                PolicyArn=arn,
                VersionId=version["DefaultVersionId"],
            )
            document = found["PolicyVersion"].embedded("Document")
            yield policy["PolicyName"], document

    def _read(self, operation: str, **parameters: Any) -> Members:
        try:
            return self._facts.read("iam", self._region, operation, **parameters)
        except AwsError as problem:
            if problem.code not in ("NoSuchEntity", "NoSuchEntityException"):
                raise
            raise MissingRoleError(
                f"role {self.name} missing ({self._missing})"
            ) from None


def _specific(result: dict[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Return the decision on each ARN; EvalResourceName is a template of ARNs."""
    action = result["EvalActionName"]
    for specific in result["ResourceSpecificResults"]:
        what = f"{action} on {specific['EvalResourceName'].rpartition(':')[2]}"
        # MissingContextValues is there only if something is missing.
        missing = specific.get("MissingContextValues", [])
        yield what, specific["EvalResourceDecision"], missing


def _entries(context: Context) -> list[dict[str, Any]]:
    return [
        {
            "ContextKeyName": key,
            "ContextKeyValues": list(values),
            "ContextKeyType": "stringList" if key in _MULTIVALUED else "string",
        }
        for key, values in sorted(context.items())
    ]


def _depending(missing: Iterable[str]) -> str:
    keys = ", ".join(sorted(missing))
    return f", depending on {keys}" if keys else ""
