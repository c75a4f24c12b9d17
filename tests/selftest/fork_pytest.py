"""Runs pytest as a user would, forked from a process that has imported what is slow.

A start takes a second of importing, and there are hundreds. Plugins of pytest are not
imported before, as pytest rewrites their assertions.
"""

import multiprocessing
import os
import sys

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "pytest",
        "conformance.pytest_plugin.controller",
        "conformance.run.findings",
        "conformance.aws.login",
        "tests.selftest.fork_pytest",
    ]
)


def run_pytest(arguments, where, environment, log, patience_s):
    """Run it to its end with these arguments; its exit status."""
    process = _CONTEXT.Process(
        target=_pytest, args=([*map(str, arguments)], where, environment, log)
    )
    process.start()
    process.join(patience_s)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode


def _pytest(arguments, where, environment, log):
    os.setsid()
    os.chdir(where)
    os.environ.clear()
    os.environ.update(environment)
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY)
    for file, number in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(file, number)
    import pytest  # noqa: PLC0415 -- importing it here is part of the plan

    sys.argv = [pytest.__file__, *arguments]
    sys.path.insert(0, str(where))
    sys.exit(pytest.console_main())
