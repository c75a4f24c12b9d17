"""DynamoDB and its streams: the behaviours in the order a request meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_standin.dynamodb import (
    backups,
    capacity,
    chunks,
    globaltables,
    lifecycle,
    recovery,
    sharedsettings,
    streams,
    tokens,
    writes,
)
from aws_standin.dynamodb.availability import Availability
from aws_standin.dynamodb.backups import Backups
from aws_standin.dynamodb.capacity import Capacity
from aws_standin.dynamodb.chunks import Chunks
from aws_standin.dynamodb.delivery import Delivery
from aws_standin.dynamodb.globaltables import GlobalTables
from aws_standin.dynamodb.lifecycle import Lifecycle
from aws_standin.dynamodb.recovery import ContinuousBackups
from aws_standin.dynamodb.rehearsal import Rehearsal
from aws_standin.dynamodb.restoring import Restoring
from aws_standin.dynamodb.serial import Serial
from aws_standin.dynamodb.settings import Settings
from aws_standin.dynamodb.sharedsettings import SharedSettings
from aws_standin.dynamodb.status import Statuses
from aws_standin.dynamodb.streams import Streams
from aws_standin.dynamodb.strictness import Strictness
from aws_standin.dynamodb.tables import Tables
from aws_standin.dynamodb.tokens import Tokens
from aws_standin.dynamodb.updates import Updates
from aws_standin.dynamodb.writes import Writes
from aws_standin.linking import Link, Only, routed

if TYPE_CHECKING:
    from aws_standin.app import StandIn
    from aws_standin.wire import Onward, Request, Response

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
        self._links = _behaviours(self, standin)
        standin.clock.every(1.0, self.settle)
        self._linked: tuple[Onward, Onward] | None = None

    def handle(self, request: Request, onward: Onward) -> Response:
        """Lead DynamoDB's requests through the behaviours, all others past them."""
        if request.service not in SERVICES:
            return onward(request)
        if self._linked is None or self._linked[0] is not onward:
            self._linked = onward, routed(self._links, onward, _operation)
        if not request.internal:
            self.settle()
        return self._linked[1](request)

    def settle(self) -> None:
        """Do what has become due.  The caller must hold no table's lock."""
        self.lifecycle.settle()
        self.delivery.settle()


def _behaviours(service: DynamoDB, standin: StandIn) -> list[Link]:
    """Return what a request meets, first to last; below `Serial` it has the lock."""
    tables, settings = service.tables, service.settings
    restoring = service.restoring
    strictness = Strictness(tables, Updates(Rehearsal(tables.ask)))
    replicas = GlobalTables(service.lifecycle, restoring, standin.call)
    return [
        Only(tokens.OPERATIONS, Tokens(tables.clock)),
        Availability(tables, service.statuses),
        Only(backups.OPERATIONS, Backups(tables, settings, restoring)),
        Only(recovery.OPERATIONS, ContinuousBackups(tables, settings, restoring)),
        Only(globaltables.OPERATIONS, replicas),
        Only(sharedsettings.OPERATIONS, SharedSettings(tables, standin.call)),
        Serial(tables),
        Only(strictness.operations, strictness),
        Only(lifecycle.OPERATIONS, service.lifecycle),
        Only(capacity.OPERATIONS, Capacity(tables)),
        Only(chunks.OPERATIONS, Chunks()),
        Only(writes.OPERATIONS, Writes(tables)),
        Only(streams.OPERATIONS, Streams()),
    ]


def _operation(request: Request) -> str:
    return request.operation
