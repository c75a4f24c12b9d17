"""The record of every request to AWS, and of which check rests on it."""

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from conformance.model.finding import Observation

_evidence: ContextVar[list[Observation] | None] = ContextVar("evidence", default=None)


class Recorder:
    """All observations of one process, in the order of their end."""

    def __init__(self, process: str = "main") -> None:
        """Start to number the observations of this process."""
        self._process = process
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._pending: list[Observation] = []

    def next_id(self) -> str:
        """Return an id that no other observation of the run has."""
        return f"{self._process}-{next(self._numbers)}"

    def record(self, observation: Observation) -> None:
        """Keep the observation, as evidence of the check that runs now, too."""
        with self._lock:
            self._pending.append(observation)
        add_evidence([observation])

    def drain(self) -> list[Observation]:
        """Return what has been recorded since the last call."""
        with self._lock:
            pending, self._pending = self._pending, []
        return pending


@contextmanager
def collecting() -> Iterator[list[Observation]]:
    """Collect the observations that the body makes, or reads from a fact."""
    observations: list[Observation] = []
    token = _evidence.set(observations)
    try:
        yield observations
    finally:
        _evidence.reset(token)


def add_evidence(observations: Iterable[Observation]) -> None:
    """Add observations to the evidence of the running check, without duplicates."""
    current = _evidence.get()
    if current is not None:
        known = {observation.id for observation in current}
        current.extend(new for new in observations if new.id not in known)


@dataclass
class StepLog:
    """The evidence of some steps, and the first error; both wait for their reader."""

    observations: list[Observation] = field(default_factory=list)
    error: Exception | None = None

    def take(self, step: Callable[[], None]) -> None:
        """Take a step; keep its evidence, and its error if it is the first."""
        with collecting() as observations:
            try:
                step()
            except Exception as problem:  # noqa: BLE001 -- waits for its reader
                self.error = self.error or problem
        self.observations += observations

    def require(self) -> None:
        """Attribute the evidence to the running check, and raise the error."""
        add_evidence(self.observations)
        if self.error:
            raise self.error.with_traceback(None)
