"""The access to a table and its stream by the policies attached to them."""

from typing import Any

from conformance.aws.client import AwsError
from conformance.aws.members import Members
from conformance.config.declared import Declared
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.table import DeployedTable
from conformance.model.errors import NotApplicableError
from conformance.model.iam.exposure import exposed
from conformance.model.table import OFF

NONE = "no resource policy"
LISTED = "listed accounts only"


class TableAccess:
    """The resource policies of one table and of its stream."""

    def __init__(self, facts: Facts, declared: Declared, table: DeployedTable) -> None:
        """Know which table; nothing is read yet."""
        self._facts = facts
        self._trusted = declared.security.trusted
        self._table = table

    @prefetched
    def of_table(self) -> str:
        """The strangers that the table's policy lets in, in words."""
        return self._admitted(self._policy(self._table_arn))

    @prefetched
    def of_stream(self) -> str:
        """The strangers that the stream's policy lets in, in words."""
        return self._admitted(self._policy(self._stream_arn))

    @prefetched
    def analysed_table(self) -> str:
        """The result of Access Analyzer for the table's policy."""
        return self._analysed(self._policy(self._table_arn), "AWS::DynamoDB::Table")

    @prefetched
    def analysed_stream(self) -> str:
        """The result of Access Analyzer for the stream's policy."""
        return self._analysed(self._policy(self._stream_arn), "AWS::DynamoDB::Stream")

    @property
    def _table_arn(self) -> str:
        return str(self._table.description["TableArn"])

    @property
    def _stream_arn(self) -> str:
        if self._table.stream == OFF:
            raise NotApplicableError("the table has no stream")
        return self._table.stream_arn

    def _policy(self, arn: str) -> Members | None:
        """Return the answer with the attached policy; None if there is none."""
        try:
            return self._read("dynamodb", "GetResourcePolicy", ResourceArn=arn)
        except AwsError as problem:
            if problem.code != "PolicyNotFoundException":
                raise
            return None

    def _admitted(self, attached: Members | None) -> str:
        if attached is None:
            return NONE
        policy = attached.embedded("Policy")
        return "; ".join(sorted(exposed(policy, self._trusted))) or LISTED

    def _analysed(self, attached: Members | None, kind: str) -> str:
        if attached is None:
            return NONE
        answer = self._read(
            "accessanalyzer",
            "CheckNoPublicAccess",
            policyDocument=attached["Policy"],
            resourceType=kind,
        )
        # Reasons are there only where the check fails.
        reasons = [reason["description"] for reason in answer.get("reasons", ())]
        return " ".join([answer["result"], *reasons])

    def _read(self, service: str, operation: str, **parameters: Any) -> Members:
        region = self._table.region
        return self._facts.read(service, region, operation, **parameters)
