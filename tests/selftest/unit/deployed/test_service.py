"""What is declared of a service: which version serves, and where names come from."""

from dataclasses import replace

import pytest

from conformance.aws.client import AwsError
from conformance.deployed.service import DeployedService
from conformance.model.errors import NotAssessedError
from tests.selftest.own_contract import own_declared, own_environment

SIT = own_environment("sit")
(REGION,) = SIT.regions
NAME = "order_lambda"
RIGHT = {"ORDERS_TABLE": SIT.physical("orders"), "TABLE_REGION": REGION}
WRONG = RIGHT | {"ORDERS_TABLE": "orders-dev"}


def shown(variables, version="$LATEST", role="order_lambda-sit"):
    """Return a configuration with these variables."""
    return {
        "FunctionName": NAME,
        "Version": version,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Role": f"arn:aws:iam::{SIT.account}:role/{role}",
        "Environment": {"Variables": variables},
    }


class Lambda:
    """Facts about one function."""

    environment = SIT

    def __init__(self, draft, aliases=(), **versions):
        """Keep the draft, the aliases, and the versions by number."""
        self._versions = {"v$LATEST": draft, **versions}
        self._aliases = list(aliases)

    def read(self, _service, _region, operation, **parameters):
        """Answer as Lambda does."""
        if operation == "ListAliases":
            return {"Aliases": self._aliases}
        if operation == "GetFunctionConcurrency":
            return {}
        version = f"v{parameters.get('Qualifier', '$LATEST')}"
        if version not in self._versions:
            raise AwsError("no such version", "ResourceNotFoundException")
        return self._versions[version]


def deployed(facts, **changed):
    """Return the service, declared with these changes."""
    contract = own_declared(SIT)
    services = contract.services.services
    service = replace(services[NAME], **changed)
    services = replace(contract.services, services={**services, NAME: service})
    return DeployedService(facts, REGION, replace(contract, services=services), NAME)


LIVE = [{"Name": "live", "FunctionVersion": "3"}]


def test_the_declared_alias_alone_is_judged():
    """Neither the draft nor another alias serves."""
    aliases = [*LIVE, {"Name": "previous", "FunctionVersion": "2"}]
    facts = Lambda(shown(WRONG), aliases, v3=shown(RIGHT, "3"), v2=shown(WRONG, "2"))
    assert deployed(facts, qualifier="live").variables == RIGHT
    assert deployed(facts, qualifier="previous").variables == WRONG
    assert deployed(facts, qualifier="$LATEST").variables == WRONG
    assert deployed(facts, qualifier="3").variables == RIGHT


def test_both_versions_of_a_declared_alias_are_judged():
    """Each value names the version that it is of."""
    weights = {"AdditionalVersionWeights": {"4": 0.05}}
    facts = Lambda(
        shown(RIGHT),
        [LIVE[0] | {"RoutingConfig": weights}],
        v3=shown(RIGHT, "3"),
        v4=shown(WRONG, "4"),
    )
    found = deployed(facts, qualifier="live").variables["ORDERS_TABLE"]
    assert found == "orders-sit by alias live (3); orders-dev by alias live (4)"


def test_a_declared_alias_that_is_missing_fails_once():
    """What else rests on it waits."""
    service = deployed(Lambda(shown(RIGHT)), qualifier="live")
    assert service.state == "MISSING"
    with pytest.raises(NotAssessedError, match=r"live of function order_lambda miss"):
        _ = service.variables


def test_aws_region_needs_no_variable():
    """Lambda sets it to the region that the function runs in."""
    facts = Lambda(shown({"ORDERS_TABLE": RIGHT["ORDERS_TABLE"]}))
    service = deployed(facts, region_variable="AWS_REGION")
    assert service.variables == service.declared_variables
    with pytest.raises(NotAssessedError, match="TABLE_REGION is not set"):
        _ = deployed(facts).variables


def test_a_name_that_comes_from_elsewhere_is_not_assessed():
    """Unless another variable is wrong, which is certain."""
    (use,) = own_declared(SIT).services.services[NAME].uses
    use = replace(use, variable="", name_from="SSM parameter /orders/table")
    right = deployed(Lambda(shown({"TABLE_REGION": REGION})), uses=(use,))
    with pytest.raises(NotAssessedError, match="orders from SSM parameter /orders"):
        _ = right.variables
    wrong = deployed(Lambda(shown({"TABLE_REGION": "eu-west-2"})), uses=(use,))
    assert wrong.variables == {"TABLE_REGION": "eu-west-2"}


def test_a_role_is_compared_with_its_path_where_one_is_declared():
    """A name alone stands for a role with any path."""
    facts = Lambda(shown(RIGHT, role="apps/order_lambda-sit"))
    assert deployed(facts).role_name == "order_lambda-sit"
    declared = deployed(facts, role="apps/order_lambda-sit")
    assert declared.role_name == "apps/order_lambda-sit"
    assert declared.role.name == "order_lambda-sit"
    assert deployed(facts, role="x/order_lambda-sit").role_name != "x/order_lambda-sit"
