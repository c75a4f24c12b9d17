"""`conformance sweep`, as its own process."""

from tests.selftest.fork_pytest import Forked
from tests.selftest.twin_env import ROOT, clean_environment


def sweep(twin, evidence, *arguments):
    """Run the command; its output."""
    files = [f"--env={twin.file}", f"--schemas={twin.contract}"]
    command = ["sweep", *files, f"--evidence={evidence}", *arguments]
    environment, log = clean_environment(twin.suite.folder), twin.suite.folder / "sweep"
    log.write_text("", encoding="utf-8")
    status = Forked("conformance", command, ROOT, environment, log).wait(300)
    output = log.read_text(encoding="utf-8")
    assert status == 0, output
    return output
