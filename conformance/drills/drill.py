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
from conformance.aws.recorder import add_evidence, collecting
from conformance.config.declared import Declared
from conformance.deployed import DeployedTable
from conformance.drills import settings_repair
from conformance.drills.comparison import Fingerprint, Source, fingerprint
from conformance.drills.journal import Journal
from conformance.drills.leftovers import (
    ANY_RUN,
    SWEEP_PATIENCE_S,
    Leftover,
    Place,
    remove_leftovers,
)
from conformance.drills.restore import Restore, SourceHistory
from conformance.drills.restore_request import RestoreRequest
from conformance.drills.restore_result import RestoreResult
from conformance.drills.writer import NumberedWriter
from conformance.model.drill_names import DrillName
from conformance.model.errors import NotAssessedError, UnreadableError
from conformance.model.finding import Observation
from conformance.probes.items import Items, require_writable

_PROGRESS_EVERY_S = 30.0
T = TypeVar("T")
Restores = Mapping[tuple[str, str], Restore]
Wanted = Mapping[str, frozenset[str]]
"""The kinds of restores, by declared table."""


@dataclass
class DrillResult:
    """The results of one run's restores in one region, and what is left of them."""

    restores: dict[tuple[str, str], RestoreResult] = field(default_factory=dict)
    """Results by declared table and kind."""
    errors: dict[str, Exception] = field(default_factory=dict)
    """Why a table could not be drilled, by declared name; the others were."""
    unseen: dict[str, Exception] = field(default_factory=dict)
    """Why nobody knows how a table was left, though it was drilled."""
    leftovers: list[Leftover] = field(default_factory=list)
    """The leftovers that could not be removed."""
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The properties of a source table that changed, by declared name."""
    observations: list[Observation] = field(default_factory=list)
    error: Exception | None = field(default=None)
    """Why none could be drilled."""

    def of(self, table: str, kind: str) -> RestoreResult:
        """Return the result of one restore, and attribute its evidence.

        Raises:
            UnreadableError, NotAssessedError: as it was.
        """
        self._require(self.error, self.errors.get(table))
        result = self.restores[table, kind]
        add_evidence(result.log.observations)
        return result

    def leftovers_of(self, table: str, deployed: str) -> tuple[str, ...]:
        """Return what is left of the drill of a table, by its deployed name.

        Raises:
            UnreadableError, NotAssessedError: it was not drilled, or what it left
                could not be looked for, or removed.
        """
        self._require(self.error, self.errors.get(table), self.unseen.get(table))
        return tuple(
            str(leftover) for leftover in self.leftovers if _is_of(leftover, deployed)
        )

    def changes_of(self, table: str) -> tuple[str, ...]:
        """Return which properties of a source table changed.

        Raises:
            UnreadableError, NotAssessedError: it was not drilled, or not seen after.
        """
        self._require(self.error, self.errors.get(table), self.unseen.get(table))
        return self.changed.get(table, ())

    def _require(self, *problems: Exception | None) -> None:
        add_evidence(self.observations[-1:])
        for problem in filter(None, problems):
            raise problem.with_traceback(None)


def _is_of(leftover: Leftover, deployed: str) -> bool:
    """Return True for a leftover of the table; a job bears the table's own name."""
    drill = DrillName.parse(leftover.name)
    return deployed == (drill.table if drill else leftover.name)


