"""Facts: each request is made once a process, and repeated to whoever asks again."""

import json
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from conformance.aws.client import Door
from conformance.aws.recorder import rest_on, resting
from conformance.model.finding import Observation

_THREADS = 16


class fact(property):  # noqa: N801 -- a decorator, like `property`
    """A property that is worth reading ahead: it rests on one request of its own."""


@dataclass
class _Answer:
    lock: threading.Lock = field(default_factory=threading.Lock)
    read: bool = False
    value: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None
    observations: tuple[Observation, ...] = ()


class Facts:
    """What AWS answered in this process. Later readers get the same answer or error."""

    def __init__(self, door: Door) -> None:
        """Ask through this door."""
        self.environment = door.environment
        self._door = door
        self._answers: dict[tuple[str, ...], _Answer] = {}
        self._lock = threading.Lock()

    def know(
        self,
        service: str,
        region: str,
        operation: str,
        answer: dict[str, Any],
        observations: Iterable[Observation],
    ) -> None:
        """Take an answer, to a request without parameters, that is known already."""
        known = _Answer(read=True, value=answer, observations=tuple(observations))
        self._answers[service, region, operation, "{}"] = known

    def read(
        self, service: str, region: str, operation: str, **parameters: Any
    ) -> dict[str, Any]:
        """The answer, not to be changed; the caller's check rests on its observations.

        Raises:
            AwsError: AWS answered with an error, now or when it was first asked.
            UnreadableError: AWS did not answer.
        """
        request = json.dumps(parameters, sort_keys=True, default=str)
        with self._lock:
            answer = self._answers.setdefault(
                (service, region, operation, request), _Answer()
            )
        with answer.lock:
            if not answer.read:
                self._ask(answer, service, region, operation, parameters)
        rest_on(answer.observations)
        if answer.error is not None:
            raise answer.error.with_traceback(None)
        return answer.value

    def _ask(self, answer: _Answer, *request: Any) -> None:
        service, region, operation, parameters = request
        with resting() as observations:
            try:
                answer.value = self._door.ask(service, region, operation, **parameters)
            except Exception as error:  # noqa: BLE001 -- repeated to every reader
                answer.error = error
        answer.observations = tuple(observations)
        answer.read = True


def prefetch(nouns: Iterable[object]) -> None:
    """Read every fact of these nouns in parallel; errors wait for their readers."""
    wanted = [
        (noun, name)
        for noun in nouns
        for name, member in vars(type(noun)).items()
        if isinstance(member, fact)
    ]

    def read(noun_and_name: tuple[object, str]) -> None:
        with suppress(Exception):
            getattr(*noun_and_name)

    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(read, wanted))
