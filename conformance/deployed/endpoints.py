"""The DynamoDB endpoint of a VPC, and who passes through it."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.aws.members import Members
from conformance.config.declared import Declared
from conformance.deployed.facts import Facts, prefetched
from conformance.deployed.functions import DeployedFunction
from conformance.model.errors import NotAssessedError
from conformance.model.iam.passage import open_passages

AVAILABLE = "available"


class DeployedVpcEndpoint:
    """The endpoints of a VPC for DynamoDB, of the declared kind."""

    def __init__(
        self,
        facts: Facts,
        region: str,
        declared: Declared,
        name: str,
        functions: Mapping[str, DeployedFunction],
    ) -> None:
        """Know the VPC, and the functions by service; nothing is read yet."""
        self._facts = facts
        self._region = region
        self._declared = declared.security.vpc_endpoints[name]
        self._networks = declared.security.vpc_endpoints.values()
        self._trusted = declared.security.trusted
        self._functions = functions

    @prefetched
    def vpc_id(self) -> str:
        """The id of the VPC.

        Raises:
            NotAssessedError: none, or more than one, bears the name.
        """
        return self._vpc_id(self._declared.vpc)

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the VPC and of all endpoints in it, for whatever service."""
        endpoints = (endpoint["VpcEndpointId"] for endpoint in self._all)
        return frozenset({self.vpc_id, *endpoints})

    @prefetched
    def _all(self) -> list[Members]:
        """DescribeVpcEndpoints, of this VPC."""
        answer = self._read("DescribeVpcEndpoints", _named("vpc-id", self.vpc_id))
        # A deleted endpoint is listed for a while.
        return [
            endpoint
            for endpoint in answer["VpcEndpoints"]
            if endpoint["State"].lower() != "deleted"
        ]

    @property
    def _endpoints(self) -> list[Members]:
        """The endpoints for DynamoDB, of the declared kind."""
        service = f"com.amazonaws.{self._region}.dynamodb"
        return [
            endpoint
            for endpoint in self._all
            if endpoint["ServiceName"] == service
            and endpoint["VpcEndpointType"] == self._declared.kind
        ]

    @property
    def state(self) -> str:
        """`available` if one is; otherwise the states of all, or `MISSING`."""
        states = [endpoint["State"].lower() for endpoint in self._endpoints]
        return AVAILABLE if AVAILABLE in states else ", ".join(states) or "MISSING"

    @property
    def unrouted(self) -> frozenset[str]:
        """The functions whose requests to DynamoDB do not take the endpoint.

        A gateway works by route tables, an interface by private DNS names, or by names
        that a function is given.

        Raises:
            NotAssessedError: no declared function runs in the VPC.
        """
        existing = self._available
        networks = {
            name: function.network(self.vpc_id) for name, function in self._wanted
        }
        inside = {
            name: self._functions[name]
            for name, network in networks.items()
            if network == self.vpc_id
        }
        found = {
            f"{name} runs in {network or 'no VPC'}"
            for name, network in networks.items()
            if name not in inside and not self._elsewhere(network)
        }
        if not inside and not found:
            raise NotAssessedError(
                f"no declared function runs in {self._declared.vpc}: whose requests "
                "take its endpoint is not known"
            )
        past = (
            self._past_interfaces(inside, existing)
            if self._declared.kind == "Interface"
            else self._past_gateways(inside, existing)
        )
        return frozenset({*found, *past})

    @property
    def open_statements(self) -> frozenset[str]:
        """The statements of its policy that let anything of anybody's through."""
        return frozenset(
            sentence
            for endpoint in self._available
            for sentence in open_passages(
                endpoint.embedded("PolicyDocument"), self._trusted
            )
        )

    @property
    def _available(self) -> list[Members]:
        """The endpoints that are available, or all of them if none is."""
        if not self._endpoints:
            raise NotAssessedError("endpoint missing (SEC-6)")
        found = [one for one in self._endpoints if one["State"].lower() == AVAILABLE]
        return found or self._endpoints

    @property
    def _wanted(self) -> Iterator[tuple[str, DeployedFunction]]:
        """The functions that should run here; without a declaration, all of them."""
        for name, function in self._functions.items():
            if not self._declared.services or name in self._declared.services:
                yield name, function

    def _elsewhere(self, network: str) -> bool:
        """Return True if a function may run in another declared network, and does."""
        if self._declared.services or not network:
            return False
        return network in {self._vpc_id(other.vpc) for other in self._networks}

    def _past_interfaces(
        self, functions: Mapping[str, DeployedFunction], endpoints: list[Members]
    ) -> Iterator[str]:
        if any(map(_private_names, endpoints)):
            return
        # Absent where an endpoint has no names.
        names = {
            entry["DnsName"]
            for endpoint in endpoints
            for entry in endpoint.get("DnsEntries", ())
        }
        for service, function in functions.items():
            if not any(map(function.names, names)):
                yield f"{service} names no endpoint, and there is no private DNS"

    def _past_gateways(
        self, functions: Mapping[str, DeployedFunction], endpoints: list[Members]
    ) -> Iterator[str]:
        routed = {
            table for endpoint in endpoints for table in endpoint["RouteTableIds"]
        }
        tables = self._read("DescribeRouteTables", _named("vpc-id", self.vpc_id))
        by_subnet, main = _associations(tables["RouteTables"])
        for service, function in functions.items():
            for subnet in function.subnets:
                if by_subnet.get(subnet, main) not in routed:
                    yield f"{subnet} of {service}"

    def _vpc_id(self, name: str) -> str:
        found = self._read("DescribeVpcs", _named("tag:Name", name))["Vpcs"]
        if len(found) != 1:
            raise NotAssessedError(f"{len(found)} VPCs are named {name}")
        return str(found[0]["VpcId"])

    def _read(self, operation: str, *filters: dict[str, Any]) -> Members:
        return self._facts.read("ec2", self._region, operation, Filters=list(filters))


def _private_names(endpoint: Members) -> bool:
    """Return True if DynamoDB's usual name leads to the endpoint, in the whole VPC.

    With PrivateDnsOnlyForInboundResolverEndpoint it does so for other networks alone:
    EC2 API Reference, DnsOptions, which is absent where there are none.
    """
    options = endpoint.get("DnsOptions") or {}
    inbound = options.get("PrivateDnsOnlyForInboundResolverEndpoint", False)
    return bool(endpoint["PrivateDnsEnabled"]) and not inbound


def _associations(tables: list[Members]) -> tuple[dict[str, str], str]:
    """Subnet to its route table, and the main route table for all the others.

    An association with a gateway (an edge association) is about no subnet. EC2 API
    Reference, RouteTableAssociation.
    """
    by_subnet, main = {}, ""
    for table in tables:
        for association in table["Associations"]:
            # Absent in answers of old; another state than `associated` routes nothing.
            state = (association.get("AssociationState") or {}).get("State")
            if state not in (None, "associated"):
                continue
            if association.get("Main"):
                main = table["RouteTableId"]
            elif "SubnetId" in association:
                by_subnet[association["SubnetId"]] = table["RouteTableId"]
    return by_subnet, main


def _named(name: str, value: str) -> dict[str, Any]:
    return {"Name": name, "Values": [value]}
