"""The journal of what a drill is about to make, on disk before it asks for it.

The process that holds a journal's lock is alive. A journal without a lock belongs to a
run that has ended, and everything with its run's id may be removed.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

FILE = "journal.jsonl"


class Journal:
    """The journal of one run."""

    def __init__(self, folder: Path, run: str) -> None:
        """Open it in the run's folder, and hold its lock until the process ends."""
        self._file = (folder / FILE).open("a", encoding="utf-8")
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self.run = run
        self.note("run")

    def note(self, what: str, region: str = "", name: str = "") -> None:
        """Write one line through to the disk."""
        line = {
            "time": datetime.now(UTC).isoformat("T", "milliseconds"),
            "run": self.run,
            "what": what,
            "region": region,
            "name": name,
        }
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let the lock go."""
        self._file.close()


def ended_runs(evidence: Path) -> frozenset[str]:
    """Return the runs whose journals are here and whose processes have ended."""
    return frozenset(
        run for file in evidence.glob(f"*/{FILE}") for run in _run_if_ended(file)
    )


def _run_if_ended(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8") as journal:
        try:
            fcntl.flock(journal, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        try:
            yield str(json.loads(journal.readline())["run"])
        except ValueError:
            return  # killed before its first line: it had asked for nothing
