"""The parts of the stand-in that a behaviour may use."""

from typing import Any, Protocol

from aws_standin.clock import Clock
from aws_standin.control_api import ControlApi


class Context(Protocol):
    """The stand-in, as a behaviour sees it."""

    clock: Clock
    control_api: ControlApi

    def call(
        self, service: str, operation: str, account: str, region: str, **parameters: Any
    ) -> dict[str, Any]:
        """Make a call to the stand-in itself; raises `wire.AwsError`."""
        ...
