"""The policies of the tables and streams themselves, as far as they concern a role."""

from collections.abc import Iterable
from typing import Protocol

from conformance.aws.client import AwsError
from conformance.aws.members import Members
from conformance.deployed.facts import Facts
from conformance.model.iam.dynamodb_actions import kind_of
from conformance.model.iam.evaluation import SILENT, Decision, Request, decide


def attached_policy(facts: Facts, arn: str) -> Members | None:
    """Return the answer with the policy of a table or stream; None without one."""
    region = arn.split(":")[3]
    try:
        return facts.read("dynamodb", region, "GetResourcePolicy", ResourceArn=arn)
    except AwsError as problem:
        if problem.code != "PolicyNotFoundException":
            raise
        return None


class AttachedPolicies(Protocol):
    """The policies of resources of one kind."""

    @property
    def required(self) -> bool:
        """True if such a policy must admit a role, or leave it to its account."""

    def decide(self, request: Request) -> Decision:
        """Return what the policy of the resource says."""


class ResourcePolicies:
    """The policies of the declared tables, for their indexes as well, and streams."""

    required = False

    def __init__(self, facts: Facts, tables: Iterable[str]) -> None:
        """Know the ARNs of the tables; nothing is read yet."""
        self._facts = facts
        self._tables = frozenset(tables)

    def decide(self, request: Request) -> Decision:
        """Return what the policy of the resource says; nothing if it has none."""
        attached = None
        table, kind = _table(request.resource), kind_of(request.resource)
        if table in self._tables and kind in ("table", "index"):
            attached = self._policy(table)
        elif table in self._tables and kind == "stream":
            attached = self._policy(self.stream(table))
        if attached is None:
            return Decision(SILENT, may_allow=False)
        return decide(attached.embedded("Policy"), request)

    def stream(self, table: str) -> str:
        """Return the ARN of a table's latest stream; "" if it has none."""
        name, region = table.rpartition("/")[2], table.split(":")[3]
        try:
            answer = self._facts.read(
                "dynamodb", region, "DescribeTable", TableName=name
            )
        except AwsError as problem:
            if problem.code != "ResourceNotFoundException":
                raise
            return ""
        # Absent where a table never had a stream.
        return str(answer["Table"].get("LatestStreamArn", ""))

    def _policy(self, arn: str) -> Members | None:
        """Return the answer with the policy; None if the table or stream is missing."""
        try:
            return attached_policy(self._facts, arn) if arn else None
        except AwsError as problem:
            if problem.code != "ResourceNotFoundException":
                raise
            return None


def _table(arn: str) -> str:
    """Return the ARN of the table that a resource belongs to."""
    before, found, after = arn.partition(":table/")
    return f"{before}{found}{after.partition('/')[0]}"
