"""Facts: each request is made once a process, and all readers get its answer."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Generic, Self, TypeVar, overload

from conformance.aws.client import AwsClients, Caller
from conformance.aws.members import Members, answered, output_shape
from conformance.aws.recorder import add_evidence, collecting
from conformance.aws.recording import Answer, Recording, Request, request_of
from conformance.model.errors import NotAssessedError
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
class _Read:
    """A request, which is answered once for all its readers."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    answer: Answer | None = None


class Facts:
    """The answers of AWS in this process: later readers get the same one, or error."""

    def __init__(self, clients: AwsClients, recording: Recording | None = None) -> None:
        """Ask through these clients; or a recording, and AWS no more."""
        self.environment = clients.environment
        self.now = recording.made_at if recording else datetime.now(UTC)
        """The moment that ages and windows are counted from."""
        self._clients = clients
        self._recording = recording
        self._reads: dict[Request, _Read] = {}
        self._lock = threading.Lock()

    def seed(
        self,
        service: str,
        region: str,
        operation: str,
        value: dict[str, Any],
        observations: Iterable[Observation],
    ) -> None:
        """Take an answer, to a request without parameters, that is known already."""
        answer = Answer(value, None, tuple(observations))
        request = request_of(service, region, operation, {})
        self._reads[request] = _Read(answer=answer)

    def read(
        self, service: str, region: str, operation: str, **parameters: Any
    ) -> Members:
        """Return the answer, not to be changed; it is evidence of the caller's check.

        Raises:
            AwsError: AWS answered with an error, now or when it was first asked.
            UnreadableError: AWS did not answer.
            NotAssessedError: a recording does not hold it.
        """
        request = request_of(service, region, operation, parameters)
        with self._lock:
            reading = self._reads.setdefault(request, _Read())
        with reading.lock:
            if reading.answer is None:
                reading.answer = self._ask(request, parameters)
        answer = reading.answer
        add_evidence(answer.observations)
        if answer.error is not None:
            raise answer.error.with_traceback(None)
        return Members(answer.value)

    def answered_at(
        self, service: str, region: str, operation: str, **parameters: Any
    ) -> datetime:
        """Return the time of an answer by AWS's own clock; the runner's may be wrong.

        Whatever an answer says of "now" is compared with this time.

        Raises:
            AwsError, UnreadableError, NotAssessedError: as `read`.
            NotAssessedError: the answer has no `Date` header.
        """
        self.read(service, region, operation, **parameters)
        answer = self._reads[request_of(service, region, operation, parameters)].answer
        seen = answer.observations if answer else ()
        times = [one.answered_at for one in seen if one.answered_at]
        if not times:
            raise NotAssessedError(
                f"the answer to {operation} has no Date header: AWS's time is not known"
            )
        return datetime.fromisoformat(times[-1])

    def recording(
        self,
        caller: Caller,
        contract_sha256: str,
        previous: Recording | None = None,
    ) -> Recording:
        """Return all answers so far as a value."""
        with self._lock:
            reads = list(self._reads.items())
        environment = self.environment
        return Recording(
            environment=environment.name,
            account=environment.account,
            regions=environment.regions,
            endpoint=self._clients.endpoint("dynamodb", environment.regions[0]),
            caller=caller,
            contract_sha256=contract_sha256,
            made_at=self.now,
            answers={key: read.answer for key, read in reads if read.answer},
            previous=previous,
        )

    def _ask(self, request: Request, parameters: dict[str, Any]) -> Answer:
        service, region, operation, _ = request
        value: dict[str, Any] = {}
        error = None
        with collecting() as observations:
            try:
                if self._recording:
                    value = self._replayed(self._recording, request)
                else:
                    value = self._clients.ask(service, region, operation, **parameters)
            except Exception as problem:  # noqa: BLE001 -- repeated to every reader
                error = problem
        return Answer(value, error, tuple(observations))

    def _replayed(self, recording: Recording, request: Request) -> Members:
        """Return a recorded answer, and record its observations for this run."""
        answer = recording.answer(request)
        recorder = self._clients.recorder
        for observation in answer.observations:
            recorder.record(replace(observation, id=recorder.next_id()))
        if answer.error is not None:
            raise answer.error
        service, region, operation, _ = request
        shape = output_shape(service, operation)
        return answered(f"{service}:{operation} in {region}", answer.value, shape)


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
