"""DynamoDB and its streams: the behaviours in the order a request meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_standin.dynamodb import (
    client_request_tokens,
    consumed_capacity,
    global_tables,
    on_demand_backups,
    point_in_time_recovery,
    replica_settings,
    streams,
    table_lifecycle,
    transact_get,
    write_journal,
)
from aws_standin.dynamodb.availability import Availability
from aws_standin.dynamodb.client_request_tokens import Tokens
from aws_standin.dynamodb.consumed_capacity import Capacity
from aws_standin.dynamodb.global_tables import GlobalTables
from aws_standin.dynamodb.on_demand_backups import Backups
from aws_standin.dynamodb.point_in_time_recovery import ContinuousBackups
from aws_standin.dynamodb.replica_settings import ReplicaSettings
from aws_standin.dynamodb.replication import Replication
from aws_standin.dynamodb.request_validation import RequestValidation
from aws_standin.dynamodb.settings import Settings
from aws_standin.dynamodb.streams import Streams
from aws_standin.dynamodb.table_lifecycle import Lifecycle
from aws_standin.dynamodb.table_locks import TableLocks
from aws_standin.dynamodb.table_restore import TableRestore
from aws_standin.dynamodb.table_status import Statuses
from aws_standin.dynamodb.tables import Tables
from aws_standin.dynamodb.transact_get import TransactGet
from aws_standin.dynamodb.update_trial import UpdateTrial
from aws_standin.dynamodb.update_validation import Updates
from aws_standin.dynamodb.write_journal import WriteJournal
from aws_standin.request_chain import Link, Only, routed

if TYPE_CHECKING:
    from aws_standin.app import StandIn
    from aws_standin.protocols.messages import Onward, Request, Response

SERVICES = ("dynamodb", "dynamodbstreams")


class DynamoDB:
    """All that the stand-in does with DynamoDB's requests."""

    name = "dynamodb"

    def __init__(self, standin: StandIn) -> None:
        self.settings = Settings()
        self.tables = Tables(standin.ask_moto, standin.clock)
        self.statuses = Statuses(standin.clock, self.settings)
        self.lifecycle = Lifecycle(self.tables, self.statuses, self.settings)
        self.table_restore = TableRestore(self.tables, self.statuses, standin.call)
        self.delivery = Replication(self.tables, self.settings)
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
    table_restore = service.table_restore
    strictness = RequestValidation(tables, Updates(UpdateTrial(tables.ask)))
    replicas = GlobalTables(service.lifecycle, table_restore, standin.call)
    return [
        Only(client_request_tokens.OPERATIONS, Tokens(tables.clock)),
        Availability(tables, service.statuses),
        Only(on_demand_backups.OPERATIONS, Backups(tables, settings, table_restore)),
        Only(
            point_in_time_recovery.OPERATIONS,
            ContinuousBackups(tables, settings, table_restore),
        ),
        Only(global_tables.OPERATIONS, replicas),
        Only(replica_settings.OPERATIONS, ReplicaSettings(tables, standin.call)),
        TableLocks(tables),
        Only(strictness.operations, strictness),
        Only(table_lifecycle.OPERATIONS, service.lifecycle),
        Only(consumed_capacity.OPERATIONS, Capacity(tables)),
        Only(transact_get.OPERATIONS, TransactGet()),
        Only(write_journal.OPERATIONS, WriteJournal(tables)),
        Only(streams.OPERATIONS, Streams(tables)),
    ]


def _operation(request: Request) -> str:
    return request.operation
