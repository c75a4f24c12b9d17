"""`python -m aws_standin` says in one line why it cannot serve."""

import socket

import pytest

from aws_standin.__main__ import main


@pytest.fixture
def taken_port():
    """A port on which somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_port_that_is_taken_is_named(taken_port, capsys):
    """The message MUST name the port."""
    status = main(["--port", str(taken_port)])

    assert capsys.readouterr().err == (
        f"ERROR: port {taken_port} is taken by another program; choose another, or 0 "
        "for any\n"
    )
    assert status == 4


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_does_not_exist_is_named(port, capsys):
    """The message MUST name the ports that there are."""
    status = main(["--port", port])

    assert capsys.readouterr().err == (
        f"ERROR: port {port} does not exist; choose one of 1 to 65535, or 0 for any\n"
    )
    assert status == 4
