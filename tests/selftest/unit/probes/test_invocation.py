"""What a function's answer to its test event says."""

import io
import json
from dataclasses import replace

import pytest

from conformance.model.errors import NotAssessedError
from conformance.probes.invocation import invoked
from tests.selftest.own_contract import own_declared, own_environment

SERVICE = own_declared(own_environment("sit")).services.services["order_lambda"]


class Function:
    """A deployed function."""

    name, region = "order_lambda", "eu-west-1"

    def __init__(self, qualifier="", aliases=()):
        """Keep which alias serves."""
        self.qualifier, self.aliases = qualifier, dict.fromkeys(aliases)


class Clients:
    """Clients whose Lambda answers the same to every invocation."""

    def __init__(self, payload, **more):
        """Keep the payload as bytes, and other members of the answer."""
        self._payload, self._more = payload, more
        self.sent = []

    def client(self, *_):
        """Return the only client."""
        return self

    def invoke(self, **parameters):
        """Answer."""
        self.sent.append(parameters)
        return {"Payload": io.BytesIO(self._payload), **self._more}


def said(answer, declared=None, **more):
    """Return what is found of an answer, beside what is declared of it."""
    payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    service = replace(SERVICE, test_event={}, test_answer=declared)
    return invoked(Clients(payload, **more), Function(), service)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"",
        b"no JSON",
        {"statusCode": 204},
        {"statusCode": "399"},
        {"batchItemFailures": []},
        {"body": {"statusCode": 500}},
        [{"statusCode": 500}],
    ],
)
def test_an_answer_without_an_error_is_a_success(answer):
    """Only what the answer says of itself counts."""
    assert said(answer) == "succeeded"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"statusCode": 500}, "status code 500"),
        ({"statusCode": 400, "body": "{}"}, "status code 400"),
        ({"statusCode": "404"}, "status code 404"),
        ({"status_code": 403}, "status code 403"),
        ({"StatusCode": 502.0}, "status code 502.0"),
        ({"statusCode": None}, "status code None"),
        ({"batchItemFailures": [{"itemIdentifier": "1"}]}, "1 failures in the batch"),
    ],
)
def test_an_answer_that_says_error_is_none(answer, reason):
    """Lambda takes it for success; who receives it does not."""
    assert said(answer) == f"failed: {reason}"


def test_an_error_of_the_function_comes_first():
    """Its payload is an error object."""
    assert said({"errorMessage": "x"}, FunctionError="Unhandled") == "failed: Unhandled"


@pytest.mark.parametrize(
    ("answer", "declared"),
    [
        ({"ok": True, "id": 7}, {"ok": True}),
        ({"body": '{"order": {"id": 1, "at": 2}}'}, {"body": {"order": {"id": 1}}}),
        ([1, 2], [1, 2]),
        ("pong", "pong"),
        (0, 0),
    ],
)
def test_an_answer_may_hold_more_than_is_declared(answer, declared):
    """Such as ids and times; a body may be JSON in a text."""
    assert said(answer, declared) == "succeeded"


@pytest.mark.parametrize(
    ("answer", "declared", "reason"),
    [
        ({"ok": False}, {"ok": True}, "the answer's ok is false, not true"),
        ({"ok": 1}, {"ok": True}, "the answer's ok is 1, not true"),
        ({}, {"ok": True}, "the answer has no ok"),
        (None, {"ok": True}, "the answer is null, not an object"),
        ({"body": "x"}, {"body": {"id": 1}}, 'the answer\'s body is "x", not an ob'),
        ([1], [1, 2], "the answer is [1], not [1, 2]"),
    ],
)
def test_an_answer_that_lacks_what_is_declared_fails(answer, declared, reason):
    """The reason says where."""
    assert said(answer, declared).startswith(f"failed: {reason}")


def test_the_version_that_serves_is_invoked():
    """The alias if one is declared; the draft if there is none."""
    clients = Clients(b"null")
    assert invoked(clients, Function("live", ["live"]), SERVICE) == "succeeded"
    assert invoked(clients, Function(), SERVICE) == "succeeded"
    qualifiers = [sent.get("Qualifier") for sent in clients.sent]
    assert qualifiers == ["live", None]
    with pytest.raises(NotAssessedError, match="declare the service's qualifier"):
        invoked(clients, Function(aliases=["live"]), SERVICE)
