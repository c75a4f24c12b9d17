"""A process opens its environment once, with its own share of test items."""

from types import SimpleNamespace

import pytest

from conformance.pytest_plugin import stash
from conformance.pytest_plugin.stash import INPUTS, SESSION, open_once


@pytest.fixture
def opened(monkeypatch):
    """Every session that is opened: the inputs, the process, and its share."""
    opened = []

    def open_session(*asked):
        opened.append(asked)
        return SimpleNamespace(inputs="with endpoint")

    monkeypatch.setattr(stash, "open_session", open_session)
    return opened


@pytest.mark.parametrize(
    ("workerinput", "process"),
    [({}, ("main", 0)), ({"workerinput": {"workerid": "gw3"}}, ("gw3", 3))],
)
def test_a_session_is_opened_once(opened, workerinput, process):
    """Later callers get the same; its inputs know the stand-in it has started."""
    config = SimpleNamespace(stash=pytest.Stash(), **workerinput)
    config.stash[INPUTS] = "as read"
    session = open_once(config)
    assert open_once(config) is session is config.stash[SESSION]
    assert opened == [("as read", *process)]
    assert config.stash[INPUTS] == "with endpoint"
