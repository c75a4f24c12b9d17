"""The clients of a replay: they send nothing, and say so."""

from typing import Any, NoReturn

from conformance.aws.client import AwsClients
from conformance.aws.recorder import Recorder
from conformance.aws.recording import Recording
from conformance.config.environment import Environment
from conformance.model.errors import NotAssessedError


class ReplayClients(AwsClients):
    """Clients without credentials and network; whatever needs them is NOT_ASSESSED."""

    def __init__(
        self, environment: Environment, recorder: Recorder, recording: Recording
    ) -> None:
        """Take the place of the clients that made the recording."""
        self.environment = environment
        self.recorder = recorder
        self._recording = recording

    def client(self, service: str, region: str, use: str = "read") -> NoReturn:
        """Raise NotAssessedError."""
        raise _refusal(f"{use} access to {service} in {region} is needed")

    def ask(self, service: str, region: str, operation: str, **_: Any) -> NoReturn:
        """Raise NotAssessedError."""
        raise _refusal(f"{service}:{operation} in {region} is needed")

    def endpoint(self, service: str, region: str) -> str:
        """Return the recorded address of DynamoDB in the primary region."""
        if (service, region) == ("dynamodb", self._recording.regions[0]):
            return self._recording.endpoint
        raise _refusal(f"the endpoint of {service} in {region} is needed")

    @property
    def authorities(self) -> str:
        """Raise NotAssessedError."""
        raise _refusal("a TLS connection is needed")

    private_authorities = authorities

    @property
    def endpoints(self) -> frozenset[str]:
        """Return the recorded address."""
        return frozenset({self._recording.endpoint})

    @property
    def credentials_from(self) -> str:
        """Name the recording instead."""
        return f"a replay of {self._recording.file}"


def _refusal(needed: str) -> NotAssessedError:
    return NotAssessedError(f"a replay asks nobody: {needed}")
