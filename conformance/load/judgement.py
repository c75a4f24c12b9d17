"""Decides PRF-1 to PRF-7 from what was measured, and from nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.config.declared import Declared
from conformance.load import charts
from conformance.load.durations import percentiles_ms
from conformance.load.latencies import against_baseline, latency, measured_now
from conformance.load.load_schedule import Plan
from conformance.load.measurements import Meter
from conformance.load.rates import ramp, rate
from conformance.load.throttling import throttling
from conformance.load.verdicts import Around, Said, Scan
from conformance.load.view import View
from conformance.model.finding import Outcome
from conformance.model.load_criteria import decided_by_load
from conformance.model.table import Table


class Judge:
    """Looks at one run."""

    def __init__(
        self, measured: Meter, plan: Plan, declared: Declared, begin: float
    ) -> None:
        """`begin` is when the first phase began, in seconds since 1970."""
        self._view = View(measured, plan, declared, begin)

    def decide(self, around: Around) -> Iterator[Said]:
        """Every criterion for every subject."""
        for name, table in sorted(self._view.declared.tables.items()):
            if name not in self._view.load.tables:
                yield from _not_loaded(table)
                continue
            yield self._trusted(rate(self._view, name))
            yield self._trusted(throttling(self._view, name, "", around))
            yield self._trusted(latency(self._view, "PRF-3", name, name))
            yield self._trusted(ramp(self._view, name))
            yield self._trusted(against_baseline(self._view, name, around.baseline))
            yield _scan(name, around.scans.get(name))
            for index in sorted(table.indexes):
                yield self._trusted(throttling(self._view, name, index, around))
                subject = f"{name}/{index}"
                yield self._trusted(latency(self._view, "PRF-4", subject, name, index))

    def baseline(self) -> dict[str, Any]:
        """What the next run is compared with, once somebody accepts it."""
        return measured_now(self._view)

    @property
    def late(self) -> str:
        """Why the generator proves nothing; empty if it was in time."""
        lag = percentiles_ms([self._view.measured.lag])["p99"]
        if lag is not None and lag > self._view.load.send_lag_ms:
            return (
                f"the generator itself was late: send lag p99 {lag:g} ms, at most "
                f"{self._view.load.send_lag_ms:g} ms proves anything"
            )
        late = self._view.dropped("late")
        return f"the generator left out {late} requests that were due" if late else ""

    def _trusted(self, said: Said) -> Said:
        """Whoever measured too late, or less than declared, decides nothing.

        But a throttled request was throttled, whoever sent it.
        """
        if self.late and not (
            said.criterion == "PRF-2" and said.outcome is Outcome.FAIL
        ):
            return replace(said, outcome=Outcome.NOT_ASSESSED, reason=self.late)
        if self._view.plan.deviations:
            why = f"not the declared load: {'; '.join(self._view.plan.deviations)}"
            reason = f"{why}. Measured: {said.outcome}: {said.reason}"
            return replace(said, outcome=Outcome.NOT_ASSESSED, reason=reason)
        return said


def _not_loaded(table: Table) -> Iterator[Said]:
    reason = f"surroundings.toml declares no load of it: load.tables.{table.name}"
    for criterion, subject in decided_by_load({table.name: table}):
        yield Said(criterion, subject, Outcome.NOT_ASSESSED, reason)


def _scan(name: str, scan: Scan | None) -> Said:
    if scan is None:
        reason = "no scan was made"
        return Said("PRF-7", name, Outcome.NOT_ASSESSED, reason)
    numbers = charts.scan(scan)
    if scan.error:
        return Said("PRF-7", name, Outcome.ERROR, scan.error, numbers=numbers)
    told = (
        f"{scan.items} items in {scan.pages} pages took {scan.seconds:.2f} s and "
        f"{scan.units:g} read units; the whole table about "
        f"{numbers['whole_table_units']:g}"
    )
    return Said("PRF-7", name, Outcome.PASS, told, told, "", numbers)
