"""DynamoDB and its streams: the behaviours in the order a request meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.standin.dynamodb.serial import Serial
from conformance.standin.dynamodb.tables import Tables
from conformance.standin.dynamodb.writes import Writes
from conformance.standin.linking import linked

if TYPE_CHECKING:
    from conformance.standin.app import StandIn
    from conformance.standin.wire import Behaviour, Onward, Request, Response

SERVICES = ("dynamodb", "dynamodbstreams")


class DynamoDB:
    """All that the stand-in does with DynamoDB's requests."""

    name = "dynamodb"

    def __init__(self, standin: StandIn) -> None:
        self.tables = Tables(standin.ask_moto, standin.clock)
        self._behaviours = _behaviours(self)
        self._linked: tuple[Onward, Onward] | None = None

    def handle(self, request: Request, onward: Onward) -> Response:
        """Lead DynamoDB's requests through the behaviours, all others past them."""
        if request.service not in SERVICES:
            return onward(request)
        if self._linked is None or self._linked[0] is not onward:
            self._linked = onward, linked(self._behaviours, onward)
        return self._linked[1](request)


def _behaviours(service: DynamoDB) -> list[Behaviour]:
    return [
        Serial(service.tables),
        Writes(service.tables),
    ]
