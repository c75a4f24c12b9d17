"""Keeps every request to AWS as an observation, and which check rests on it."""

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from conformance.model import suite_keys
from conformance.model.finding import Observation

_resting_on: ContextVar[list[Observation] | None] = ContextVar(
    "resting_on", default=None
)
_VALUE_TYPES = {"S", "N", "B", "SS", "NS", "BS", "L", "M", "BOOL", "NULL"}
_SECRET_WORDS = ("secret", "password", "credential", "sessiontoken")


class Recorder:
    """All observations of one process, in the order of their end."""

    def __init__(self, process: str = "main") -> None:
        """Number the observations of this process."""
        self._process = process
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._pending: list[Observation] = []

    def next_id(self) -> str:
        """An id that no other observation of the run has."""
        return f"{self._process}-{next(self._numbers)}"

    def record(self, observation: Observation) -> None:
        """Keep it, for the run and for whoever rests on it now."""
        with self._lock:
            self._pending.append(observation)
        add_evidence([observation])

    def drain(self) -> list[Observation]:
        """What has been recorded since the last call."""
        with self._lock:
            pending, self._pending = self._pending, []
        return pending


@contextmanager
def collecting() -> Iterator[list[Observation]]:
    """Collect the observations that the body makes, or reads from a fact."""
    observations: list[Observation] = []
    token = _resting_on.set(observations)
    try:
        yield observations
    finally:
        _resting_on.reset(token)


def add_evidence(observations: Iterable[Observation]) -> None:
    """Add to what the check that runs now rests on, each observation once."""
    current = _resting_on.get()
    if current is not None:
        known = {each.id for each in current}
        current.extend(each for each in observations if each.id not in known)


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


def redacted(parameters: Any) -> Any:
    """The parameters without secrets and without the contents of others' items."""
    if isinstance(parameters, dict):
        if len(parameters) == 1 and _VALUE_TYPES.issuperset(parameters):
            return _redacted_value(parameters)
        return {
            name: "…" if _is_secret(name) else redacted(inner)
            for name, inner in parameters.items()
        }
    if isinstance(parameters, list | tuple):
        return [redacted(inner) for inner in parameters]
    if isinstance(parameters, bytes):
        return "…"
    return parameters


def _redacted_value(typed: dict[str, Any]) -> dict[str, Any]:
    ((kind, content),) = typed.items()
    if kind in ("S", "N") and suite_keys.is_suite_key(typed):
        return {kind: content}
    return {kind: "…"}


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET_WORDS)
