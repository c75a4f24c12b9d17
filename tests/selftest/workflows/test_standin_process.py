"""A stand-in that cannot start says why, in one line."""

import json
import socket
import subprocess
import sys

import pytest

from conformance.run import standin_process
from tests.selftest.own_contract import SCHEMAS
from tests.selftest.twin_env import ROOT

NOT_STARTED = "ERROR: the local stand-in did not start: "


def standin(*options):
    """Run `python -m conformance standin`; return its status and its errors."""
    command = [sys.executable, "-m", "conformance", "standin", *options]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    return run.returncode, run.stderr.splitlines()


@pytest.fixture
def taken_port():
    """A port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def refused_contract(tmp_path):
    """A contract whose index has a name that DynamoDB does not take."""
    contract = json.loads(SCHEMAS.read_text(encoding="utf-8"))
    name, table = next(iter(contract["tables"].items()))
    table["indexes"] = {"ab": next(iter(table["indexes"].values()))}
    contract["tables"] = {name: table}
    file = tmp_path / "schemas.json"
    file.write_text(json.dumps(contract), encoding="utf-8")
    return file


def test_a_port_that_is_taken_is_named(taken_port):
    """The message MUST name the port, and the status MUST be that of bad input."""
    status, errors = standin("--port", str(taken_port))

    reason = "is taken by another program; choose another, or 0 for any"
    assert errors == [f"{NOT_STARTED}port {taken_port} {reason}"]
    assert status == 4


def test_a_port_that_does_not_exist_is_named():
    """A port above 65535 MUST be refused in one line."""
    status, errors = standin("--port", "99999")

    reason = "port 99999 does not exist; choose one of 1 to 65535, or 0 for any"
    assert errors == [NOT_STARTED + reason]
    assert status == 4


def test_a_contract_that_is_not_there_is_named(tmp_path):
    """A file that is missing MUST be refused in one line."""
    missing = tmp_path / "none.json"

    status, errors = standin("--provision", "local", "--schemas", str(missing))

    assert errors == [f"ERROR: {missing}: there is no such file"]
    assert status == 4


def test_a_contract_that_does_not_fit_is_named(refused_contract):
    """Tables that cannot be deployed MUST be refused without a traceback."""
    status, errors = standin("--provision", "local", "--schemas", str(refused_contract))

    assert len(errors) < 4, errors
    assert errors[0].startswith("ERROR: ")
    assert "ab" in "".join(errors)
    assert status == 4


def test_a_stand_in_that_is_not_installed_says_how_to_install_it(monkeypatch):
    """The suite is installed without the stand-in, and MUST say how to get it."""
    monkeypatch.setattr(standin_process, "find_spec", lambda _: None)

    with pytest.raises(
        standin_process.BadInputError, match=r"pip install \./aws_standin"
    ):
        standin_process.bare_standin(0)
