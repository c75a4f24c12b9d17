"""A load run on the stand-in, as its own process."""

import os
import signal
import subprocess
import sys

from tests.selftest.polling import until
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

    def __init__(self, twin, folder, arguments, locustfile):
        """Start locust as a user would."""
        self.evidence = folder / "evidence"
        self.log = folder / "log.txt"
        with self.log.open("w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [
                    *[sys.executable, "-m", "locust", "-f", locustfile],
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
            status = self.process.wait(300)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
        return Result(status, self.log.read_text(encoding="utf-8"), self.evidence)


def begin(twin, contract, folder, *arguments, seconds=3, deploy=True, **keys):
    """Deploy the twin as one that takes a load, and begin a small one."""
    locustfile = keys.pop("locustfile", "tests/selftest/load/patient_locustfile.py")
    twin.write(**{"allows": ALLOWS, "more": MORE} | keys)
    twin.declared = contract
    if deploy:
        twin.deploy_tables(contract)
    small = ("--scale", "0.005", "--seconds", str(seconds))
    return Loading(twin, folder, [*small, *arguments], locustfile)


def left(twin):
    """Every item that is in the declared tables."""
    return [item for table in twin.declared["tables"] for item in twin.scan(table)]


def until_sent(twin, operation):
    """Wait until the load has sent this."""
    until(lambda: operation in operations(twin))


def operations(twin):
    """Which operations the stand-in saw of the twin's account."""
    return {call["operation"] for call in twin.calls()}
