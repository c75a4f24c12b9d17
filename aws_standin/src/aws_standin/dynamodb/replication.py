"""Carries writes to the other replicas of a global table.

A write arrives `replication_lag` after it was made, and not while replication is
paused.  The newer write wins, whatever the order of arrival; of two at the same
instant the region that comes later in the alphabet (Developer guide, "Global tables:
how it works", conflict resolution by last writer).  What is due is delivered before
any DynamoDB request is answered, and by the clock.
"""

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aws_standin.dynamodb.settings import Settings
from aws_standin.dynamodb.table_history import Entry
from aws_standin.dynamodb.tables import Name, Table, Tables


@dataclass
class Replication:
    """The writes that are on their way, by where they go to.

    What is slow in one direction holds up no other.
    """

    tables: Tables
    settings: Settings
    waiting: dict[Name, deque[tuple[Table, Entry]]] = field(default_factory=dict)
    _delivering: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        """Listen to every write."""
        self.tables.listeners.append(self._written)

    def _written(self, table: Table, entry: Entry) -> None:
        if table.group is None or entry.origin != table.name.region:
            return
        for other in table.others():
            self.waiting.setdefault(other.name, deque()).append((other, entry))

    def settle(self) -> None:
        """Deliver what is due."""
        if not any(list(self.waiting.values())):
            return
        with self._delivering:
            now = self.tables.clock.now()
            for queue in list(self.waiting.values()):
                self._settle(queue, now)

    def _settle(self, queue: deque[tuple[Table, Entry]], now: datetime) -> None:
        while queue:
            target, entry = queue[0]
            if self.settings.of(target.name, "replication_paused"):
                return
            lag = self.settings.of(target.name, "replication_lag")
            due = entry.at + timedelta(seconds=lag)
            if due > now:
                return
            queue.popleft()
            if entry.image is not None or not self._loses_deletes(target):
                self._deliver(target, entry, due)

    def _loses_deletes(self, target: Table) -> bool:
        return bool(self.settings.of(target.name, "replication_loses_deletes"))

    def _deliver(self, target: Table, entry: Entry, due: datetime) -> None:
        """Apply a write in another region, unless a newer one is there."""
        with self.tables.locked([target.name]):
            if self.tables.known.get(target.name) is not target:
                return
            there = target.journal.latest.get(entry.key)
            if there and (there.written, there.origin) >= (entry.written, entry.origin):
                return
            self._apply(target, entry)
            entries = target.journal.entries
            at = max(due, entries[-1].at) if entries else due
            arrived = Entry(at, entry.written, entry.origin, entry.key, entry.image)
            self.tables.add(target, arrived)

    def _apply(self, target: Table, entry: Entry) -> None:
        account, region, table = target.name
        if entry.item is None:
            what = {"Key": json.loads(entry.key)}
            operation = "DeleteItem"
        else:
            what, operation = {"Item": entry.item}, "PutItem"
        self.tables.ask("dynamodb", operation, account, region, TableName=table, **what)
