"""Runs of pytest and of commands, forked from a process that has imported what is slow.

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
        "conformance.__main__",
        "conformance.aws.login",
        "conformance.drills.drill",
        "conformance.drills.switching",
        "conformance.pytest_plugin.controller",
        "conformance.run.findings",
        "tests.selftest.fork_pytest",
        "tests.selftest.parsed_models",
    ]
)


class Forked:
    """A forked process, to be waited for and signalled like one of subprocess."""

    def __init__(self, program, arguments, where, environment, log):
        """Start it in a session of its own; its output goes to the log."""
        log.touch()
        arguments = [*map(str, arguments)]
        self._process = _CONTEXT.Process(
            target=_run, args=(program, arguments, where, environment, log)
        )
        self._process.start()

    @property
    def pid(self):
        """The process's id, which is also that of its group."""
        return self._process.pid

    def poll(self):
        """Return the exit status, or None while it runs."""
        return self._process.exitcode

    def wait(self, timeout=None):
        """Wait for the end and return the exit status."""
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError(f"process {self.pid} runs longer than {timeout} s")
        return self._process.exitcode

    def send_signal(self, number):
        """Send it a signal."""
        os.kill(self.pid, number)


def _run(program, arguments, where, environment, log):
    os.setsid()
    os.chdir(where)
    os.environ.clear()
    os.environ.update(environment)
    nothing, output = os.open(os.devnull, os.O_RDONLY), os.open(log, os.O_WRONLY)
    for file, number in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(file, number)
    sys.path.insert(0, str(where))
    if program == "conformance":
        from conformance.__main__ import main  # noqa: PLC0415 -- preloaded

        sys.exit(main(arguments))
    import pytest  # noqa: PLC0415 -- importing it here is part of the plan

    sys.argv = [pytest.__file__, *arguments]
    sys.exit(pytest.console_main())
