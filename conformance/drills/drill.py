"""All restores of a region's tables: requested together, awaited together, removed."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from typing import TypeVar

from conformance.aws.polling import pause_until
from conformance.aws.recorder import collecting
from conformance.config.declared import Declared
from conformance.deployed import DeployedTable
from conformance.drills import settings_repair as parity
from conformance.drills.comparison import Fingerprint, Source, fingerprint
from conformance.drills.drill_result import Drilled
from conformance.drills.journal import Journal
from conformance.drills.leftovers import ANY, SWEEP_PATIENCE_S, Place, remove
from conformance.drills.restore import Restore, Witness
from conformance.drills.restore_request import Asking
from conformance.drills.writer import Heart
from conformance.model.drill_names import DrillName
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.probes.items import Items, require_writable

_TOLD_EVERY_S = 30.0
T = TypeVar("T")
Restores = Mapping[tuple[str, str], Restore]
Wanted = Mapping[str, frozenset[str]]
"""The kinds of restores, by declared table."""


@dataclass
class Drill(Drilled):
    """The steps of one run's restores."""

    home: Place
    places: list[Place]
    """Everywhere that something of the drill may be."""
    declared: Declared
    journal: Journal
    tell: Callable[[str], None]
    """Says how far it is, to who watches."""
    _stopped: Event = field(default_factory=Event)

    def run(
        self,
        tables: Mapping[str, DeployedTable],
        wanted: Wanted,
        copies: Place | Exception,
    ) -> None:
        """Do it all; whatever happens, remove what was made."""
        with collecting() as observations:
            try:
                self._run(tables, wanted, copies)
            except UnreadableError as problem:
                self.error = problem
            finally:
                self._stopped.set()
                self._remove(tables)
        self.observations += observations

    def _run(
        self,
        tables: Mapping[str, DeployedTable],
        wanted: Wanted,
        copies: Place | Exception,
    ) -> None:
        ready = {name: it for name, it in tables.items() if self._steady(name, it)}
        before = _of_each(ready, lambda name: self._state(ready[name]), self.errors)
        hearts = {name: self._heart(name, ready[name]) for name in before}
        try:
            witnesses = self._beat(ready, hearts, wanted, copies)
            self._restore(witnesses)
        finally:
            _of_each(hearts, lambda name: hearts[name].end(), self.unseen)
        after = _of_each(before, lambda name: self._state(ready[name]), self.unseen)
        for name, now in after.items():
            was = before[name]
            self.changed[name] = tuple(it for it in was if was[it] != now[it])

    def _steady(self, name: str, table: DeployedTable) -> bool:
        """Whether the table can be drilled: ACTIVE, with every index, and writable."""
        try:
            require_writable(
                self.declared.tables[name],
                table,
                self.home.clients.environment.consumers_accepted,
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
        items = Items(self.home.clients, self.declared.tables[name], table)
        return Heart(items, self.declared.drills.beats_per_s)

    def _source(self, name: str, table: DeployedTable) -> Source:
        key = self.declared.tables[name].key
        return Source(self.home.clients, self.home.region, table.name, key)

    def _beat(
        self,
        tables: Mapping[str, DeployedTable],
        hearts: Mapping[str, Heart],
        wanted: Wanted,
        copies: Place | Exception,
    ) -> dict[str, Witness]:
        """Write around a whole second, and take backups there."""
        drills = self.declared.drills
        self.tell(f"reading {len(hearts)} tables as they are")

        def whole(name: str) -> Fingerprint:
            return fingerprint(self._source(name, tables[name]))

        before = _of_each(hearts, whole, self.errors)
        for name in before:
            hearts[name].start()
        apart = timedelta(seconds=self._apart_s(wanted))
        lead = drills.lead + apart + timedelta(seconds=1)
        moment = (datetime.now(UTC) + lead).replace(microsecond=0)
        self.tell(f"writing test items around {moment:%H:%M:%S}Z")
        self._plan({name: tables[name] for name in before}, wanted, copies, moment)
        _until(moment)
        self._each(self.restores.values(), lambda it: it.asking.prepare)
        _until(datetime.now(UTC) + drills.tail + apart)
        pulses = _of_each(before, lambda name: hearts[name].stop(), self.errors)
        after = _of_each(pulses, whole, self.errors)
        now = datetime.now(UTC)
        return {
            name: Witness(pulses[name], before[name], after[name], now)
            for name in after
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
                ours = DrillName(table.name, kind, made, self.journal.run)
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

    def _restore(self, witnesses: Mapping[str, Witness]) -> None:
        """Request all of the tables that were witnessed, then follow all."""
        restores = {it: at for it, at in self.restores.items() if it[0] in witnesses}
        for (_, kind), restore in restores.items():
            if kind == "pitr":
                restore.attempt(restore.asking.await_restorable)
        for restore in restores.values():
            restore.attempt(restore.request)
        began = time.monotonic()
        self.tell(f"{len(restores)} restores requested together")
        with ThreadPoolExecutor(max(len(restores), 1)) as threads:
            futures = {
                threads.submit(
                    copy_context().run,
                    restore.attempt,
                    partial(restore.follow, witnesses[name]),
                )
                for (name, _), restore in restores.items()
            }
            try:
                while futures:
                    _, futures = wait(futures, timeout=_TOLD_EVERY_S)
                    self._tell_progress(restores, began)
            finally:
                self._stopped.set()

    def _tell_progress(self, restores: Restores, began: float) -> None:
        limit = self.declared.drills.patience.total_seconds()
        elapsed = time.monotonic() - began
        for (name, kind), restore in sorted(restores.items()):
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
        fresh = parity.read_anew(self.home, table)
        return {"shape": repr(parity.shape_of(fresh)), **parity.settings_of(fresh)}

    def _remove(self, tables: Iterable[str]) -> None:
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
                self.unseen = dict.fromkeys(tables, problem) | self.unseen
        self.journal.note("removed")


def _of_each(
    tables: Iterable[str], ask: Callable[[str], T], errors: dict[str, Exception]
) -> dict[str, T]:
    """Ask for each table, by name; what one does not answer is its own error."""
    answers = {}
    for name in tables:
        try:
            answers[name] = ask(name)
        except (NotAssessedError, UnreadableError) as problem:
            errors.setdefault(name, problem)
    return answers


def _until(moment: datetime) -> None:
    pause_until(time.monotonic() + (moment - datetime.now(UTC)).total_seconds())


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes:02d}:{rest:02d}"
