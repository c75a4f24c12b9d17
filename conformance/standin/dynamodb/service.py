"""DynamoDB and its streams: the behaviours in the order a request meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.standin.dynamodb.availability import Availability
from conformance.standin.dynamodb.backups import Backups
from conformance.standin.dynamodb.capacity import Capacity
from conformance.standin.dynamodb.chunks import Chunks
from conformance.standin.dynamodb.delivery import Delivery
from conformance.standin.dynamodb.globaltables import GlobalTables
from conformance.standin.dynamodb.lifecycle import Lifecycle
from conformance.standin.dynamodb.recovery import ContinuousBackups
from conformance.standin.dynamodb.rehearsal import Rehearsal
from conformance.standin.dynamodb.restoring import Restoring
from conformance.standin.dynamodb.serial import Serial
from conformance.standin.dynamodb.settings import Settings
from conformance.standin.dynamodb.sharedsettings import SharedSettings
from conformance.standin.dynamodb.status import Statuses
from conformance.standin.dynamodb.streams import Streams
from conformance.standin.dynamodb.strictness import Strictness
from conformance.standin.dynamodb.tables import Tables
from conformance.standin.dynamodb.tokens import Tokens
from conformance.standin.dynamodb.updates import Updates
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
        self.settings = Settings()
        self.tables = Tables(standin.ask_moto, standin.clock)
        self.statuses = Statuses(standin.clock, self.settings)
        self.lifecycle = Lifecycle(self.tables, self.statuses, self.settings)
        self.restoring = Restoring(self.tables, self.statuses, standin.call)
        self.delivery = Delivery(self.tables, self.settings)
        self._behaviours = _behaviours(self, standin)
        standin.clock.every(1.0, self.settle)
        self._linked: tuple[Onward, Onward] | None = None

    def handle(self, request: Request, onward: Onward) -> Response:
        """Lead DynamoDB's requests through the behaviours, all others past them."""
        if request.service not in SERVICES:
            return onward(request)
        if self._linked is None or self._linked[0] is not onward:
            self._linked = onward, linked(self._behaviours, onward)
        if not request.internal:
            self.settle()
        return self._linked[1](request)

    def settle(self) -> None:
        """Do what has become due.  The caller must hold no table's lock."""
        self.lifecycle.settle()
        self.delivery.settle()


def _behaviours(service: DynamoDB, standin: StandIn) -> list[Behaviour]:
    """Return what a request meets, first to last; below `Serial` it has the lock."""
    tables, settings = service.tables, service.settings
    return [
        Tokens(tables.clock),
        Availability(tables, service.statuses),
        Backups(tables, settings, service.restoring),
        ContinuousBackups(tables, settings, service.restoring),
        GlobalTables(service.lifecycle, service.restoring, standin.call),
        SharedSettings(tables, standin.call),
        Serial(tables),
        Strictness(tables, Updates(Rehearsal(tables.ask))),
        service.lifecycle,
        Capacity(tables),
        Chunks(),
        Writes(tables),
        Streams(),
    ]
