"""The access to a table and its stream by the policies attached to them."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from conformance.aws.members import Members
from conformance.config.declared import Declared
from conformance.deployed.endpoints import DeployedVpcEndpoint
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.resource_policies import attached_policy
from conformance.deployed.table import DeployedTable
from conformance.model.errors import NotApplicableError
from conformance.model.iam.exposure import exposed
from conformance.model.iam.statements import Document
from conformance.model.iam.strangers import Trusted, names_networks
from conformance.model.table import OFF

NONE = "no resource policy"
LISTED = "listed accounts only"


class TableAccess:
    """The resource policies of one table and of its stream."""

    def __init__(
        self,
        facts: Facts,
        declared: Declared,
        table: DeployedTable,
        networks: Iterable[DeployedVpcEndpoint] = (),
    ) -> None:
        """Know which table, and the declared networks; nothing is read yet."""
        self._facts = facts
        self._trusted = declared.security.trusted
        self._networks = list(networks)
        self._table = table

    @prefetched
    def of_table(self) -> str:
        """The strangers that the table's policy lets in, in words."""
        return self._admitted(attached_policy(self._facts, self._table_arn))

    @prefetched
    def of_stream(self) -> str:
        """The strangers that the stream's policy lets in, in words."""
        return self._admitted(attached_policy(self._facts, self._stream_arn))

    @prefetched
    def analysed_table(self) -> str:
        """The result of Access Analyzer for the table's policy."""
        return self._analysed(
            attached_policy(self._facts, self._table_arn), "AWS::DynamoDB::Table"
        )

    @prefetched
    def analysed_stream(self) -> str:
        """The result of Access Analyzer for the stream's policy."""
        return self._analysed(
            attached_policy(self._facts, self._stream_arn), "AWS::DynamoDB::Stream"
        )

    @property
    def _table_arn(self) -> str:
        return str(self._table.description["TableArn"])

    @property
    def _stream_arn(self) -> str:
        if self._table.stream == OFF:
            raise NotApplicableError("the table has no stream")
        return self._table.stream_arn

    def _admitted(self, attached: Members | None) -> str:
        if attached is None:
            return NONE
        policy = attached.embedded("Policy")
        return "; ".join(sorted(exposed(policy, self._trusted_by(policy)))) or LISTED

    def _trusted_by(self, policy: Document) -> Trusted:
        """Return who is trusted; our networks are looked up where the policy asks."""
        if not names_networks(policy):
            return self._trusted
        ours = frozenset[str]().union(*(network.ids for network in self._networks))
        return replace(self._trusted, networks=ours)

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
