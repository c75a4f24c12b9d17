"""One process's part of a load: what is sent, at which rate, and what it measures."""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from conformance.aws.client import AwsClients
from conformance.config.declared import Declared
from conformance.load.answers import Answer, consumed_units
from conformance.load.arrivals import Arrivals, Once, Source
from conformance.load.forecast import clean_up_rate
from conformance.load.load_schedule import OUTSIDE, USERS, Plan, mix
from conformance.load.measurements import Meter
from conformance.load.request_bodies import Bodies, Request
from conformance.load.transport import clock
from conformance.load.verdicts import Scan

EPOCH = time.time() - clock()
"""What a transport's clock needs to be seconds since 1970."""
_HALF_UNIT_BYTES = 4096
_ROUNDS = 3


class Sender(Protocol):
    """What sends: the transport, or boto3 to cross-check it."""

    stopping: bool

    def drive(self, source: Source, meter: Meter) -> None:
        """Send everything that becomes due, until the source has ended."""

    def ask(self, request: Request) -> Answer:
        """Send one request now, and wait for its answer."""


@dataclass(frozen=True)
class Work:
    """What may be sent to the tables of one region."""

    declared: Declared
    plan: Plan
    bodies: Mapping[str, Bodies]


def prepare(clients: AwsClients, declared: Declared, plan: Plan) -> Work:
    """Make every request, and let the interlock see each of them.

    Raises:
        RefusedError, NotAssessedError: it refuses one.
    """
    bodies = {
        name: Bodies(
            table,
            clients.environment.physical(name),
            plan.load.tables[name],
            plan.load.items,
        )
        for name, table in declared.tables.items()
    }
    for each in bodies.values():
        for request in each.everything():
            clients.check_load(request.kind.api, json.loads(request.body(0)))
    return Work(declared, plan, bodies)


class Engine:
    """Arrivals at a rate that users decide."""

    def __init__(self, work: Work, sender: Sender) -> None:
        """Send nothing yet."""
        self.begin = float("inf")
        """When the first phase begins, in seconds since 1970."""
        self.sender = sender
        self.meter = Meter(EPOCH, self._phase_at)
        self._plan = work.plan
        self._users = 0
        self._arrivals = Arrivals(
            mix(work.declared.tables, work.plan.load, work.bodies)
        )

    def run(self) -> None:
        """Send what arrives until `stop`; for a thread of its own."""
        self.sender.drive(self._arrivals, self.meter)

    def change(self, users: int) -> None:
        """So many users more, or fewer."""
        self._users += users
        rate = self._plan.load.per_s * self._users / USERS
        self._arrivals.change(clock(), rate)

    def stop(self) -> None:
        """No more arrivals; what was sent is still waited for."""
        self._arrivals.close(clock())

    def _phase_at(self, due: float) -> str:
        return self._plan.phase_at(due + EPOCH - self.begin)


def seed(work: Work, sender: Sender) -> str:
    """Write every item and read it back; why it failed, or nothing."""
    written = _each(work, lambda bodies, slot: bodies.make("put", slot))
    problem = _all(work, sender, written)
    if problem:
        return f"items could not be written: {problem}"
    read = _each(work, lambda bodies, slot: bodies.make("get_strong", slot))
    problem = _all(work, sender, read)
    return f"items could not be read back: {problem}" if problem else ""


def clean_up(work: Work, sender: Sender) -> str:
    """Delete every item, slot 0 last; what is left, or nothing."""
    deleted = _each(work, lambda bodies, slot: bodies.delete(slot))
    problem = _all(work, sender, list(reversed(deleted)))
    return f"items are left: {problem}" if problem else ""


def _each(work: Work, make: Any) -> list[Request]:
    slots = range(work.plan.load.items)
    return [make(it, slot) for slot in slots for it in work.bodies.values()]


def _all(work: Work, sender: Sender, requests: list[Request]) -> str:
    """Send all of them, again where that failed; the last problem if it still does."""
    problem = ""
    for _ in range(_ROUNDS):
        meter = Meter(EPOCH, lambda _due: OUTSIDE)
        sender.drive(Once(requests, clean_up_rate(work.plan), clock()), meter)
        answered = sum(it.answered for it in meter.seconds.values())
        if answered == len(requests):
            return ""
        problem = (
            f"{answered} of {len(requests)} succeeded; "
            f"{'; '.join(_told(meter)) or 'the rest was not sent'}"
        )
    return problem


def _told(meter: Meter) -> Iterator[str]:
    for name, message in meter.samples.items():
        yield f"{name}: {message}"
    for _, table, index, reason in meter.throttles:
        yield f"throttled: {table} {index} {reason}"


def scans(
    work: Work, sender: Sender, sizes: Mapping[str, int], usd: Any
) -> Iterable[tuple[str, Scan]]:
    """Count each table by scan, for at most the declared pages, to show the cost."""
    for name, bodies in work.bodies.items():
        yield name, _scan(work.plan.load.scan_pages, bodies, sender, (sizes[name], usd))


def _scan(
    most: int, bodies: Bodies, sender: Sender, size_and_price: tuple[int, float | None]
) -> Scan:
    size, usd = size_and_price
    begin, pages, items, units = clock(), 0, 0, 0.0
    start: Mapping[str, Any] | None = None
    error = ""
    while pages < most:
        answer = sender.ask(bodies.scan(start))
        if not answer.ok:
            text = answer.body[:300].decode(errors="replace")
            error = f"scan: {answer.error or answer.status}: {text}"
            break
        content = json.loads(answer.body)
        pages, items = pages + 1, items + content["ScannedCount"]
        units += sum(consumed_units(content).values())
        # Absent on the last page (API_Scan).
        start = content.get("LastEvaluatedKey")
        if not start:
            break
    whole = not start and not error
    # An eventually consistent read of 4 KB takes half a unit.
    read = size if whole else int(units * 2 * _HALF_UNIT_BYTES)
    return Scan(pages, items, clock() - begin, units, size, read, usd, error)
