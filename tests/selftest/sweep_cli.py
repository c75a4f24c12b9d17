"""`conformance sweep`, as its own process."""

import subprocess
import sys

from tests.selftest.twin_env import ROOT, clean_environment


def sweep(twin, evidence, *arguments):
    """Run the command; its output."""
    command = [sys.executable, "-m", "conformance", "sweep", f"--env={twin.file}"]
    command += [f"--schemas={twin.contract}", f"--evidence={evidence}", *arguments]
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=clean_environment(twin.suite.folder),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr + ended.stdout
    return ended.stdout
