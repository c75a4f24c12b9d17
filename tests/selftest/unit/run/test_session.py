"""A session is open, or nothing of it is left."""

from types import SimpleNamespace

import pytest

from conformance.config.environment import load_environment
from conformance.model.errors import BadInputError
from conformance.run import session
from conformance.run.inputs import load_inputs
from conformance.run.session import open_session

LOCAL = load_inputs(load_environment("local"))
ENDPOINT = "http://127.0.0.1:1"


class StandIn:
    """A stand-in that only says where it is."""

    endpoint = ENDPOINT
    stopped = False

    def stop(self):
        """Remember it."""
        self.stopped = True


@pytest.fixture
def standin(monkeypatch):
    """The stand-in that the session starts."""
    standin = StandIn()
    monkeypatch.setattr(session, "provisioned_standin", lambda *_: standin)
    return standin


def _answer(environment, _declared, _recorder):
    clients = SimpleNamespace(
        environment=environment,
        credentials_from="env",
        endpoint=lambda service, region: f"{ENDPOINT}/{service}/{region}",
    )
    return clients, SimpleNamespace(account="111122223333", arn="arn:a")


def test_an_open_session_has_everything(standin, monkeypatch):
    """No field waits to be filled; the inputs know the stand-in."""
    monkeypatch.setattr(session, "connect", _answer)
    opened = open_session(LOCAL, "gw1", 1)
    assert opened.environment.endpoint_url == ENDPOINT
    assert opened.target.endpoint == f"{ENDPOINT}/dynamodb/eu-west-1"
    assert (opened.target.caller, opened.worker) == ("arn:a", 1)
    assert set(opened.deployed.regions) == {"eu-west-1"}
    opened.close()
    assert standin.stopped


def test_what_does_not_open_leaves_no_stand_in(standin, monkeypatch):
    """The stand-in that was started ends with the failure."""

    def refuse(*_):
        raise BadInputError("wrong account")

    monkeypatch.setattr(session, "connect", refuse)
    with pytest.raises(BadInputError, match="wrong account"):
        open_session(LOCAL)
    assert standin.stopped
