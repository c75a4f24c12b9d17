"""The judgement of one run: PRF-1 to PRF-7, from its measurements alone.

PRF-2 and PRF-7 are here; PRF-1 and PRF-5 in `rate_criteria`, PRF-3, PRF-4 and PRF-6
in `latency_criteria`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.config.declared import Declared
from conformance.load.latency_criteria import against_baseline, latency, measured_now
from conformance.load.latency_histogram import percentiles_ms
from conformance.load.load_schedule import LoadSchedule
from conformance.load.measurements import STEADY, Meter
from conformance.load.rate_criteria import ramp, rate
from conformance.load.results_view import (
    RunContext,
    Scan,
    View,
    or_else,
    scan_numbers,
    throttle_numbers,
    total_of,
)
from conformance.model.finding import Finding, Outcome
from conformance.model.load_criteria import decided_by_load
from conformance.model.table import Table


class Judge:
    """The judge of one run."""

    def __init__(
        self,
        measured: Meter,
        schedule: LoadSchedule,
        declared: Declared,
        *,
        begin: float,
        region: str,
    ) -> None:
        """Judge a run whose first phase began at `begin`, in seconds since 1970."""
        self._view = View(measured, schedule, declared, begin, region)

    def decide(self, context: RunContext) -> Iterator[Finding]:
        """Yield the finding of every criterion for every subject."""
        for name, table in sorted(self._view.declared.tables.items()):
            if name not in self._view.load.tables:
                yield from _not_loaded(self._view, table)
                continue
            yield self._trusted(rate(self._view, name))
            yield self._trusted(throttling(self._view, name, "", context))
            yield self._trusted(latency(self._view, "PRF-3", name, name))
            yield self._trusted(ramp(self._view, name))
            yield self._trusted(against_baseline(self._view, name, context.baseline))
            yield _scan(self._view, name, context.scans.get(name))
            for index in sorted(table.indexes):
                yield self._trusted(throttling(self._view, name, index, context))
                subject = f"{name}/{index}"
                yield self._trusted(latency(self._view, "PRF-4", subject, name, index))

    def baseline(self) -> dict[str, Any]:
        """Return what the next run is compared with, once somebody accepts it."""
        return measured_now(self._view)

    @property
    def late(self) -> str:
        """Return why the generator proves nothing; empty if it was in time."""
        lag = percentiles_ms([self._view.measured.lag])["p99"]
        if lag is not None and lag > self._view.load.send_lag_ms:
            return (
                f"the generator itself was late: send lag p99 {lag:g} ms, at most "
                f"{self._view.load.send_lag_ms:g} ms proves anything"
            )
        late = self._view.dropped("late")
        return f"the generator left out {late} requests that were due" if late else ""

    def _trusted(self, finding: Finding) -> Finding:
        """Return NOT_ASSESSED if the generator was late or the load was reduced.

        A FAIL for throttling stands in spite of a late generator.
        """
        throttled = finding.criterion == "PRF-2" and finding.outcome is Outcome.FAIL
        if self.late and not throttled:
            return replace(finding, outcome=Outcome.NOT_ASSESSED, reason=self.late)
        if self._view.schedule.deviations:
            why = f"not the declared load: {'; '.join(self._view.schedule.deviations)}"
            reason = f"{why}. Measured: {finding.outcome}: {finding.reason}"
            return replace(finding, outcome=Outcome.NOT_ASSESSED, reason=reason)
        return finding


def _not_loaded(view: View, table: Table) -> Iterator[Finding]:
    reason = f"surroundings.toml declares no load of it: load.tables.{table.name}"
    for criterion, subject in decided_by_load({table.name: table}):
        yield view.finding(criterion, subject, Outcome.NOT_ASSESSED, reason)


def throttling(view: View, name: str, index: str, context: RunContext) -> Finding:
    """Decide PRF-2 of a table, or of one of its indexes."""
    subject = f"{name}/{index}" if index else name
    reasons = _throttle_reasons(view, name, index)
    ours = sum(reasons.values())
    theirs = context.cloudwatch.throttled.get((name, index))
    by = context.cloudwatch.reasons.get((name, index), {})
    numbers = {
        "throttled": ours,
        "reasons": reasons,
        "cloudwatch_throttle_events": theirs,
        "cloudwatch_reasons": by,
    } | ({} if index else throttle_numbers(view.steady(name)))
    observed = f"{ours} throttled; CloudWatch: {or_else(theirs, 'not known')}"

    def decided(outcome: Outcome, reason: str) -> Finding:
        return view.finding(
            "PRF-2",
            subject,
            outcome,
            reason,
            observed=observed,
            declared="0",
            numbers=numbers,
        )

    if ours or theirs:
        why = _counted(reasons or by)
        differ = theirs is not None and bool(ours) != bool(theirs)
        agree = "; client and CloudWatch do not agree" if differ else ""
        return decided(Outcome.FAIL, f"{observed}{f' ({why})' if why else ''}{agree}")
    if not total_of(view.steady(name).values()).answered:
        return decided(Outcome.NOT_ASSESSED, "nothing was answered in a steady phase")
    if theirs is None:
        return decided(
            Outcome.NOT_ASSESSED,
            f"no request of ours was throttled, but {context.cloudwatch.missing}",
        )
    return decided(Outcome.PASS, observed)


def _counted(reasons: Mapping[str, float]) -> str:
    return ", ".join(f"{count:g} of {reason}" for reason, count in reasons.items())


def _throttle_reasons(view: View, name: str, index: str) -> dict[str, int]:
    """Return our throttles of a table or index at the full rate, by reason."""
    known = view.declared.tables[name].indexes
    reasons: dict[str, int] = {}
    for (phase, table, where, reason), count in view.measured.throttles.items():
        about = where if where in known else ""
        if (phase, table, about) == (STEADY, name, index):
            reasons[reason] = reasons.get(reason, 0) + count
    return reasons


def _scan(view: View, name: str, scan: Scan | None) -> Finding:
    if scan is None:
        return view.finding("PRF-7", name, Outcome.NOT_ASSESSED, "no scan was made")
    numbers = scan_numbers(scan)
    if scan.error:
        return view.finding("PRF-7", name, Outcome.ERROR, scan.error, numbers=numbers)
    taken = (
        f"{scan.items} items in {scan.pages} pages took {scan.seconds:.2f} s and "
        f"{scan.units:g} read units; the whole table about "
        f"{numbers['whole_table_units']:g}"
    )
    return view.finding(
        "PRF-7", name, Outcome.PASS, taken, observed=taken, numbers=numbers
    )
