"""The DynamoDB endpoint of a VPC, and who passes through it."""

from collections.abc import Iterable
from typing import Any

from conformance.aws.members import Members
from conformance.config.declared import Declared
from conformance.config.declared.security import VpcEndpoint
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.functions import DeployedFunction
from conformance.model.errors import NotAssessedError
from conformance.model.iam.exposure import Trusted, restricts
from conformance.model.iam.statements import Statement, statements

AVAILABLE = "available"


class DeployedVpcEndpoint:
    """The endpoint of a VPC for DynamoDB."""

    def __init__(
        self,
        facts: Facts,
        region: str,
        declared: Declared,
        it: VpcEndpoint,
        functions: Iterable[DeployedFunction],
    ) -> None:
        """Know the VPC, and the functions that should use it; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._vpc = it.vpc
        self._kind = it.kind
        self._trusted = declared.security.trusted
        self._functions = list(functions)

    @prefetched
    def vpc_id(self) -> str:
        """The id of the VPC.

        Raises:
            NotAssessedError: none, or more than one, bears the name.
        """
        found = self._read("DescribeVpcs", _named("tag:Name", self._vpc))["Vpcs"]
        if len(found) != 1:
            raise NotAssessedError(f"{len(found)} VPCs are named {self._vpc}")
        return str(found[0]["VpcId"])

    @prefetched
    def _endpoints(self) -> list[Members]:
        """DescribeVpcEndpoints, of DynamoDB in this VPC and of the declared kind."""
        service = f"com.amazonaws.{self._region}.dynamodb"
        answer = self._read(
            "DescribeVpcEndpoints",
            _named("vpc-id", self.vpc_id),
            _named("service-name", service),
        )
        found = answer["VpcEndpoints"]
        return [
            endpoint
            for endpoint in found
            # A deleted endpoint is listed for a while.
            if endpoint["VpcEndpointType"] == self._kind
            and endpoint["State"].lower() != "deleted"
        ]

    @property
    def state(self) -> str:
        """`available`, another state, or `MISSING`."""
        return (
            ", ".join(endpoint["State"].lower() for endpoint in self._endpoints)
            or "MISSING"
        )

    @property
    def unrouted(self) -> frozenset[str]:
        """Subnets of functions whose requests to DynamoDB do not take the endpoint.

        A gateway works by route tables, an interface by private DNS names.
        """
        existing = self._existing
        subnets = {
            subnet for function in self._functions for subnet in function.subnets
        }
        if self._kind == "Interface":
            private = all(endpoint["PrivateDnsEnabled"] for endpoint in existing)
            return frozenset() if private else frozenset(subnets)
        routed = {table for endpoint in existing for table in endpoint["RouteTableIds"]}
        tables = self._read("DescribeRouteTables", _named("vpc-id", self.vpc_id))
        by_subnet, main = _associations(tables["RouteTables"])
        return frozenset(
            subnet for subnet in subnets if by_subnet.get(subnet, main) not in routed
        )

    @property
    def open_statements(self) -> frozenset[str]:
        """Statements of its policy that let anything of anybody's through."""
        return frozenset(
            f"statement {statement.name} lets anything through"
            for endpoint in self._existing
            for statement in statements(endpoint.embedded("PolicyDocument"))
            if _open(statement, self._trusted)
        )

    @property
    def _existing(self) -> list[Members]:
        if not self._endpoints:
            raise NotAssessedError("endpoint missing (SEC-6)")
        return list(self._endpoints)

    def _read(self, operation: str, *filters: dict[str, Any]) -> dict[str, Any]:
        return self._facts.read("ec2", self._region, operation, Filters=list(filters))


def _open(each: Statement, trusted: Trusted) -> bool:
    """Return True unless the statement names tables, or its conditions name callers.

    Who passes is anybody in the VPC in either case, so that principals say little.
    """
    named = not each.excepts_resources and not any(map(_any_table, each.resources))
    kept = any(restricts(condition, trusted) for condition in each.conditions)
    return each.allows and not named and not kept


def _any_table(resource: str) -> bool:
    table = resource.partition("table/")[2].partition("/")[0]
    return not table.strip("*")


def _associations(tables: list[dict[str, Any]]) -> tuple[dict[str, str], str]:
    """Subnet to its route table, and the main route table for all the others."""
    by_subnet, main = {}, ""
    for table in tables:
        for association in table["Associations"]:
            if association["Main"]:
                main = table["RouteTableId"]
            else:
                by_subnet[association["SubnetId"]] = table["RouteTableId"]
    return by_subnet, main


def _named(name: str, value: str) -> dict[str, Any]:
    return {"Name": name, "Values": [value]}
