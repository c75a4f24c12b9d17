"""The load engine of one process, with seeding, scans and cleaning up."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from conformance.aws.client import AwsClients
from conformance.config.declared import Declared
from conformance.load.answers import Answer, consumed_units
from conformance.load.arrivals import Arrivals, FixedRate, RequestSource
from conformance.load.forecast import clean_up_rate
from conformance.load.load_schedule import OUTSIDE, USERS, LoadSchedule, request_mix
from conformance.load.measurements import Meter
from conformance.load.request_bodies import Bodies, Request
from conformance.load.results_view import Scan
from conformance.load.transport import clock
from conformance.model.suite_keys import LOAD_SLOTS, batches

EPOCH = time.time() - clock()
"""The difference between the transport's clock and seconds since 1970."""
_HALF_UNIT_BYTES = 4096
_ROUNDS = 3


class Sender(Protocol):
    """The sender of a load: the transport, or boto3 to cross-check it."""

    stopping: bool

    def run(self, source: RequestSource, meter: Meter) -> None:
        """Send everything that becomes due, until the source has ended."""

    def ask(self, request: Request) -> Answer:
        """Send one request now, and wait for its answer."""


@dataclass(frozen=True)
class Work:
    """Everything that may be sent to the tables of one region."""

    declared: Declared
    schedule: LoadSchedule
    bodies: Mapping[str, Bodies]


def prepare(clients: AwsClients, declared: Declared, schedule: LoadSchedule) -> Work:
    """Make every request, and let the interlock see each of them.

    Raises:
        RefusedError, NotAssessedError: it refuses one.
    """
    bodies = {
        name: Bodies(
            table,
            clients.environment.physical(name),
            schedule.load.tables[name],
            schedule.load.items,
        )
        for name, table in declared.tables.items()
    }
    for table_bodies in bodies.values():
        for request in table_bodies.everything():
            clients.check_load(request.kind.api, json.loads(request.body(0)))
    return Work(declared, schedule, bodies)


class Engine:
    """The engine of a load: arrivals at a rate that locust's users decide."""

    def __init__(self, work: Work, sender: Sender) -> None:
        """Send nothing yet."""
        self.begin = float("inf")
        """The begin of the first phase, in seconds since 1970."""
        self.sender = sender
        self.meter = Meter(EPOCH, self._phase_at)
        self._schedule = work.schedule
        self._users = 0
        self._arrivals = Arrivals(
            request_mix(work.declared.tables, work.schedule.load, work.bodies)
        )

    def run(self) -> None:
        """Send what arrives until `stop`; for a thread of its own."""
        self.sender.run(self._arrivals, self.meter)

    def change(self, users: int) -> None:
        """Add so many users; a negative number removes some."""
        self._users += users
        rate = self._schedule.load.per_s * self._users / USERS
        self._arrivals.change(clock(), rate)

    def stop(self) -> None:
        """End the arrivals; what was sent is still waited for."""
        self._arrivals.close(clock())

    def _phase_at(self, due: float) -> str:
        return self._schedule.phase_at(due + EPOCH - self.begin)


def seed(work: Work, sender: Sender) -> str:
    """Write every item and read it back; return why that failed, or nothing."""
    written = _for_each_item(work, lambda bodies, slot: bodies.make("put", slot))
    problem = _send_all(work, sender, written)
    if problem:
        return f"items could not be written: {problem}"
    read = _for_each_item(work, lambda bodies, slot: bodies.make("get_strong", slot))
    problem = _send_all(work, sender, read)
    return f"items could not be read back: {problem}" if problem else ""


def clean_up(work: Work, sender: Sender) -> str:
    """Delete every item, slot 0 last; return why some are left, or nothing."""
    deleted = _for_each_item(work, lambda bodies, slot: bodies.delete(slot))
    problem = _send_all(work, sender, list(reversed(deleted)))
    return f"items are left: {problem}" if problem else ""


def _for_each_item(work: Work, make: Callable[[Bodies, int], Request]) -> list[Request]:
    slots = range(work.schedule.load.items)
    return [make(bodies, slot) for slot in slots for bodies in work.bodies.values()]


