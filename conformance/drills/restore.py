"""One restore: asked for, followed through its phases, verified, repaired."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import BoundedSemaphore
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from conformance.aws.client import unreadable
from conformance.aws.interlock import PARTITION_VALUE
from conformance.aws.polling import wait_for
from conformance.drills import phases
from conformance.drills import settings_repair as parity
from conformance.drills.comparison import Fingerprint, Source, differences, fingerprint
from conformance.drills.comparison.differences import by_key
from conformance.drills.phases import Phases
from conformance.drills.restore_request import NotRestorableError
from conformance.drills.restore_result import NONE, Restored
from conformance.drills.settings_repair import RestoredTable
from conformance.drills.writer import Pulse
from conformance.model import suite_keys
from conformance.model.drill_names import TAG
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.model.table import Index

_PAUSE_S = 5.0
_INDEX_PATIENCE_S = 30.0
_AT_ONCE = BoundedSemaphore(4)
"""So many tables are read whole at a time: memory stays within bounds."""


@dataclass(frozen=True)
class Witness:
    """The source around the restored moment."""

    pulse: Pulse
    before: Fingerprint
    after: Fingerprint
    stopped: datetime
    """When the last write was acknowledged: the disaster, if there had been one."""


class Restore(Restored):
    """The steps of one restore."""

    def request(self) -> None:
        """Ask for it; the clock starts here."""
        self.phases = Phases()
        self.asking.request()
        self.phases.end(phases.ACCEPTED)

    def follow(self, witness: Witness) -> None:
        """From accepted to repaired."""
        table = self._until_active()
        self.phases.end(phases.ACTIVE)
        table = self._until_indexes_active(table)
        self.phases.end(phases.INDEXES)
        self.present = frozenset(table.indexes)
        self._tag(table)
        self._read(witness.pulse)
        self.phases.end(phases.READ)
        with _AT_ONCE:
            self._verify(witness)
        self._compare_shapes(table)
        self.phases.end(phases.VERIFIED)
        self._repair()
        self.phases.end(phases.REPAIRED)

    def _table(self) -> RestoredTable:
        place = self.asking.place
        return RestoredTable(place.clients, place.region, self.asking.ours.name)

    def _until_active(self) -> RestoredTable:
        def looked() -> RestoredTable:
            table = self._table()
            failure = self.asking.failure()
            if failure:
                raise NotRestorableError(f"the restore job is {failure}")
            if table.status != "MISSING":
                self.phases.end(phases.RESTORING)
            return table

        table = self._wait(looked, lambda it: it.status == "ACTIVE")
        self.said = table.status
        if self.said != "ACTIVE":
            raise NotAssessedError(f"the restored table is {self.said}")
        return table

    def _until_indexes_active(self, table: RestoredTable) -> RestoredTable:
        def ready(it: RestoredTable) -> bool:
            return all(index.readiness == "ACTIVE" for index in it.indexes.values())

        return self._wait(self._table, ready, first=table)

    def _wait(
        self,
        look: Callable[[], RestoredTable],
        good: Callable[[RestoredTable], bool],
        first: RestoredTable | None = None,
    ) -> RestoredTable:
        if first is not None and good(first):
            return first
        asking = self.asking
        left = asking.patience_s - self.phases.elapsed_s
        found = wait_for(look, lambda it: good(it) or asking.stopped(), left, _PAUSE_S)
        if asking.stopped():
            raise UnreadableError("the drill was stopped")
        return found

    def _tag(self, table: RestoredTable) -> None:
        """Say whose it is, now that it takes a tag."""
        tag = {"Key": TAG, "Value": table.name}
        self.asking.place.send(
            "dynamodb",
            "tag_resource",
            ResourceArn=table.arn,
            Tags=[tag],
        )

    def _read(self, pulse: Pulse) -> None:
        """Read an item strongly consistently, and look for it through every index."""
        held = self._allowed(pulse).items()
        sure = ((slot, it[0]) for slot, it in held if len(it) == 1 and it[0])
        slot, item = next(sure, (0, None))
        self._call(
            "get_item", Key=suite_keys.key(self.declared.key, slot), ConsistentRead=True
        )
        if item is None:
            return
        for name, index in self.declared.indexes.items():
            attribute = index.key.partition
            _, content = item[attribute.name]
            value = content if attribute.type == "B" else str(content)
            look = partial(self._shown, index, {attribute.type: value})
            shown = wait_for(look, bool, _INDEX_PATIENCE_S)
            if name in self.present and not shown:
                self.unseen = (*self.unseen, f"{name} does not show a restored item")

    def _shown(self, index: Index, value: dict[str, Any]) -> int:
        """How many items the index shows for the value; an index that is gone, one."""
        if index.name not in self.present:
            return 1
        answer = self._call(
            "query",
            IndexName=index.name,
            KeyConditionExpression=f"#partition = {PARTITION_VALUE}",
            ExpressionAttributeNames={"#partition": index.key.partition.name},
            ExpressionAttributeValues={PARTITION_VALUE: value},
        )
        return int(answer["Count"])

    def _allowed(self, pulse: Pulse) -> dict[int, list[dict[str, Any] | None]]:
        """What our slots may hold."""
        last = self.asking.until or self._moment
        return pulse.allowed(self._moment - self.tolerance, last + self.tolerance)

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        place, name = self.asking.place, self.asking.ours.name
        client = place.clients.client("dynamodb", place.region, "read")
        try:
            return dict(getattr(client, method)(TableName=name, **parameters))
        except (ClientError, BotoCoreError) as problem:
            raise unreadable(f"{method} on {name}", problem) from None

    def _verify(self, witness: Witness) -> None:
        place, key = self.asking.place, self.declared.key
        restored = Source(place.clients, place.region, self.asking.ours.name, key)
        found = fingerprint(restored)
        self.compared = found.count + len(found.ours)
        self.differing = (
            *self._ours(found, witness),
            *self._others(found, witness),
            *self.unseen,
        )
        self._measure_loss(found, witness)

    def _ours(self, found: Fingerprint, witness: Witness) -> tuple[str, ...]:
        """Items of this drill, exactly: what each slot may hold, and nothing else."""
        key = self.declared.key
        there = by_key(key, found.ours)
        wrong = []
        for slot, allowed in self._allowed(witness.pulse).items():
            name = next(iter(by_key(key, [_wire(suite_keys.key(key, slot))])))
            held = there.pop(name, None)
            if held not in allowed:
                wrong.append(_said(name, held, allowed))
        return (*wrong, *(f"{name}: extra" for name in there))

    def _others(self, found: Fingerprint, witness: Witness) -> tuple[str, ...]:
        """Items of others, exactly where the source was quiet around the moment."""
        buckets = found.differing(witness.before)
        moved = witness.before.differing(witness.after)
        doubtful = buckets & moved
        quiet = buckets - moved
        self.not_comparable = self._named(found, witness, doubtful)
        return self._named(found, witness, quiet)

    def _named(
        self, found: Fingerprint, witness: Witness, buckets: frozenset[int]
    ) -> tuple[str, ...]:
        if not buckets:
            return NONE
        place, key = self.asking.place, self.declared.key
        home = self.asking.home
        named = differences(
            Source(home.clients, home.region, self.source.name, key),
            Source(place.clients, place.region, self.asking.ours.name, key),
            (witness.before, found),
            buckets,
        )
        more = len(buckets) if not named.named else named.unnamed
        rest = (f"{more} more groups of items differ",) if more else NONE
        return (*map(str, named.named), *rest)

    @property
    def _moment(self) -> datetime:
        assert self.asking.moment is not None  # noqa: S101 -- set before the request
        return self.asking.moment

    def _measure_loss(self, found: Fingerprint, witness: Witness) -> None:
        """How old the newest write is that came back."""
        pulse, key = witness.pulse, self.declared.key
        there = by_key(key, found.ours)
        held = {
            slot: there[name]
            for slot in {it.slot for it in pulse.beats}
            if (name := next(iter(by_key(key, [_wire(suite_keys.key(key, slot))]))))
            in there
        }
        newest = pulse.newest(held)
        lost = pulse.first_lost(newest)
        behind = timedelta(seconds=self.asking.facts.get("latest_restorable_age_s", 0))
        if newest:
            gap = max(self._moment - newest.acknowledged, timedelta())
            self.rpo_s = round((gap + behind).total_seconds(), 3)
        self.numbers |= {
            "newest_restored_write": newest.acknowledged.isoformat() if newest else "",
            "first_lost_write": lost.acknowledged.isoformat() if lost else "",
            "writes_acknowledged": len(pulse.beats),
        }

    def _compare_shapes(self, table: RestoredTable) -> None:
        fresh = parity.read_anew(self.asking.home, self.source)
        self.source_shape = parity.shape_of(fresh)
        self.shape = parity.shape_of(table)
        self.source_settings = parity.settings_of(fresh)
        calls = parity.in_words(self.source, table.name, table.arn)
        found = parity.settings_of(table)
        self.not_restored = parity.lost(self.source_settings, found, calls)

    def _repair(self) -> None:
        parity.repair(self.asking.place, self.source, self._table())

        def settled(it: RestoredTable) -> bool:
            self.settings = parity.settings_of(it)
            return it.status == "ACTIVE" and self.settings == self.source_settings

        self._wait(self._table, settled)


def _wire(key: dict[str, Any]) -> dict[str, Any]:
    """A key as it is on the wire."""
    return {
        name: {"B": base64.b64encode(typed["B"]).decode()} if "B" in typed else typed
        for name, typed in key.items()
    }


def _said(name: str, held: Any, allowed: list[Any]) -> str:
    wanted = allowed[-1]
    if held is None:
        return f"{name}: missing"
    if wanted is None:
        return f"{name}: extra"
    changed = sorted(it for it in {*held, *wanted} if held.get(it) != wanted.get(it))
    return f"{name}: changed: {', '.join(changed)}"
