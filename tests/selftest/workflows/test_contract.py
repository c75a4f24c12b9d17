"""`pytest` alone: the checks of the contract, without a network."""

import subprocess
import sys

import pytest

from conformance.config.file_reader import ROOT
from tests.selftest.twin_env import clean_environment

ALONE = """
import socket, sys, pytest
def refuse(*_): raise AssertionError("somebody was asked")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
sys.exit(pytest.main(["-q", *sys.argv[1:]]))
"""


@pytest.mark.parametrize("environment", ["local", "prod"])
def test_contract_asks_nobody(tmp_path, environment):
    """Plain pytest opens no connection and needs no credentials."""
    command = [sys.executable, "-c", ALONE, f"--env={environment}"]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=clean_environment(tmp_path),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
