"""A deployed function is invoked only where its owner declared a test event."""

from dataclasses import replace

import pytest

from conformance.aws.interlock import Interlock
from conformance.aws.login import connect
from conformance.aws.recorder import Recorder
from conformance.config.environment import load_environment
from conformance.demo.deployment import Deployment
from conformance.demo.services import deploy_services
from conformance.deployed.facts import Facts
from conformance.deployed.functions import DeployedFunction
from conformance.model.errors import (
    NotAssessedError,
    RefusedError,
    UnreadableError,
)
from conformance.probes.invocation import invoked
from tests.selftest.own_contract import own_declared
from tests.selftest.twin_env import REGION

TRIED = "order_lambda"
EVENT = {"test": True}


@pytest.fixture
def tried(twin):
    """An environment that allows invoking, and the declaration with a test event."""
    twin.write(allows=["read", "invoke"], more='[cannot_prove]\nSEC-6 = "no VPC here"')
    environment = load_environment(str(twin.file))
    declared = own_declared(environment)
    every = declared.services.services
    services = every | {TRIED: replace(every[TRIED], test_event=EVENT)}
    services = replace(declared.services, services=services)
    return environment, replace(declared, services=services)


def test_only_a_function_with_a_test_event_is_invoked(tried):
    """Any other function is refused before anything is sent."""
    environment, declared = tried
    interlock = Interlock(environment, declared.tables, declared.services.triable)
    interlock.check("lambda", "Invoke", {"FunctionName": TRIED}, REGION)
    with pytest.raises(RefusedError, match="test_event"):
        interlock.check(
            "lambda", "Invoke", {"FunctionName": "campaigns_lambda"}, REGION
        )


def test_nothing_is_invoked_where_it_is_not_allowed(tried):
    """Without "invoke" in allows the check says how to allow it."""
    environment, declared = tried
    closed = replace(environment, allows=frozenset({"read"}))
    interlock = Interlock(closed, declared.tables, declared.services.triable)
    with pytest.raises(NotAssessedError, match='adds "invoke"'):
        interlock.check("lambda", "Invoke", {"FunctionName": TRIED}, REGION)


def test_the_functions_answer_is_judged(tried, aws):
    """A function that returns succeeded; one that raises or refuses failed."""
    environment, declared = tried
    deploy_services(Deployment(environment, aws.endpoint), declared)
    clients, _ = connect(environment, declared, Recorder())
    service = declared.services.services[TRIED]
    function = DeployedFunction(Facts(clients), REGION, TRIED)
    assert invoked(clients, function, service) == "succeeded"
    try:
        aws.control("settings", {"functions": {"error": "Unhandled"}})
        assert invoked(clients, function, service) == "failed: Unhandled"
        refusal = {"error": "", "payload": '{"statusCode": 500}'}
        aws.control("settings", {"functions": refusal})
        assert invoked(clients, function, service) == "failed: status code 500"
    finally:
        aws.control("settings", {"functions": {"error": "", "payload": "null"}})


def test_the_declared_alias_is_deployed_read_and_invoked(tried, aws):
    """Over HTTP, what serves is the version that the alias leads to."""
    environment, declared = tried
    every = declared.services.services
    service = replace(every[TRIED], qualifier="live")
    services = replace(declared.services, services=every | {TRIED: service})
    declared = replace(declared, services=services)
    deploy_services(Deployment(environment, aws.endpoint), declared)
    clients, _ = connect(environment, declared, Recorder())
    function = DeployedFunction(Facts(clients), REGION, TRIED, "live")
    assert list(function.serving) == ["alias live (1)"]
    assert function.state == "Active"
    assert invoked(clients, function, service) == "succeeded"
    missing = DeployedFunction(Facts(clients), REGION, TRIED, "blue")
    assert missing.state == "MISSING"
    with pytest.raises(UnreadableError, match="ResourceNotFoundException"):
        invoked(clients, missing, service)
