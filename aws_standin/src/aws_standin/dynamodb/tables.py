"""The tables that the stand-in knows of: one record and one lock each."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import uuid4

from aws_standin.clock import Clock
from aws_standin.dynamodb.key_schema import Item, Schema, schema_of
from aws_standin.dynamodb.table_history import Entry, Journal, image_of, key_text
from aws_standin.protocols.messages import AwsError, Request

Ask = Callable[..., dict[str, Any]]
"""ask(service, operation, account, region, **parameters) → the answer's members."""


class Name(NamedTuple):
    """A table's full name; sorts, so that locks have one order."""

    account: str
    region: str
    table: str

    @property
    def arn(self) -> str:
        """Return the table's ARN."""
        partition = "aws-cn" if self.region.startswith("cn-") else "aws"
        where = f"{self.region}:{self.account}"
        return f"arn:{partition}:dynamodb:{where}:table/{self.table}"


@dataclass
class Phase:
    """A status other than ACTIVE, until a moment."""

    status: str
    until: datetime
    description: dict[str, Any] = field(default_factory=dict)
    """The description of something that moto has no more (an index being deleted)."""


@dataclass
class Recovery:
    """Point-in-time recovery that is on."""

    since: datetime
    days: int = 35


@dataclass
class Group:
    """A global table: its replicas, in the order in which they joined."""

    members: "dict[str, Table]" = field(default_factory=dict)
    """By region."""
    added: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """Region → the region it was copied from, and when."""

    def leave(self, region: str) -> None:
        """Take a region's replica out; one that stays alone is no replica."""
        self.members.pop(region, None)
        self.added.pop(region, None)
        if len(self.members) == 1:
            for table in self.members.values():
                table.group = None


