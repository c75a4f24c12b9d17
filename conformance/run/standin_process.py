"""Start the stand-in as a process that never outlives this one."""

import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.config.environment import Environment
from conformance.config.file_reader import ROOT
from conformance.model.errors import BadInputError

_STARTS_WITHIN_S = 180
_NOT_STARTED = "the local stand-in did not start: "


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
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C must not end it before we have cleaned up
        )
        killer = threading.Timer(_STARTS_WITHIN_S, self._process.kill)
        killer.start()
        ready = self._process.stdout.readline() if self._process.stdout else ""
        killer.cancel()
        if not ready.startswith("ready "):
            raise BadInputError(f"{_NOT_STARTED}{self._reason(command)}")
        self.endpoint = ready.split()[1]
        threading.Thread(target=self._forward_errors, daemon=True).start()

    def _reason(self, command: tuple[str, ...]) -> str:
        """End the process, and return the last line of its errors."""
        self._process.kill()
        errors = self._process.stderr.read() if self._process.stderr else ""
        self.stop()
        lines = errors.strip().splitlines()
        if not lines:
            return f"it wrote no error within {_STARTS_WITHIN_S} s: {' '.join(command)}"
        return lines[-1].removeprefix("ERROR: ").removeprefix(_NOT_STARTED)

    def _forward_errors(self) -> None:
        """Write the errors of the running process to our own standard error."""
        if self._process.stderr:
            with self._process.stderr as errors:
                for line in errors:
                    sys.stderr.write(line)

    def __enter__(self) -> Self:
        """Return the running process."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process."""
        self.stop()

    def wait(self) -> None:
        """Wait for the end of the process."""
        self._process.wait()

    def stop(self) -> None:
        """End the process."""
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
    _require_standin()
    return StandinProcess("aws_standin", "--port", str(port))


def provisioned_standin(environment: Environment, schemas: Path) -> StandinProcess:
    """Serve a stand-in in which the environment is deployed as declared.

    Raises:
        BadInputError: it is not installed, or does not start.
    """
    _require_standin()
    source = ("--provision", str(environment.source), "--schemas", str(schemas))
    return StandinProcess("conformance", "standin", *source)


def _require_standin() -> None:
    """Raise BadInputError, with the cure, if the stand-in is not installed."""
    try:
        found = find_spec("aws_standin.server")
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise BadInputError(
            "the local stand-in needs aws_standin, which this Python does not have; in "
            "the checkout of this suite: pip install ./aws_standin, or make install"
        )
