"""A stand-in of a run's own, as a process that never outlives it."""

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

from conformance.documents import ROOT
from conformance.environment import Environment
from conformance.errors import BadInputError

_STARTS_WITHIN_S = 60


class LocalTarget:
    """The process, and the environment as it is once the process answers."""

    def __init__(self, environment: Environment, schemas: Path) -> None:
        """Start it, and wait until the environment is provisioned.

        Raises:
            BadInputError: it does not start.
        """
        self._process = subprocess.Popen(
            [
                *[sys.executable, "-m", "conformance", "standin"],
                *["--provision", str(environment.source)],
                *["--schemas", str(schemas), "--with-parent"],
            ],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
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
                f"python -m conformance standin --provision {environment.source}"
            )
        self.environment = replace(environment, endpoint_url=ready.split()[1])

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()