@dataclass
class Table:
    """The state of one table that moto does not hold."""

    name: Name
    created: datetime
    schema: Schema
    id: str = field(default_factory=lambda: str(uuid4()))
    journal: Journal = field(default_factory=Journal)
    phases: dict[str, Phase] = field(default_factory=dict)
    """By "" for the table, "index/NAME", "replica/REGION"."""
    recovery: Recovery | None = None
    shown: dict[str, Any] = field(default_factory=dict)
    """Members of the TableDescription that moto lacks or gets wrong."""
    shown_of_index: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The same of global secondary indexes, by name."""
    shown_as_replica: dict[str, Any] = field(default_factory=dict)
    """Members of the ReplicaDescription that were set by ReplicaUpdates."""
    ended_stream: dict[str, str] = field(default_factory=dict)
    """ARN and label of a stream that was switched off."""
    on_demand_since: datetime | None = None
    """The time at which it last became PAY_PER_REQUEST; None when it never was."""
    group: Group | None = None
    """The global table that it is a replica of."""

    def others(self) -> "list[Table]":
        """Return the replicas in other regions."""
        members = self.group.members if self.group else {}
        return [one for region, one in members.items() if region != self.name.region]


@dataclass
class Tables:
    """All tables by full name; those made behind our back are found on first use."""

    ask: Ask
    """Asks moto, past all behaviours."""
    clock: Clock
    known: dict[Name, Table] = field(default_factory=dict)
    listeners: list[Callable[[Table, Entry], None]] = field(default_factory=list)
    """The listeners to journal entries, called under the table's lock."""
    _locks: dict[Name, threading.RLock] = field(default_factory=dict)

    def get(self, name: Name) -> Table:
        """Return a table; raises ResourceNotFoundException when there is none."""
        return self.known.get(name) or self._found(name)

    def find(self, name: Name) -> Table | None:
        """Return a table, or None when there is none."""
        try:
            return self.get(name)
        except AwsError:
            return None

    def describe(self, name: Name) -> dict[str, Any]:
        """Return moto's description of a table."""
        answer = self.ask(
            "dynamodb", "DescribeTable", name.account, name.region, TableName=name.table
        )
        description: dict[str, Any] = answer["Table"]
        return description

    def renew(self, name: Name) -> Table:
        """Read the table's keys and indexes again, after a change of them."""
        table = self.get(name)
        table.schema = schema_of(self.describe(name))
        return table

    def forget(self, name: Name) -> None:
        """Drop what is known of a table that is deleted."""
        table = self.known.pop(name, None)
        if table and table.group:
            table.group.leave(name.region)

    def lock(self, name: Name) -> threading.RLock:
        """Return the table's lock."""
        return self._locks.setdefault(name, threading.RLock())

    @contextmanager
    def locked(self, names: Iterable[Name]) -> Iterator[None]:
        """Hold the locks of some tables, taken in sorted order."""
        with ExitStack() as stack:
            for name in sorted(set(names)):
                stack.enter_context(self.lock(name))
            yield

    def record(self, table: Table, key: Item, item: Item | None) -> None:
        """Journal a write that happened here and now, and notify the listeners.

        Deleting what is not there leaves no entry.
        """
        text = key_text(key)
        if item is None and not table.journal.holds(text):
            return
        now = self.clock.now()
        image = None if item is None else image_of(item)
        entry = Entry(now, now, table.name.region, text, image)
        self.add(table, entry)

    def add(self, table: Table, entry: Entry) -> None:
        """Journal a write, and notify the listeners."""
        table.journal.add(entry)
        for listener in self.listeners:
            listener(table, entry)

    def reconcile(self, table: Table) -> None:
        """Bring the journal to what moto holds, whatever changed it."""
        held = {key_text(table.schema.key_of(i)): i for i in self.scan(table.name)}
        for item in table.journal.items():
            key = table.schema.key_of(item)
            if key_text(key) not in held:
                self.record(table, key, None)
        for text, item in held.items():
            entry = table.journal.latest.get(text)
            if entry is None or entry.item != item:
                self.record(table, table.schema.key_of(item), item)

    def scan(self, name: Name) -> Iterator[dict[str, Any]]:
        """Read all items of a table from moto."""
        more: dict[str, Any] = {}
        while True:
            page = self.ask(
                "dynamodb",
                "Scan",
                name.account,
                name.region,
                TableName=name.table,
                **more,
            )
            yield from page["Items"]
            if not page.get("LastEvaluatedKey"):
                return
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _found(self, name: Name) -> Table:
        description = self.describe(name)
        with self.lock(name):
            if name not in self.known:
                schema = schema_of(description)
                table = Table(name, created=self.clock.now(), schema=schema)
                if description.get("ItemCount"):
                    self.reconcile(table)
                self.known[name] = table
        return self.known[name]


def name_in(request: Request, given: str) -> Name:
    """Return the full name of a table that a request gives by name or ARN."""
    if not given.startswith("arn:"):
        return Name(request.account, request.region, given)
    return name_of(given)


def name_of(arn: str) -> Name:
    """Return the full name of the table that an ARN names."""
    parts = arn.split(":", 5)
    return Name(parts[4], parts[3], parts[5].split("/")[1])


def names_in(request: Request) -> list[Name]:
    """Return all tables that a request names."""
    parameters = request.parameters
    given = []
    if isinstance(parameters.get("TableName"), str):
        given.append(parameters["TableName"])
    if isinstance(parameters.get("RequestItems"), dict):
        given += list(parameters["RequestItems"])
    for action in parameters.get("TransactItems") or ():
        given += [one["TableName"] for one in action.values() if "TableName" in one]
    given += _named_in_statements(parameters)
    return [name_in(request, one) for one in given]


def _named_in_statements(parameters: dict[str, Any]) -> list[str]:
    statements = [parameters.get("Statement")]
    for member in ("Statements", "TransactStatements"):
        statements += [one.get("Statement") for one in parameters.get(member) or ()]
    texts = [one for one in statements if isinstance(one, str)]
    found = (table_in_statement(text) for text in texts)
    return [one for one in found if one]


def table_in_statement(statement: str) -> str:
    """Return the table of a PartiQL statement, "" when it names none."""
    words = statement.replace('"', " ").replace("'", " ").split()
    for before, word in pairwise(words):
        if before.upper() in ("FROM", "INTO", "UPDATE"):
            return word.split(".")[0]
    return ""
