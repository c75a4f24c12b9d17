"""Local engines and tools that some self-tests need and a fresh machine has not."""

import importlib
import os
import shutil
import socket
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def needed(command, why):
    """The path of a tool, or a skip that says what is missing.

    CI sets CONFORMANCE_SKIP_NOTHING: there a missing tool is a failure.
    """
    here = ROOT / "node_modules" / command
    found = str(here) if here.exists() else shutil.which(command)
    if found is None:
        give_up(f"{command} is not on this machine; {why}")
    return found


def give_up(missing):
    """Skip, or fail in CI, because of what is missing."""
    if os.environ.get("CONFORMANCE_SKIP_NOTHING"):
        pytest.fail(missing)
    pytest.skip(missing)


def needed_module(name, why):
    """Import a module, or skip the whole file and say what is missing."""
    if os.environ.get("CONFORMANCE_SKIP_NOTHING"):
        return importlib.import_module(name)
    return pytest.importorskip(name, reason=f"{name} is not installed; {why}")


def free_port():
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, seconds=10):
    """Return once something listens there."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
