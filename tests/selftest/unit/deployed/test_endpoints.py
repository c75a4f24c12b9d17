"""The endpoints of declared networks, and the functions that should use them."""

from types import SimpleNamespace

import pytest

from conformance.aws.members import Members
from conformance.config.declared.security import VpcEndpoint
from conformance.deployed.endpoints import DeployedVpcEndpoint
from conformance.model.errors import NotAssessedError

NAME = "vpce-1-abc.dynamodb.eu-west-1.vpce.amazonaws.com"
ENDPOINT = {
    "VpcEndpointId": "vpce-1",
    "VpcEndpointType": "Interface",
    "ServiceName": "com.amazonaws.eu-west-1.dynamodb",
    "State": "available",
    "PrivateDnsEnabled": True,
    "DnsEntries": [{"DnsName": NAME}],
}
NETWORKS = {
    "first": VpcEndpoint("first-vpc", "Interface"),
    "second": VpcEndpoint("second-vpc", "Interface"),
}


class Facts:
    """What EC2 says of two VPCs and one endpoint."""

    def __init__(self, **endpoint):
        """Change the endpoint."""
        self.endpoint = Members(ENDPOINT | endpoint)

    def read(self, *request, Filters):  # noqa: N803 -- as EC2 calls it
        """Return the VPC of a name, or the endpoint."""
        (value,) = Filters[0]["Values"]
        if request[-1] == "DescribeVpcs":
            return Members({"Vpcs": [{"VpcId": f"vpc-{value}"}]})
        return Members({"VpcEndpoints": [self.endpoint]})


class Function:
    """A function in a VPC, with one environment variable."""

    def __init__(self, network, variable=""):
        """Keep where it runs, and what it is told."""
        self._network = network
        self._variable = variable

    def network(self, _):
        """Return the VPC."""
        return self._network

    def names(self, address):
        """Return True if the variable holds the address."""
        return address in self._variable


def network(functions, networks=NETWORKS, **endpoint):
    declared = SimpleNamespace(
        security=SimpleNamespace(vpc_endpoints=networks, trusted=None)
    )
    facts = Facts(**endpoint)
    return DeployedVpcEndpoint(facts, "eu-west-1", declared, "first", functions)


FIRST, SECOND = Function("vpc-first-vpc"), Function("vpc-second-vpc")
NAMING = Function("vpc-first-vpc", f"https://{NAME}")


def test_functions_may_be_spread_over_declared_networks():
    """Each is judged in its own network; one elsewhere is a finding."""
    assert network({"a": FIRST, "b": SECOND}).unrouted == frozenset()
    stray = {"a": FIRST, "b": Function("vpc-other"), "c": Function("")}
    assert network(stray).unrouted == {"b runs in vpc-other", "c runs in no VPC"}


def test_a_network_without_functions_is_not_assessed():
    """Nothing passes by absence."""
    with pytest.raises(NotAssessedError, match="no declared function runs in first"):
        network({"b": SECOND}).unrouted  # noqa: B018 -- it raises
    with pytest.raises(NotAssessedError):
        network({}).unrouted  # noqa: B018 -- it raises


def test_services_that_are_declared_for_a_network_must_run_there():
    """Those of other networks, or of none, are no concern of it."""
    only = NETWORKS | {"first": VpcEndpoint("first-vpc", "Interface", ("a",))}
    functions = {"a": FIRST, "b": SECOND, "c": Function("")}
    assert network(functions, only).unrouted == frozenset()
    moved = functions | {"a": SECOND}
    assert network(moved, only).unrouted == {"a runs in vpc-second-vpc"}


@pytest.mark.parametrize(
    "endpoint",
    [
        {"PrivateDnsEnabled": False},
        {"DnsOptions": Members({"PrivateDnsOnlyForInboundResolverEndpoint": True})},
    ],
)
def test_an_interface_without_private_names_must_be_named(endpoint):
    """AWS's usual name leads past it, unless a function is told its own."""
    assert network({"a": NAMING}, **endpoint).unrouted == frozenset()
    (reason,) = network({"a": FIRST, "b": NAMING}, **endpoint).unrouted
    assert reason.startswith("a names no endpoint")
    unnamed = endpoint | {"DnsEntries": []}
    assert network({"a": NAMING}, **unnamed).unrouted != frozenset()
