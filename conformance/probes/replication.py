"""The time that a write in one region takes to be readable in another.

Marker items of the pool are put, updated and deleted at a steady pace, while several
readers look for those that have been acknowledged and not been seen. A lag lies
between the last look that missed the write and the first that showed it.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conformance.aws.client import SDK_ERRORS, unreadable
from conformance.aws.polling import pause_until, wait_for
from conformance.config.declared.replication import Markers
from conformance.model import suite_keys
from conformance.model.errors import UnreadableError
from conformance.probes.items import Items
from conformance.probes.lags import Interval, Lags

KINDS = ("put", "update", "delete")
_READERS = 4
_WRITERS = 16
_BETWEEN_LOOKS_S = 0.01
_NAMES = {"#nonce": "conformance_nonce", "#version": "conformance_version"}
_WRITTEN = {"#written": "conformance_written_at"}
Item = dict[str, Any]


@dataclass
class Marker:
    """One write, and when it was looked for; in seconds of the monotonic clock."""

    slot: int
    acknowledged: float = math.inf
    missed: float = -math.inf
    """The time at which the last read that did not show it was sent."""
    seen: float = math.inf
    """The time at which the first read that showed it was received."""

    @property
    def outstanding(self) -> bool:
        """True if it has not been seen yet."""
        return self.acknowledged < math.inf and self.seen == math.inf

    @property
    def lag(self) -> Interval:
        """The time from its acknowledgement to its arrival."""
        lower, upper = self.missed - self.acknowledged, self.seen - self.acknowledged
        return Interval(max(lower, 0.0) * 1000, max(upper, lower, 0.0) * 1000)


class Replication:
    """Items of one table, written in one region and looked for in another."""

    def __init__(self, here: Items, there: Items, declared: Markers) -> None:
        """Know both sides; nothing is written yet."""
        self._here = here
        self._there = there
        self._declared = declared
        self._patience_s = declared.patience.total_seconds()

    def lags(self) -> Lags:
        """Put, update and delete every marker; what never arrived is not gone on with.

        Raises:
            AwsError, UnreadableError: a region could not be written to or read.
        """
        slots = list(range(self._declared.count))
        lags: dict[str, tuple[Interval, ...]] = {}
        for kind in KINDS:
            markers = [Marker(slot) for slot in slots]
            self._exercise(kind, markers)
            lags[kind] = tuple(marker.lag for marker in markers)
            if kind == "put":
                slots = [marker.slot for marker in markers if marker.seen < math.inf]
            if not slots:
                break
        return Lags(lags)

    def clear(self) -> None:
        """Delete the markers on both sides, and see that they stay away.

        Raises:
            AwsError, UnreadableError: a side could not be read or written to, or
                markers are still there after the declared patience.
        """
        left = wait_for(self._cleared, lambda left: left == 0, self._patience_s)
        if left:
            raise UnreadableError(
                f"markers in {self._here.deployed.name} are still there after being "
                f"deleted in {self._here.deployed.region} and "
                f"{self._there.deployed.region}"
            )

    def _cleared(self) -> int:
        """Delete the markers that are shown; how many there were, or may be."""
        slots = list(range(self._declared.count))
        left = 0
        for side in (self._here, self._there):
            seen_now = shown(side, slots)
            present = [slot for slot, item in seen_now.items() if item]
            for slot in present:
                side.delete(slot)
            left += len(present) + len(slots) - len(seen_now)
        return left

    def _exercise(self, kind: str, markers: list[Marker]) -> None:
        """Write all markers at the declared pace, and look for them meanwhile."""
        over: list[bool] = []
        with ThreadPoolExecutor(_READERS + _WRITERS) as threads:

            def start(act: Callable[..., None], *given: Any) -> Future[None]:
                return threads.submit(copy_context().run, act, *given)

            readers = [start(self._look, kind, markers, over) for _ in range(_READERS)]
            with _ended(over):
                writers = []
                first = time.monotonic()
                for number, marker in enumerate(markers):
                    pause_until(first + number / self._declared.writes_per_s)
                    writers.append(start(self._write, kind, marker))
                for writer in writers:
                    writer.result()
                wait_for(
                    lambda: any(marker.outstanding for marker in markers),
                    lambda waiting: (
                        not waiting or any(reader.done() for reader in readers)
                    ),
                    self._patience_s,
                )
        for reader in readers:
            reader.result()

    def _write(self, kind: str, marker: Marker) -> None:
        match kind:
            case "put":
                item = self._here.item(marker.slot)
                self._here.put(item | self._marks())
            case "update":
                self._here.update(
                    marker.slot,
                    "SET #version = :version, #written = :written",
                    ExpressionAttributeNames={
                        **_WRITTEN,
                        "#version": _NAMES["#version"],
                    },
                    ExpressionAttributeValues={
                        ":version": {"N": "2"},
                        ":written": {"S": _now()},
                    },
                )
            case "delete":
                self._here.delete(marker.slot)
        marker.acknowledged = time.monotonic()

    def _marks(self) -> Item:
        return {
            _NAMES["#nonce"]: {"S": self._here.nonce},
            _NAMES["#version"]: {"N": "1"},
            _WRITTEN["#written"]: {"S": _now()},
        }

    def _look(self, kind: str, markers: list[Marker], over: list[bool]) -> None:
        """Look for outstanding markers until it is over."""
        while not over:
            waiting = {marker.slot: marker for marker in markers if marker.outstanding}
            if waiting:
                sent = time.monotonic()
                seen_now = shown(self._there, list(waiting))
                received = time.monotonic()
                for slot, item in seen_now.items():
                    if self._arrived(kind, item):
                        marker = waiting[slot]
                        marker.seen = min(marker.seen, received)
                    else:
                        marker = waiting[slot]
                        marker.missed = max(marker.missed, sent)
            pause_until(time.monotonic() + _BETWEEN_LOOKS_S)

    def _arrived(self, kind: str, item: Item | None) -> bool:
        if kind == "delete" or item is None:
            return item is None and kind == "delete"
        version = {"put": "1", "update": "2"}[kind]
        ours = {"S": self._here.nonce}, {"N": version}
        return (item.get(_NAMES["#nonce"]), item.get(_NAMES["#version"])) == ours


@contextmanager
def _ended(over: list[bool]) -> Iterator[None]:
    """Tell the readers when it is over, however it ends."""
    try:
        yield
    finally:
        over.append(True)


def shown(items: Items, slots: Sequence[int]) -> Mapping[int, Item | None]:
    """Read each slot strongly consistently; None stands for an empty one.

    A slot that DynamoDB did not get to is left out: it neither hit nor missed.
    """
    keys = {slot: items.key(slot) for slot in slots}
    table = items.deployed.name
    request = suite_keys.batch_get_request(list(keys.values()), _NAMES)
    try:
        answer = items.reader.batch_get_item(RequestItems={table: request})
    except SDK_ERRORS as problem:
        where = f"batch_get_item on {table} in {items.deployed.region}"
        raise unreadable(where, problem) from None
    found = answer["Responses"].get(table, [])
    # UnprocessedKeys is empty, or leaves out the table, where all were read.
    unread = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
    return {
        slot: next((item for item in found if key.items() <= item.items()), None)
        for slot, key in keys.items()
        if key not in unread
    }


def _now() -> str:
    return datetime.now(UTC).isoformat("T", "milliseconds")