def _send_all(work: Work, sender: Sender, requests: list[Request]) -> str:
    """Send all, and again if some failed; return the last problem, or nothing."""
    problem = ""
    for _ in range(_ROUNDS):
        meter = Meter(EPOCH, lambda _due: OUTSIDE)
        sender.run(FixedRate(requests, clean_up_rate(work.schedule), clock()), meter)
        answered = sum(counts.answered for counts in meter.seconds.values())
        if answered == len(requests):
            return ""
        problem = (
            f"{answered} of {len(requests)} succeeded; "
            f"{'; '.join(_problems(meter)) or 'the rest was not sent'}"
        )
    return problem


def _problems(meter: Meter) -> Iterator[str]:
    for name, message in meter.samples.items():
        yield f"{name}: {message}"
    for _, table, index, reason in meter.throttles:
        yield f"throttled: {table} {index} {reason}"


def scans(
    work: Work, sender: Sender, sizes: Mapping[str, int], usd: float | None
) -> Iterable[tuple[str, Scan]]:
    """Count each table by scan, for at most the declared pages, to show the cost."""
    for name, bodies in work.bodies.items():
        yield (
            name,
            _scan(
                bodies,
                sender,
                most_pages=work.schedule.load.scan_pages,
                table_bytes=sizes[name],
                usd=usd,
            ),
        )


def _scan(
    bodies: Bodies,
    sender: Sender,
    *,
    most_pages: int,
    table_bytes: int,
    usd: float | None,
) -> Scan:
    begin, pages, items, units = clock(), 0, 0, 0.0
    start: Mapping[str, Any] | None = None
    error = ""
    while pages < most_pages:
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
    read = table_bytes if whole else int(units * 2 * _HALF_UNIT_BYTES)
    return Scan(
        pages=pages,
        items=items,
        seconds=clock() - begin,
        units=units,
        table_bytes=table_bytes,
        read_bytes=read,
        usd_per_million_units=usd,
        error=error,
    )


class _UnansweredError(Exception):
    """A request of the removal that was not answered as it must be."""


def remove_earlier(work: Work, clients: AwsClients, sender: Sender) -> tuple[int, str]:
    """Remove the items of a killed run, slot 0 last; return how many, and the problem.

    A run of fewer items would delete slot 0, which stands for all, and leave the rest.
    """
    removed = 0
    try:
        for bodies in work.bodies.values():
            if not _deletions(bodies, range(1), clients, sender):
                continue
            for delete in reversed(
                _deletions(bodies, range(LOAD_SLOTS), clients, sender)
            ):
                _require_answer(delete, clients, sender)
                removed += 1
    except _UnansweredError as problem:
        return removed, f"items of an earlier run are left: {problem}"
    return removed, ""


def _deletions(
    bodies: Bodies, slots: range, clients: AwsClients, sender: Sender
) -> list[Request]:
    """Return the requests that delete the items that are in these slots."""
    found = set()
    for part in batches(slots):
        answer = _require_answer(bodies.keys_of(part), clients, sender)
        if answer.get("UnprocessedKeys"):
            raise _UnansweredError("BatchGetItem left keys out")
        found |= {_text(key) for keys in answer["Responses"].values() for key in keys}
    deletes = map(bodies.delete, slots)
    return [
        delete
        for delete in deletes
        if _text(json.loads(delete.body(0))["Key"]) in found
    ]


def _text(key: dict[str, Any]) -> str:
    return json.dumps(key, sort_keys=True)


def _require_answer(
    request: Request, clients: AwsClients, sender: Sender
) -> dict[str, Any]:
    clients.check_load(request.kind.api, json.loads(request.body(0)))
    answer = sender.ask(request)
    if not answer.ok:
        text = answer.body[:200].decode(errors="replace")
        what = answer.error or answer.status
        raise _UnansweredError(f"{request.kind.api}: {what}: {text}")
    return dict(json.loads(answer.body))
