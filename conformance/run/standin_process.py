"""Start the stand-in as a process that never outlives this one."""

import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.config.environment import Environment
from conformance.config.reader import ROOT
from conformance.model.errors import BadInputError

_STARTS_WITHIN_S = 60


class StandinProcess:
    """A process that prints `ready URL`, and ends when its standard input does."""

    def __init__(self, *command: str) -> None:
        """Run `python -m COMMAND --with-parent`, and wait until it is ready.

        Raises:
            BadInputError: it does not start.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command, "--with-parent"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C must not end it before we have cleaned up
        )
        killer = threading.Timer(_STARTS_WITHIN_S, self._process.kill)
        killer.start()
        assert self._process.stdout is not None  # noqa: S101 -- asked for above
        ready = self._process.stdout.readline()
        killer.cancel()
        if not ready.startswith("ready "):
            self.stop()
            raise BadInputError(
                "the local stand-in did not start; see why with: "
                f"python -m {' '.join(command)}"
            )
        self.endpoint = ready.split()[1]

    def __enter__(self) -> Self:
        """Return the running process."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self.stop()

    def wait(self) -> None:
        """Return when it has ended."""
        self._process.wait()

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()


def bare_standin(port: int) -> StandinProcess:
    """Serve a stand-in in which nothing is deployed; port 0 takes a free one.

    Raises:
        BadInputError: it is not installed, or does not start.
    """
    try:
        found = find_spec("aws_standin.server")
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise BadInputError(
            "the stand-in is not installed beside this suite; in a checkout of it: "
            "make install, or pip install ./aws_standin"
        )
    return StandinProcess("aws_standin", "--port", str(port))


def provisioned_standin(environment: Environment, schemas: Path) -> StandinProcess:
    """Serve a stand-in in which the environment is deployed as declared.

    Raises:
        BadInputError: it does not start.
    """
    source = ("--provision", str(environment.source), "--schemas", str(schemas))
    return StandinProcess("conformance", "standin", *source)
