"""What a behaviour may use of the stand-in: its clock, its door, and its own calls."""

from typing import Any, Protocol

from aws_standin.clock import Clock
from aws_standin.control import Door


class Ground(Protocol):
    """The stand-in, as a behaviour sees it."""

    clock: Clock
    door: Door

    def call(
        self, service: str, operation: str, account: str, region: str, **parameters: Any
    ) -> dict[str, Any]:
        """Make a call to the stand-in itself; raises `wire.AwsError`."""
        ...
