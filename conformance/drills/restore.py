"""The steps of one restore: requested, followed, verified, repaired."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import BoundedSemaphore
from typing import Any

from conformance.aws.interlock import PARTITION_VALUE
from conformance.aws.polling import wait_for
from conformance.drills import phases, settings_repair
from conformance.drills.comparison import Fingerprint, Source, differences, fingerprint
from conformance.drills.comparison.differences import by_key
from conformance.drills.phases import Phases
from conformance.drills.restore_request import NotRestorableError, RestoreRequest
from conformance.drills.restore_result import NONE, RestoreResult
from conformance.drills.settings_repair import RestoredTable
from conformance.drills.writer import WriteLog
from conformance.model import suite_keys
from conformance.model.drill_names import TAG
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.model.table import Index, Table

_PAUSE_S = 5.0
_INDEX_PATIENCE_S = 30.0
_AT_ONCE = BoundedSemaphore(4)
"""The most tables that are read whole at a time, so that memory stays bounded."""


@dataclass(frozen=True)
class SourceHistory:
    """The source around the restored moment."""

    log: WriteLog
    before: Fingerprint
    after: Fingerprint
    stopped: datetime
    """The moment after the last write: of the disaster, if there had been one."""


@dataclass
class Restore:
    """The steps of one restore; what they find is in its result."""

    declared: Table
    request: RestoreRequest
    tolerance: timedelta
    result: RestoreResult = field(init=False)
    _not_shown: tuple[str, ...] = NONE
    """The indexes that do not show a restored item."""

    def __post_init__(self) -> None:
        """Start a result without facts."""
        self.result = RestoreResult(self.request)

    def take(self, step: Callable[[], None]) -> None:
        """Take a step unless an earlier one failed; keep its evidence and its error."""
        if not self.result.log.error:
            self.result.log.take(partial(self._restorable, step))

    def _restorable(self, step: Callable[[], None]) -> None:
        """Take a step; where AWS cannot restore, keep what it says as the status."""
        try:
            step()
        except NotRestorableError as problem:
            self.result.last_status = str(problem)
            raise NotAssessedError(f"not restored: {problem}") from None

    def start(self) -> None:
        """Request the restore; the clock starts here."""
        self.result.phases = Phases()
        self.request.request()
        self._end(phases.ACCEPTED)

    def follow(self, source: SourceHistory) -> None:
        """Follow the restore from accepted to repaired."""
        table = self._await_active()
        self._end(phases.ACTIVE)
        table = self._await_indexes(table)
        self._end(phases.INDEXES)
        self.result.present = frozenset(table.indexes)
        self._tag(table)
        self._read(source.log)
        self._end(phases.READ)
        with _AT_ONCE:
            self._verify(source)
        self._compare_shapes(table)
        self._end(phases.VERIFIED)
        self._repair()
        self._end(phases.REPAIRED)

    def _end(self, phase: str) -> None:
        self.result.phases.end(phase)

    @property
    def _new_table(self) -> str:
        return self.request.name.name

    def _table(self) -> RestoredTable:
        place = self.request.place
        return RestoredTable(place.clients, place.region, self._new_table)

    def _await_active(self) -> RestoredTable:
        def look() -> RestoredTable:
            table = self._table()
            failure = self.request.failure()
            if failure:
                raise NotRestorableError(f"the restore job is {failure}")
            if table.status != "MISSING":
                self._end(phases.RESTORING)
            return table

        table = self._wait(look, lambda table: table.status == "ACTIVE")
        self.result.last_status = table.status
        if table.status != "ACTIVE":
            raise NotAssessedError(f"the restored table is {table.status}")
        return table

    def _await_indexes(self, table: RestoredTable) -> RestoredTable:
        def ready(table: RestoredTable) -> bool:
            return all(index.readiness == "ACTIVE" for index in table.indexes.values())

        return table if ready(table) else self._wait(self._table, ready)

    def _wait(
        self,
        look: Callable[[], RestoredTable],
        good: Callable[[RestoredTable], bool],
    ) -> RestoredTable:
        def over(table: RestoredTable) -> bool:
            return good(table) or self.request.stopped()

        remaining = self.request.patience_s - self.result.phases.elapsed_s
        found = wait_for(look, over, remaining, _PAUSE_S)
        if self.request.stopped():
            raise UnreadableError("the drill was stopped")
        return found

    def _tag(self, table: RestoredTable) -> None:
        """Tag the table as the suite's, now that it takes a tag."""
        tag = {"Key": TAG, "Value": table.name}
        self.request.place.send(
            "dynamodb",
            "tag_resource",
            ResourceArn=table.arn,
            Tags=[tag],
        )

    def _read(self, log: WriteLog) -> None:
        """Read an item strongly consistently, and look for it through every index."""
        certain = (
            (slot, items[0])
            for slot, items in self._allowed(log).items()
            if len(items) == 1 and items[0]
        )
        slot, item = next(certain, (0, None))
        self._ask(
            "GetItem", Key=suite_keys.key(self.declared.key, slot), ConsistentRead=True
        )
        if item is None:
            return
        for name, index in self.declared.indexes.items():
            attribute = index.key.partition
            _, content = item[attribute.name]
            value = content if attribute.type == "B" else str(content)
            look = partial(self._shown, index, {attribute.type: value})
            shown = wait_for(look, bool, _INDEX_PATIENCE_S)
            if name in self.result.present and not shown:
                missing = f"{name} does not show a restored item"
                self._not_shown = (*self._not_shown, missing)

    def _shown(self, index: Index, value: dict[str, Any]) -> int:
        """Return how many items the index shows for the value; one if it is gone."""
        if index.name not in self.result.present:
            return 1
        answer = self._ask(
            "Query",
            IndexName=index.name,
            KeyConditionExpression=f"#partition = {PARTITION_VALUE}",
            ExpressionAttributeNames={"#partition": index.key.partition.name},
            ExpressionAttributeValues={PARTITION_VALUE: value},
        )
        return int(answer["Count"])

    def _allowed(self, log: WriteLog) -> dict[int, list[dict[str, Any] | None]]:
        """Return what the slots of the drill may hold."""
        moment = self.request.require_moment()
        last = self.request.until or moment
        return log.allowed(moment - self.tolerance, last + self.tolerance)

    def _ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.request.place.ask(
            "dynamodb", operation, TableName=self._new_table, **parameters
        )

    def _restored(self) -> Source:
        place = self.request.place
        return Source(place.clients, place.region, self._new_table, self.declared.key)

    def _verify(self, source: SourceHistory) -> None:
        found = fingerprint(self._restored())
        self.result.compared = found.count + len(found.ours)
        self.result.differing = (
            *self._our_differences(found, source),
            *self._others_differences(found, source),
            *self._not_shown,
        )
        self._measure_loss(found, source)

    def _our_differences(
        self, found: Fingerprint, source: SourceHistory
    ) -> tuple[str, ...]:
        """Compare items of the drill: what each slot may hold, and nothing else."""
        restored = by_key(self.declared.key, found.ours)
        wrong = []
        for slot, allowed in self._allowed(source.log).items():
            name = self._key_text(slot)
            held = restored.pop(name, None)
            if held not in allowed:
                wrong.append(_difference(name, held, allowed))
        return (*wrong, *(f"{name}: extra" for name in restored))

    def _key_text(self, slot: int) -> str:
        key = self.declared.key
        return next(iter(by_key(key, [_on_wire(suite_keys.key(key, slot))])))

    def _others_differences(
        self, found: Fingerprint, source: SourceHistory
    ) -> tuple[str, ...]:
        """Compare items of others where the source was quiet around the moment."""
        buckets = found.differing(source.before)
        changed = source.before.differing(source.after)
        self.result.not_comparable = self._named(found, source, buckets & changed)
        return self._named(found, source, buckets - changed)

    def _named(
        self, found: Fingerprint, source: SourceHistory, buckets: frozenset[int]
    ) -> tuple[str, ...]:
        """Name what differs in these buckets."""
        if not buckets:
            return NONE
        home, table = self.request.home, self.request.source
        named = differences(
            Source(home.clients, home.region, table.name, self.declared.key),
            self._restored(),
            (source.before, found),
            buckets,
        )
        more = len(buckets) if not named.named else named.unnamed
        rest = (f"{more} more groups of items differ",) if more else NONE
        return (*map(str, named.named), *rest)

    def _measure_loss(self, found: Fingerprint, source: SourceHistory) -> None:
        """Measure how old the newest write is that came back."""
        restored = by_key(self.declared.key, found.ours)
        names = {write.slot: self._key_text(write.slot) for write in source.log.writes}
        held = {
            slot: restored[name] for slot, name in names.items() if name in restored
        }
        newest = source.log.newest(held)
        lost = source.log.first_lost(newest)
        behind = timedelta(seconds=self.request.facts.get("latest_restorable_age_s", 0))
        if newest:
            gap = max(self.request.require_moment() - newest.acknowledged, timedelta())
            self.result.rpo_s = round((gap + behind).total_seconds(), 3)
        self.result.numbers |= {
            "newest_restored_write": newest.acknowledged.isoformat() if newest else "",
            "first_lost_write": lost.acknowledged.isoformat() if lost else "",
            "writes_acknowledged": len(source.log.writes),
        }

    def _compare_shapes(self, table: RestoredTable) -> None:
        result, source = self.result, self.request.source
        fresh = settings_repair.read_anew(self.request.home, source)
        result.source_shape = settings_repair.shape_of(fresh)
        result.shape = settings_repair.shape_of(table)
        result.source_settings = settings_repair.settings_of(fresh)
        result.not_restored = settings_repair.lost(
            result.source_settings,
            settings_repair.settings_of(table),
            settings_repair.repair_calls(source, table.name, table.arn),
        )

    def _repair(self) -> None:
        result = self.result
        settings_repair.repair(self.request.place, self.request.source, self._table())

        def settled(table: RestoredTable) -> bool:
            result.settings = settings_repair.settings_of(table)
            return (
                table.status == "ACTIVE" and result.settings == result.source_settings
            )

        self._wait(self._table, settled)


def _on_wire(key: dict[str, Any]) -> dict[str, Any]:
    """Return a key as it is on the wire."""
    return {
        name: {"B": base64.b64encode(typed["B"]).decode()} if "B" in typed else typed
        for name, typed in key.items()
    }


def _difference(name: str, held: Any, allowed: list[Any]) -> str:
    wanted = allowed[-1]
    if held is None:
        return f"{name}: missing"
    if wanted is None:
        return f"{name}: extra"
    changed = sorted(
        attribute
        for attribute in {*held, *wanted}
        if held.get(attribute) != wanted.get(attribute)
    )
    return f"{name}: changed: {', '.join(changed)}"
