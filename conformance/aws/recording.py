"""A recording: what AWS answered one run, as a value and as a file."""

import base64
import hashlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.aws.client import AwsError, Caller
from conformance.aws.redaction import redacted_answer
from conformance.config.environment import Environment
from conformance.model.errors import BadInputError, NotAssessedError, UnreadableError
from conformance.model.finding import Observation
from conformance.model.text import cut

SCHEMA = 1
_SHOWN = 120
_ERRORS = (AwsError, UnreadableError, NotAssessedError)
"""Errors that a later reader meets again; others are defects of the suite."""

Request = tuple[str, str, str, str]
"""Service, region, operation, and the parameters as JSON."""


def request_of(
    service: str, region: str, operation: str, parameters: Mapping[str, Any]
) -> Request:
    """Return the request as a key: equal requests are equal keys."""
    text = json.dumps(parameters, sort_keys=True, default=str)
    return service, region, operation, text


@dataclass(frozen=True)
class Answer:
    """The answer of AWS to one request, or the error in its place."""

    value: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None
    observations: tuple[Observation, ...] = ()


@dataclass(frozen=True)
class Recording:
    """The answers that one run got from one environment."""

    environment: str
    account: str
    regions: tuple[str, ...]
    endpoint: str
    """Address of DynamoDB in the primary region."""
    caller: Caller
    contract_sha256: str
    made_at: datetime
    """The run's clock; a replay has the same."""
    answers: Mapping[Request, Answer]
    previous: "Recording | None" = None
    """The answers of the environment that this one was promoted from."""
    file: str = ""
    sha256: str = ""

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request.

        Raises:
            NotAssessedError: the run did not make this request.
        """
        if request not in self.answers:
            service, region, operation, parameters = request
            raise NotAssessedError(
                f"the recording has no answer to {service}:{operation} in {region} "
                f"with {cut(parameters, _SHOWN)}"
            )
        return self.answers[request]

    def require(self, environment: Environment) -> None:
        """Go on only if the recording is of this environment.

        Raises:
            BadInputError: it is of another one.
        """
        found = f"{self.environment!r}, account {self.account}"
        wanted = f"{environment.name!r}, account {environment.account}"
        if found != wanted:
            raise BadInputError(
                f"--replay {self.file}: the recording is of another environment\n"
                f"  expected : {wanted}   (from {environment.source})\n"
                f"  found    : {found}\n"
                "  fix      : replay it with --env of the environment that it is of"
            )

    def redacted(
        self, variables: Collection[str], tables: Collection[str] = ()
    ) -> "Recording":
        """Return the recording without secrets.

        Of the environment of Lambda functions these variables keep their values, and
        others the names of these tables.
        """
        answers = {
            request: replace(
                answer, value=redacted_answer(answer.value, variables, tables)
            )
            for request, answer in self.answers.items()
            if answer.error is None or isinstance(answer.error, _ERRORS)
        }
        previous = self.previous.redacted(variables) if self.previous else None
        return replace(self, answers=answers, previous=previous)

    def save(self, path: Path) -> None:
        """Write a new file that only its owner can read.

        Raises:
            BadInputError: the file exists or cannot be written.
        """
        document = {"schema": SCHEMA, **_document(self)}
        text = json.dumps(document, default=_encoded, indent=1)
        try:
            number = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except OSError as problem:
            raise BadInputError(_unwritable(path, problem)) from None
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(text + "\n")


def require_new(path: Path) -> None:
    """Go on only where a recording can be written.

    Raises:
        BadInputError: the file exists or cannot be written.
    """
    try:
        path.open("x", encoding="utf-8").close()
    except OSError as problem:
        raise BadInputError(_unwritable(path, problem)) from None
    path.unlink()


def load_recording(path: Path) -> Recording:
    """Read a recording.

    Raises:
        BadInputError: there is no such file, or it is no recording.
    """
    try:
        content = path.read_bytes()
        document = json.loads(content, object_hook=_decoded)
        schema = document["schema"]
        if schema == SCHEMA:
            recording = _recording(document)
            sha256 = hashlib.sha256(content).hexdigest()
            return replace(recording, file=str(path), sha256=sha256)
    except OSError as problem:
        raise BadInputError(f"--replay {path}: {problem.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise BadInputError(
            f"--replay {path}: this is no recording ({type(problem).__name__}: "
            f"{problem}); expected: a file that pytest --record FILE wrote"
        ) from None
    raise BadInputError(
        f"--replay {path}: its schema is {schema!r}, this suite reads {SCHEMA}; record "
        "again with this version"
    )


def _unwritable(path: Path, problem: OSError) -> str:
    if isinstance(problem, FileExistsError):
        return f"--record {path}: the file exists; name a new one, or remove it"
    return f"--record {path}: cannot be written: {problem.strerror}"


def _document(recording: Recording) -> dict[str, Any]:
    previous = recording.previous
    return {
        "environment": recording.environment,
        "account": recording.account,
        "regions": recording.regions,
        "endpoint": recording.endpoint,
        "caller": asdict(recording.caller),
        "contract_sha256": recording.contract_sha256,
        "made_at": recording.made_at,
        "answers": [
            _entry(request, answer) for request, answer in recording.answers.items()
        ],
        "previous": _document(previous) if previous else None,
    }


def _entry(request: Request, answer: Answer) -> dict[str, Any]:
    service, region, operation, parameters = request
    error = answer.error
    return {
        "service": service,
        "region": region,
        "operation": operation,
        "parameters": json.loads(parameters),
        "answer": None if error else answer.value,
        "error": error
        and {
            "type": type(error).__name__,
            "message": str(error),
            "code": getattr(error, "code", ""),
        },
        "observations": [asdict(observation) for observation in answer.observations],
    }


def _recording(document: dict[str, Any]) -> Recording:
    previous = document["previous"]
    return Recording(
        environment=document["environment"],
        account=document["account"],
        regions=tuple(document["regions"]),
        endpoint=document["endpoint"],
        caller=Caller(**document["caller"]),
        contract_sha256=document["contract_sha256"],
        made_at=document["made_at"].astimezone(UTC),
        answers=dict(map(_request_and_answer, document["answers"])),
        previous=_recording(previous) if previous else None,
    )


def _request_and_answer(entry: dict[str, Any]) -> tuple[Request, Answer]:
    request = request_of(
        entry["service"], entry["region"], entry["operation"], entry["parameters"]
    )
    error, observations = entry["error"], entry["observations"]
    return request, Answer(
        value=entry["answer"] or {},
        error=_error(error) if error else None,
        observations=tuple(Observation(**values) for values in observations),
    )


def _error(document: dict[str, str]) -> Exception:
    kind, message = document["type"], document["message"]
    if kind == AwsError.__name__:
        return AwsError(message, document["code"])
    return {UnreadableError.__name__: UnreadableError}.get(kind, NotAssessedError)(
        message
    )


def _encoded(value: Any) -> dict[str, str]:
    """Encode what JSON does not know."""
    match value:
        case datetime():
            return {"$datetime": value.isoformat()}
        case bytes():
            return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} cannot be recorded")


def _decoded(document: dict[str, Any]) -> Any:
    if document.keys() == {"$datetime"}:
        return datetime.fromisoformat(document["$datetime"])
    if document.keys() == {"$bytes"}:
        return base64.b64decode(document["$bytes"])
    return document
