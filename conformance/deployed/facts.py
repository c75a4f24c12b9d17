"""Facts: each request is made once a process, and repeated to whoever asks again."""

import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar, overload

from conformance.aws.client import AwsClients
from conformance.aws.recorder import add_evidence, collecting
from conformance.model.finding import Observation

_THREADS = 16
Value = TypeVar("Value")


class Prefetched(Generic[Value]):
    """A property that rests on one request of its own, and is read ahead."""

    def __init__(self, method: Callable[[Any], Value]) -> None:
        """Keep the method that reads it."""
        self._method = method
        self.__doc__ = method.__doc__

    @overload
    def __get__(self, noun: None, owner: type) -> Self: ...
    @overload
    def __get__(self, noun: object, owner: type) -> Value: ...
    def __get__(self, noun: object, owner: type) -> Self | Value:
        """Read the fact of this noun."""
        return self if noun is None else self._method(noun)


def prefetched(method: Callable[[Any], Value]) -> Prefetched[Value]:
    """Make a property of a method, which `prefetch` reads before the first check."""
    return Prefetched(method)


@dataclass
class _Answer:
    lock: threading.Lock = field(default_factory=threading.Lock)
    read: bool = False
    value: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None
    observations: tuple[Observation, ...] = ()


class Facts:
    """What AWS answered in this process. Later readers get the same answer or error."""

    def __init__(self, clients: AwsClients) -> None:
        """Ask through these clients."""
        self.environment = clients.environment
        self._clients = clients
        self._answers: dict[tuple[str, ...], _Answer] = {}
        self._lock = threading.Lock()

    def seed(
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
        add_evidence(answer.observations)
        if answer.error is not None:
            raise answer.error.with_traceback(None)
        return answer.value

    def _ask(self, answer: _Answer, *request: Any) -> None:
        service, region, operation, parameters = request
        with collecting() as observations:
            try:
                answer.value = self._clients.ask(
                    service, region, operation, **parameters
                )
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
        if isinstance(member, Prefetched)
    ]

    def read(noun_and_name: tuple[object, str]) -> None:
        with suppress(Exception):
            getattr(*noun_and_name)

    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(read, wanted))