@dataclass
class Drill:
    """The steps of one run's restores; what they find is in the result."""

    home: Place
    places: list[Place]
    """Every place in which the drill may make something."""
    declared: Declared
    journal: Journal
    progress: Callable[[str], None]
    """A function that shows a line of progress."""
    result: DrillResult = field(default_factory=DrillResult)
    _restores: dict[tuple[str, str], Restore] = field(default_factory=dict)
    """Restores by declared table and kind."""
    _stopped: Event = field(default_factory=Event)

    def run(
        self,
        tables: Mapping[str, DeployedTable],
        wanted: Wanted,
        copies: Place | Exception,
    ) -> None:
        """Run the drill; whatever happens, remove what was made."""
        with collecting() as observations:
            try:
                self._run(tables, wanted, copies)
            except UnreadableError as problem:
                self.result.error = problem
            finally:
                self._stopped.set()
                self._remove(tables)
        self.result.observations += observations

    def _run(
        self,
        tables: Mapping[str, DeployedTable],
        wanted: Wanted,
        copies: Place | Exception,
    ) -> None:
        errors, unseen = self.result.errors, self.result.unseen
        ready = {
            name: table for name, table in tables.items() if self._steady(name, table)
        }
        before = _by_table(ready, lambda name: self._state(ready[name]), errors)
        writers = {name: self._writer(name, ready[name]) for name in before}
        try:
            self._restore(self._write(ready, writers, wanted, copies))
        finally:
            _by_table(writers, lambda name: writers[name].end(), unseen)
        after = _by_table(before, lambda name: self._state(ready[name]), unseen)
        for name, now in after.items():
            was = before[name]
            self.result.changed[name] = tuple(
                title for title in was if was[title] != now[title]
            )

    def _steady(self, name: str, table: DeployedTable) -> bool:
        """Return True if the table is ACTIVE with every index, and writable."""
        try:
            require_writable(
                self.declared.tables[name],
                table,
                self.home.clients.environment.consumers_accepted,
            )
            unready = [
                index
                for index, deployed in table.indexes.items()
                if deployed.readiness != "ACTIVE"
            ]
        except (NotAssessedError, UnreadableError) as problem:
            self.result.errors[name] = problem
            return False
        if unready:
            why = f"{', '.join(unready)} not ACTIVE (GSI-1)"
            self.result.errors[name] = NotAssessedError(why)
        return not unready

    def _writer(self, name: str, table: DeployedTable) -> NumberedWriter:
        items = Items(self.home.clients, self.declared.tables[name], table)
        return NumberedWriter(items, self.declared.drills.beats_per_s)

    def _source(self, name: str, table: DeployedTable) -> Source:
        key = self.declared.tables[name].key
        return Source(self.home.clients, self.home.region, table.name, key)

    def _write(
        self,
        tables: Mapping[str, DeployedTable],
        writers: Mapping[str, NumberedWriter],
        wanted: Wanted,
        copies: Place | Exception,
    ) -> dict[str, SourceHistory]:
        """Write around a whole second, and take backups there."""
        errors = self.result.errors
        drills = self.declared.drills
        self.progress(f"reading {len(writers)} tables as they are")

        def whole(name: str) -> Fingerprint:
            return fingerprint(self._source(name, tables[name]))

        before = _by_table(writers, whole, errors)
        for name in before:
            writers[name].start()
        apart = timedelta(seconds=self._apart_s(wanted))
        lead = drills.lead + apart + timedelta(seconds=1)
        moment = (datetime.now(UTC) + lead).replace(microsecond=0)
        self.progress(f"writing test items around {moment:%H:%M:%S}Z")
        self._prepare({name: tables[name] for name in before}, wanted, copies, moment)
        _until(moment)
        self._together(lambda restore: restore.request.prepare)
        _until(datetime.now(UTC) + drills.tail + apart)
        logs = _by_table(before, lambda name: writers[name].stop(), errors)
        after = _by_table(logs, whole, errors)
        now = datetime.now(UTC)
        return {
            name: SourceHistory(logs[name], before[name], after[name], now)
            for name in after
        }

    def _apart_s(self, wanted: Wanted) -> float:
        """Return how far a backup may be from the moment it was requested at."""
        kinds = {kind for requested in wanted.values() for kind in requested}
        return self.declared.target("backup_as_of_s") if kinds - {"pitr"} else 0.0

    def _prepare(
        self,
        tables: Mapping[str, DeployedTable],
        wanted: Wanted,
        copies: Place | Exception,
        moment: datetime,
    ) -> None:
        """Make the restores of the tables, without a request of any."""
        made = datetime.now(UTC).replace(microsecond=0)
        for name, table in tables.items():
            for kind in sorted(wanted[name]):
                place = copies if kind == "copy" else self.home
                request = RestoreRequest(
                    source=table,
                    name=DrillName(table.name, kind, made, self.journal.run),
                    home=self.home,
                    place=place if isinstance(place, Place) else self.home,
                    backups=self.declared.backups,
                    journal=self.journal,
                    patience_s=self.declared.drills.patience.total_seconds(),
                    stopped=self._stopped.is_set,
                    moment=moment,
                )
                tolerance = self.declared.drills.tolerance
                tolerance += timedelta(seconds=self._apart_s({name: frozenset({kind})}))
                restore = Restore(self.declared.tables[name], request, tolerance)
                if isinstance(place, Exception):
                    restore.result.log.error = place
                self._restores[name, kind] = restore
                self.result.restores[name, kind] = restore.result

    def _restore(self, sources: Mapping[str, SourceHistory]) -> None:
        """Request the restores of all tables whose history is known; follow them."""
        restores = {
            (name, kind): restore
            for (name, kind), restore in self._restores.items()
            if name in sources
        }
        for (_, kind), restore in restores.items():
            if kind == "pitr":
                restore.take(restore.request.await_restorable)
        for restore in restores.values():
            restore.take(restore.start)
        began = time.monotonic()
        self.progress(f"{len(restores)} restores requested together")
        with ThreadPoolExecutor(max(len(restores), 1)) as threads:
            futures = {
                threads.submit(
                    copy_context().run,
                    restore.take,
                    partial(restore.follow, sources[name]),
                )
                for (name, _), restore in restores.items()
            }
            try:
                while futures:
                    _, futures = wait(futures, timeout=_PROGRESS_EVERY_S)
                    self._show_progress(restores, began)
            finally:
                self._stopped.set()

    def _show_progress(self, restores: Restores, began: float) -> None:
        limit = self.declared.drills.patience.total_seconds()
        elapsed = time.monotonic() - began
        for (name, kind), restore in sorted(restores.items()):
            result = restore.result
            phase = "ended" if result.ended else result.phases.now
            self.progress(
                f"restore {name} ({kind})  {phase}  {_clock(elapsed)} of "
                f"≤ {_clock(limit)}"
            )

    def _together(self, step: Callable[[Restore], Callable[[], None]]) -> None:
        """Take a step of all restores at the same time."""
        with ThreadPoolExecutor(max(len(self._restores), 1)) as threads:
            try:
                for future in [
                    threads.submit(copy_context().run, restore.take, step(restore))
                    for restore in self._restores.values()
                ]:
                    future.result()
            except BaseException:
                self._stopped.set()
                raise

    def _state(self, table: DeployedTable) -> dict[str, str]:
        """Return shape and settings of a source table, read anew."""
        fresh = settings_repair.read_anew(self.home, table)
        shape = repr(settings_repair.shape_of(fresh))
        return {"shape": shape, **settings_repair.settings_of(fresh)}

    def _remove(self, tables: Iterable[str]) -> None:
        """Remove what this run made, everywhere; keep what could not be removed."""
        runs = (self.journal.run, ANY_RUN)

        def of_this_run(found: list[Leftover]) -> list[Leftover]:
            return [leftover for leftover in found if leftover.run in runs]

        self.progress("removing what the drill made")
        for place in self.places:
            try:
                left = remove_leftovers(place, of_this_run, SWEEP_PATIENCE_S)
                self.result.leftovers += left
            except UnreadableError as problem:
                for name in tables:
                    self.result.unseen.setdefault(name, problem)
        self.journal.note("removed")


def _by_table(
    tables: Iterable[str], ask: Callable[[str], T], errors: dict[str, Exception]
) -> dict[str, T]:
    """Ask for each table, by name; an error is that table's alone."""
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
