"""All restores of a region's tables: requested together, awaited together, removed."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event

from conformance.comparison import Fingerprint, Source, fingerprint
from conformance.declared import Declared
from conformance.deployed import DeployedTable
from conformance.drills import parity
from conformance.drills.asking import Asking
from conformance.drills.heartbeat import Heart
from conformance.drills.journal import Journal
from conformance.drills.parity import RestoredTable
from conformance.drills.remains import ANY, SWEEP_PATIENCE_S, Left, Place, remove
from conformance.drills.restore import Restore, Witness
from conformance.errors import NotAssessedError, UnreadableError
from conformance.finding import Observation
from conformance.probes.items import Items, require_writable
from conformance.recording import rest_on, resting
from conformance.sandbox import Ours, recognised
from conformance.waiting import pause_until, wait_for

_TOLD_EVERY_S = 30.0
Wanted = Mapping[str, frozenset[str]]
"""The kinds of restores, by declared table."""


@dataclass
class Drill:
    """One run's restores in one region."""

    home: Place
    places: list[Place]
    """Everywhere that something of the drill may be."""
    declared: Declared
    journal: Journal
    tell: Callable[[str], None]
    """Says how far it is, to who watches."""
    restores: dict[tuple[str, str], Restore] = field(default_factory=dict)
    """By declared table and kind."""
    errors: dict[str, Exception] = field(default_factory=dict)
    """Why a table could not be drilled at all."""
    remains: list[Left] = field(default_factory=list)
    """What is still there after everything was removed."""
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What became different of a source table, by declared name."""
    observations: list[Observation] = field(default_factory=list)
    error: Exception | None = None
    _stopped: Event = field(default_factory=Event)

    def run(
        self,
        tables: Mapping[str, DeployedTable],
        wanted: Wanted,
        copies: Place | Exception,
    ) -> None:
        """Do it all; whatever happens, remove what was made."""
        with resting() as observations:
            try:
                self._run(tables, wanted, copies)
            except UnreadableError as problem:
                self.error = problem
            finally:
                self._stopped.set()
                self._remove()
        self.observations += observations

    def of(self, table: str, kind: str) -> Restore:
        """What became of one restore.

        Raises:
            UnreadableError, NotAssessedError: as it was.
        """
        rest_on(self.observations[-1:])
        if self.error:
            raise self.error.with_traceback(None)
        if table in self.errors:
            raise self.errors[table].with_traceback(None)
        restore = self.restores[table, kind]
        rest_on(restore.observations)
        return restore

    def remains_of(self, table: str) -> tuple[str, ...]:
        """What is still there of the drill of a deployed table.

        Raises:
            UnreadableError: it could not be looked for.
        """
        rest_on(self.observations[-1:])
        if self.error:
            raise self.error.with_traceback(None)
        names = [(it, recognised(it.name)) for it in self.remains]
        return tuple(str(it) for it, ours in names if ours and ours.table == table)

    def changes_of(self, table: str) -> tuple[str, ...]:
        """What became different of a source table.

        Raises:
            UnreadableError, NotAssessedError: it was not drilled.
        """
        rest_on(self.observations[-1:])
        for error in (self.error, self.errors.get(table)):
            if error:
                raise error.with_traceback(None)
        return self.changed.get(table, ())

    def _run(
        self,
        tables: Mapping[str, DeployedTable],
        wanted: Wanted,
        copies: Place | Exception,
    ) -> None:
        ready = {name: it for name, it in tables.items() if self._steady(name, it)}
        before = {name: self._state(it) for name, it in ready.items()}
        hearts = {name: self._heart(name, it) for name, it in ready.items()}
        try:
            witnesses = self._beat(ready, hearts, wanted, copies)
            self._restore(witnesses)
        finally:
            for heart in hearts.values():
                heart.end()
        for name, table in ready.items():
            self._see_change(name, before[name], self._state(table))

    def _steady(self, name: str, table: DeployedTable) -> bool:
        """Whether the table can be drilled: ACTIVE, with every index, and writable."""
        try:
            require_writable(
                self.declared.tables[name],
                table,
                self.home.door.environment.consumers_accepted,
            )
            unready = [k for k, v in table.indexes.items() if v.readiness != "ACTIVE"]
        except (NotAssessedError, UnreadableError) as problem:
            self.errors[name] = problem
            return False
        if unready:
            why = f"{', '.join(unready)} not ACTIVE (GSI-1)"
            self.errors[name] = NotAssessedError(why)
        return not unready

    def _heart(self, name: str, table: DeployedTable) -> Heart:
        items = Items(self.home.door, self.declared.tables[name], table)
        return Heart(items, self.declared.drills.beats_per_s)

    def _source(self, name: str, table: DeployedTable) -> Source:
        key = self.declared.tables[name].key
        return Source(self.home.door, self.home.region, table.name, key)

    def _beat(
        self,
        tables: Mapping[str, DeployedTable],
        hearts: Mapping[str, Heart],
        wanted: Wanted,
        copies: Place | Exception,
    ) -> dict[str, Witness]:
        """Write around a whole second, and take backups there."""
        drills = self.declared.drills
        self.tell(f"reading {len(tables)} tables as they are")
        before = self._fingerprints(tables)
        for heart in hearts.values():
            heart.start()
        apart = timedelta(seconds=self._apart_s(wanted))
        lead = drills.lead + apart + timedelta(seconds=1)
        moment = (datetime.now(UTC) + lead).replace(microsecond=0)
        self.tell(f"writing test items around {moment:%H:%M:%S}Z")
        self._plan(tables, wanted, copies, moment)
        _until(moment)
        self._each(self.restores.values(), lambda it: it.asking.prepare)
        _until(datetime.now(UTC) + drills.tail + apart)
        pulses = {name: heart.stop() for name, heart in hearts.items()}
        after = self._fingerprints(tables)
        now = datetime.now(UTC)
        return {
            name: Witness(pulses[name], before[name], after[name], now)
            for name in tables
        }

    def _apart_s(self, wanted: Wanted) -> float:
        """How far what a backup holds may be from the moment it was asked for."""
        kinds = {kind for each in wanted.values() for kind in each}
        return self.declared.target("backup_as_of_s") if kinds - {"pitr"} else 0.0

    def _plan(
        self,
        tables: Mapping[str, DeployedTable],
        wanted: Wanted,
        copies: Place | Exception,
        moment: datetime,
    ) -> None:
        made = datetime.now(UTC).replace(microsecond=0)
        for name, table in tables.items():
            for kind in sorted(wanted[name]):
                ours = Ours(table.name, kind, made, self.journal.run)
                elsewhere = kind == "copy" and isinstance(copies, Place)
                place = copies if elsewhere and isinstance(copies, Place) else self.home
                asking = Asking(
                    table,
                    ours,
                    self.home,
                    place,
                    self.declared.backups,
                    self.journal,
                    self.declared.drills.patience.total_seconds(),
                    self._stopped.is_set,
                    moment,
                )
                tolerance = self.declared.drills.tolerance
                tolerance += timedelta(seconds=self._apart_s({name: frozenset({kind})}))
                restore = Restore(self.declared.tables[name], asking, tolerance)
                if kind == "copy" and isinstance(copies, Exception):
                    restore.error = copies
                self.restores[name, kind] = restore

    def _fingerprints(
        self, tables: Mapping[str, DeployedTable]
    ) -> dict[str, Fingerprint]:
        return {
            name: fingerprint(self._source(name, table))
            for name, table in tables.items()
        }

    def _restore(self, witnesses: Mapping[str, Witness]) -> None:
        """Request all, then follow all."""
        for (_, kind), restore in self.restores.items():
            if kind == "pitr":
                restore.attempt(partial(self._until_restorable, restore))
        for restore in self.restores.values():
            restore.attempt(restore.request)
        began = time.monotonic()
        self.tell(f"{len(self.restores)} restores requested together")
        with ThreadPoolExecutor(max(len(self.restores), 1)) as threads:
            futures = {
                threads.submit(
                    copy_context().run,
                    restore.attempt,
                    partial(restore.follow, witnesses[name]),
                )
                for (name, _), restore in self.restores.items()
            }
            try:
                while futures:
                    _, futures = wait(futures, timeout=_TOLD_EVERY_S)
                    self._tell_progress(began)
            finally:
                self._stopped.set()

    def _until_restorable(self, restore: Restore) -> None:
        """Wait until the moment can be restored to; it follows the present."""
        table, asking = restore.source, restore.asking
        moment = asking.moment
        assert moment is not None  # noqa: S101 -- planned with one

        def latest() -> RestoredTable:
            return RestoredTable(self.home.door, self.home.region, table.name)

        def reached(it: RestoredTable) -> bool:
            if it.recovery_status != "ENABLED" or self._stopped.is_set():
                return True
            earliest, until = it.recovery_window
            return moment <= until or earliest > moment

        fresh = wait_for(latest, reached, asking.patience_s, 5.0)
        if fresh.recovery_status == "ENABLED":
            earliest, until = fresh.recovery_window
            age = (datetime.now(UTC) - until).total_seconds()
            asking.facts = {
                "latest_restorable_age_s": round(max(age, 0.0), 3),
                "latest_restorable": until.isoformat(),
                "earliest_restorable": earliest.isoformat(),
            }

    def _tell_progress(self, began: float) -> None:
        limit = self.declared.drills.patience.total_seconds()
        elapsed = time.monotonic() - began
        for (name, kind), restore in sorted(self.restores.items()):
            phase = "ended" if restore.ended else restore.phases.now
            self.tell(
                f"restore {name} ({kind})  {phase}  {_clock(elapsed)} of "
                f"≤ {_clock(limit)}"
            )

    def _each(
        self,
        restores: Iterable[Restore],
        step: Callable[[Restore], Callable[[], None]],
    ) -> None:
        """Take a step of all restores at the same time."""
        with ThreadPoolExecutor(max(len(self.restores), 1)) as threads:
            try:
                for future in [
                    threads.submit(copy_context().run, it.attempt, step(it))
                    for it in restores
                ]:
                    future.result()
            except BaseException:
                self._stopped.set()
                raise

    def _state(self, table: DeployedTable) -> dict[str, str]:
        """Shape and settings of a source table, read anew."""
        fresh = RestoredTable(self.home.door, table.region, table.name)
        return {"shape": repr(parity.shape_of(fresh)), **parity.settings_of(fresh)}

    def _see_change(
        self, name: str, before: Mapping[str, str], after: Mapping[str, str]
    ) -> None:
        self.changed[name] = tuple(it for it in before if before[it] != after[it])

    def _remove(self) -> None:
        """Remove what this run made, everywhere; keep what could not be removed."""
        run = self.journal.run
        self.tell("removing what the drill made")
        for place in self.places:
            try:
                self.remains += remove(
                    place,
                    lambda found: [it for it in found if it.run in (run, ANY)],
                    SWEEP_PATIENCE_S,
                )
            except UnreadableError as problem:
                self.error = self.error or problem
        self.journal.note("removed")


def _until(moment: datetime) -> None:
    pause_until(time.monotonic() + (moment - datetime.now(UTC)).total_seconds())


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"
