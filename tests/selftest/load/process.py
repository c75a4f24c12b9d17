"""`locust -f tests/perf` on the stand-in, as its own process."""

import os
import signal
import subprocess
import sys
import time

from tests.selftest.twin_env import ROOT, Result, clean_environment

MORE = """
[cannot_prove]
PRF-1 = "not here"
PRF-2 = "not here"
PRF-3 = "not here"
PRF-4 = "not here"
PRF-5 = "not here"
PRF-6 = "not here"
"""
ALLOWS = ["read", "data", "load"]


class Loading:
    """A load run that is under way."""

    def __init__(self, twin, folder, arguments):
        """Start locust as a user would."""
        self.evidence = folder / "evidence"
        self.log = folder / "log.txt"
        with self.log.open("w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [
                    *[sys.executable, "-m", "locust", "-f", "tests/perf"],
                    *["--env", str(twin.file), "--schemas", str(twin.contract)],
                    *["--evidence", str(self.evidence), *arguments],
                ],
                cwd=ROOT,
                env=clean_environment(folder),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def result(self):
        """Wait for the end."""
        try:
            status = self.process.wait(120)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
        return Result(status, self.log.read_text(encoding="utf-8"), self.evidence)


def begin(twin, contract, folder, *arguments, seconds=3, deploy=True, **keys):
    """Deploy the twin as one that takes a load, and begin a small one."""
    twin.write(**{"allows": ALLOWS, "more": MORE} | keys)
    if deploy:
        twin.deploy(contract)
    small = ("--scale", "0.005", "--seconds", str(seconds))
    return Loading(twin, folder, [*small, *arguments])


def left(twin):
    """Every item that is in the tables."""
    return twin.scan("campaigns") + twin.scan("users")


def until(twin, operation):
    """Wait until the load has sent this."""
    deadline = time.monotonic() + 60
    while operation not in {call["operation"] for call in twin.calls()}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
