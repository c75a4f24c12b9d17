"""Decides PRF-1 to PRF-7 from what was measured, and from nothing else."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.declared import Declared
from conformance.finding import Outcome
from conformance.load import charts
from conformance.load.bodies import QUERY, Kind
from conformance.load.measuring import (
    STEADY,
    Meter,
    Second,
    percentiles_ms,
)
from conformance.load.plan import Plan, shares
from conformance.load.verdicts import Around, Said, Scan

_CLASSES = {
    "put": "write",
    "conditional_put": "write",
    "update": "write",
    "transact_write": "transaction",
    "get": "read",
    "get_strong": "read",
    "batch_get": "batch",
    QUERY: "query",
}
_JUDGED = ("p50", "p95", "p99")
_OFFERED_WITHIN = 0.001


class Judge:
    """Looks at one run."""

    def __init__(
        self, measured: Meter, plan: Plan, declared: Declared, begin: float
    ) -> None:
        """`begin` is when the first phase began, in seconds since 1970."""
        self._measured = measured
        self._plan = plan
        self._load = plan.load
        self._declared = declared
        self._begin = begin

    def decide(self, around: Around) -> Iterator[Said]:
        """Every criterion for every subject."""
        for name, table in sorted(self._declared.tables.items()):
            yield self._trusted(self._rate(name))
            yield self._trusted(self._throttling(name, "", around))
            yield self._trusted(self._latency("PRF-3", name, name))
            yield self._trusted(self._ramp(name))
            yield self._trusted(self._against_baseline(name, around.baseline))
            yield self._scan(name, around.scans.get(name))
            for index in sorted(table.indexes):
                yield self._trusted(self._throttling(name, index, around))
                subject = f"{name}/{index}"
                yield self._trusted(self._latency("PRF-4", subject, name, index))

    def baseline(self) -> dict[str, Any]:
        """What the next run is compared with, once somebody accepts it."""
        return {
            name: {
                kind.name: self._percentiles(kind)
                for kind in self._kinds(name)
                if self._percentiles(kind)
            }
            for name in sorted(self._declared.tables)
        }

    @property
    def late(self) -> str:
        """Why the generator proves nothing; empty if it was in time."""
        lag = percentiles_ms([self._measured.lag])["p99"]
        if lag is not None and lag > self._load.send_lag_ms:
            return (
                f"the generator itself was late: send lag p99 {lag:g} ms, at most "
                f"{self._load.send_lag_ms:g} ms proves anything"
            )
        late = self._dropped("late")
        return f"the generator left out {late} requests that were due" if late else ""

    def _trusted(self, said: Said) -> Said:
        """Whoever measured too late, or less than declared, decides nothing.

        But a throttled request was throttled, whoever sent it.
        """
        if self.late and not (
            said.criterion == "PRF-2" and said.outcome is Outcome.FAIL
        ):
            return replace(said, outcome=Outcome.NOT_ASSESSED, reason=self.late)
        if self._plan.deviations:
            why = f"not the declared load: {'; '.join(self._plan.deviations)}"
            reason = f"{why}. Measured: {said.outcome}: {said.reason}"
            return replace(said, outcome=Outcome.NOT_ASSESSED, reason=reason)
        return said

    # PRF-1

    def _rate(self, name: str) -> Said:
        load, seconds = self._load.tables[name], self._steady(name)
        total = _sum(self._of(name, STEADY).values())
        begin, end = self._plan.window(STEADY)
        declared = f"{load.writes_per_s:g} writes/s and {load.reads_per_s:g} reads/s"
        numbers = charts.rates(seconds, load) | {
            "dropped_waiting": self._measured.dropped[STEADY, name, "waiting"],
            "dropped_late": self._measured.dropped[STEADY, name, "late"],
            "failed": total.failed,
            "errors": self._errors(name),
            "send_lag_ms": percentiles_ms([self._measured.lag]),
            "consumed_units": self._consumed(name),
        }

        def said(outcome: Outcome, reason: str) -> Said:
            observed = _reached(total, end - begin)
            return Said("PRF-1", name, outcome, reason, observed, declared, numbers)

        rate = load.writes_per_s + load.reads_per_s
        if not seconds or not total.due:
            return said(Outcome.NOT_ASSESSED, "nothing was due in a steady phase")
        if total.due < (end - begin) * rate * (1 - _OFFERED_WITHIN) - self._slack(name):
            offered = f"{total.due / (end - begin):.1f} of {rate:g} requests/s"
            return said(Outcome.NOT_ASSESSED, f"only {offered} were offered")
        return said(*self._achieved(name, seconds, total))

    def _achieved(
        self, name: str, seconds: Mapping[int, Second], total: Second
    ) -> tuple[Outcome, str]:
        load = self._load.tables[name]
        percent = 100 * total.answered / total.due
        if percent < self._load.achieved_percent:
            return Outcome.FAIL, (
                f"{percent:.2f} % of what was due was answered, declared: "
                f"{self._load.achieved_percent:g} %{self._why(name)}"
            )
        rate = load.writes_per_s + load.reads_per_s
        least = rate * self._load.each_second_percent / 100 - self._slack(name)
        low = [it for it in seconds if seconds[it].answered < least]
        if low:
            worst = min(low, key=lambda it: seconds[it].answered)
            return Outcome.FAIL, (
                f"{seconds[worst].answered} answers in second "
                f"{worst - min(seconds)} of the steady phase, declared: "
                f"{self._load.each_second_percent:g} % of {rate:g} in each; so in "
                f"{len(low)} seconds"
            )
        return Outcome.PASS, f"{percent:.3f} % answered over {len(seconds)} s"

    def _slack(self, name: str) -> int:
        """Arrivals are whole: a second may have one less of each kind."""
        table = self._declared.tables[name]
        return sum(1 for _ in shares(table, self._load.tables[name]))

    def _why(self, name: str) -> str:
        told = dict(self._errors(name))
        waiting = self._measured.dropped[STEADY, name, "waiting"]
        if waiting:
            told["never sent, as every connection was waiting for an answer"] = waiting
        throttled = sum(
            count
            for (phase, table, *_), count in self._measured.throttles.items()
            if (phase, table) == (STEADY, name)
        )
        if throttled:
            told["throttled"] = throttled
        return "".join(f"; {count} of {what}" for what, count in told.items())

    # PRF-2

    def _throttling(self, name: str, index: str, around: Around) -> Said:
        subject = f"{name}/{index}" if index else name
        known = self._declared.tables[name].indexes
        reasons: dict[str, int] = {}
        for (phase, table, where, reason), count in self._measured.throttles.items():
            about = where if where in known else ""
            if (phase, table, about) == (STEADY, name, index):
                reasons[reason] = reasons.get(reason, 0) + count
        ours = sum(reasons.values())
        theirs = around.throttle_events.get((name, index))
        numbers = {
            "throttled": ours,
            "reasons": reasons,
            "cloudwatch_throttle_events": theirs,
        } | ({} if index else charts.throttled(self._steady(name)))
        observed = f"{ours} throttled; CloudWatch: {_or(theirs, 'not known')}"

        def said(outcome: Outcome, reason: str) -> Said:
            return Said("PRF-2", subject, outcome, reason, observed, "0", numbers)

        if ours or theirs:
            told = ", ".join(f"{count} of {it}" for it, count in reasons.items())
            agree = (
                ""
                if bool(ours) == bool(theirs) or theirs is None
                else ("; client and CloudWatch do not agree")
            )
            return said(
                Outcome.FAIL, f"{observed}{f' ({told})' if told else ''}{agree}"
            )
        if not _sum(self._steady(name).values()).answered:
            return said(Outcome.NOT_ASSESSED, "nothing was answered in a steady phase")
        if theirs is None:
            return said(
                Outcome.NOT_ASSESSED,
                f"no request of ours was throttled, but {around.no_metrics}",
            )
        return said(Outcome.PASS, observed)

    # PRF-3 and PRF-4

    def _latency(
        self, criterion: str, subject: str, name: str, index: str = ""
    ) -> Said:
        kinds = [kind for kind in self._kinds(name) if kind.index == index]
        if criterion == "PRF-3":
            kinds = [kind for kind in kinds if kind.operation != QUERY]
        table = {kind.name: self._with_limits(kind) for kind in kinds}
        beyond = [
            f"{kind} {name} {measured:g} ms, declared: {limit:g} ms"
            for kind, told in table.items()
            for name, (measured, limit) in told.items()
            if measured is not None and limit is not None and measured > limit
        ]
        numbers = charts.latencies(table, self._steady(name), self._service(kinds))

        def said(outcome: Outcome, reason: str) -> Said:
            observed = f"p99 {self._worst(table)} ms"
            limits = self._limits(kinds)
            return Said(criterion, subject, outcome, reason, observed, limits, numbers)

        if beyond:
            return said(Outcome.FAIL, "; ".join(beyond))
        if not table:
            return said(Outcome.NOT_ASSESSED, "no request was made in a steady phase")
        for kind, told in table.items():
            few = [it for it in _JUDGED if told[it][0] is None]
            if few:
                return said(Outcome.NOT_ASSESSED, f"{kind}: fewer than 100 samples")
            open_ = [it for it in _JUDGED if told[it][1] is None]
            if open_:
                return said(
                    Outcome.NOT_ASSESSED,
                    f"{kind}: no target for {open_[0]} is declared",
                )
        return said(Outcome.PASS, "; ".join(_within(table)))

    def _with_limits(self, kind: Kind) -> dict[str, tuple[float | None, float | None]]:
        targets, of = self._declared.targets, _CLASSES[kind.operation]
        told = percentiles_ms([self._measured.latency[kind]])
        return {
            name: (measured, targets.get(f"load_{of}_{name}_ms"))
            for name, measured in told.items()
        }

    def _limits(self, kinds: list[Kind]) -> str:
        targets = self._declared.targets
        classes = dict.fromkeys(_CLASSES[kind.operation] for kind in kinds)
        return "; ".join(
            f"{of} p99 {_or(targets.get(f'load_{of}_p99_ms'), 'open')} ms"
            for of in classes
        )

    @staticmethod
    def _worst(table: Mapping[str, Mapping[str, tuple[Any, Any]]]) -> str:
        known = [
            told["p99"][0] for told in table.values() if told["p99"][0] is not None
        ]
        return f"{max(known):g}" if known else "not known"

    # PRF-5

    def _ramp(self, name: str) -> Said:
        seconds = self._of(name, "ramp")
        begin, end = self._plan.window("ramp")
        load = self._load.tables[name]
        full = load.writes_per_s + load.reads_per_s
        numbers = charts.ramp(seconds)
        spike = _sum(self._of(name, "spike").values())
        numbers["spike"] = {"due": spike.due, "throttled": spike.throttled}

        def said(outcome: Outcome, reason: str, observed: str) -> Said:
            declared = f"no throttling up to {full:g} requests/s"
            return Said("PRF-5", name, outcome, reason, observed, declared, numbers)

        if begin == end or not _sum(seconds.values()).answered:
            return said(Outcome.NOT_ASSESSED, "no ramp was run", "nothing")
        first = min((it for it, at in seconds.items() if at.throttled), default=None)
        if first is None:
            reached = max(it.due for it in seconds.values())
            told = f"none up to {reached} requests/s"
            return said(Outcome.PASS, told, told)
        told = (
            f"throttling began at {seconds[first].due} requests/s, "
            f"{first - min(seconds)} s into the ramp"
        )
        return said(Outcome.FAIL, told, told)

    # PRF-6

    def _against_baseline(self, name: str, baseline: Mapping[str, Any] | None) -> Said:
        now = self.baseline()[name]
        numbers: dict[str, Any] = {"baseline_stored": now}
        if baseline is None or name not in baseline:
            reason = (
                "stored, but no baseline was accepted yet: python -m conformance "
                "accept-baseline RUN_FOLDER"
            )
            return Said("PRF-6", name, Outcome.NOT_ASSESSED, reason, numbers=numbers)
        then = baseline[name]
        numbers["baseline_accepted"] = then
        missing = sorted(set(then) - set(now))
        if missing or not now:
            what = ", ".join(missing) or "any request"
            reason = f"too few samples of {what} to compare"
            return Said("PRF-6", name, Outcome.NOT_ASSESSED, reason, numbers=numbers)
        worse = list(self._regressions(now, then))
        if worse:
            told = "; ".join(worse)
            return Said("PRF-6", name, Outcome.FAIL, told, told, "", numbers)
        told = f"{len(then)} kinds of request are no slower than the baseline"
        return Said("PRF-6", name, Outcome.PASS, told, told, "", numbers)

    def _regressions(
        self, now: Mapping[str, Any], then: Mapping[str, Any]
    ) -> Iterator[str]:
        load = self._load
        for kind, told in then.items():
            for name, before in told.items():
                margin = max(before * load.baseline_percent / 100, load.baseline_ms)
                if now[kind].get(name, 0.0) > before + margin:
                    yield f"{kind} {name} {now[kind][name]:g} ms, was {before:g} ms"

    # PRF-7

    @staticmethod
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

    # what was measured

    def _kinds(self, name: str) -> list[Kind]:
        kinds = [it for it in self._measured.latency if it.table == name]
        return sorted(kinds, key=lambda it: it.name)

    def _percentiles(self, kind: Kind) -> dict[str, float]:
        told = percentiles_ms([self._measured.latency[kind]])
        return {name: it for name in _JUDGED if (it := told[name]) is not None}

    def _service(self, kinds: list[Kind]) -> dict[str, Any]:
        return {
            kind.name: percentiles_ms([self._measured.service[kind]]) for kind in kinds
        }

    def _steady(self, name: str) -> dict[int, Second]:
        """The whole seconds of the steady phase."""
        begin, end = self._plan.window(STEADY)
        first, last = int(self._begin + begin) + 1, int(self._begin + end)
        found = self._of(name, STEADY)
        if not found:
            return {}
        return {second: found.get(second, Second()) for second in range(first, last)}

    def _of(self, name: str, phase: str) -> dict[int, Second]:
        return {
            second: counts
            for (second, at, table), counts in sorted(self._measured.seconds.items())
            if (at, table) == (phase, name)
        }

    def _errors(self, name: str) -> dict[str, int]:
        found: dict[str, int] = {}
        for (phase, kind, error), count in self._measured.errors.items():
            if (phase, kind.table) == (STEADY, name):
                found[error] = found.get(error, 0) + count
        return found

    def _dropped(self, cause: str) -> int:
        dropped = self._measured.dropped.items()
        return sum(it for (at, _, why), it in dropped if (at, why) == (STEADY, cause))

    def _consumed(self, name: str) -> dict[str, float]:
        """Units by index and use, from the answers that were read for them."""
        measured, found = self._measured, {}
        for (table, index, use), units in measured.consumed.items():
            if table == name:
                about = (name, use == "write")
                part = measured.read_answers[about] / (measured.all_answers[about] or 1)
                whole = round(units / part) if part else 0.0
                found[f"{index or 'table'} {use}"] = whole
        return found


def _sum(seconds: Any) -> Second:
    total = Second()
    for each in seconds:
        total.add(each)
    return total


def _reached(total: Second, seconds: float) -> str:
    if not seconds:
        return "nothing"
    writes = total.answered_writes / seconds
    reads = (total.answered - total.answered_writes) / seconds
    return f"{writes:.1f} writes/s and {reads:.1f} reads/s"


def _within(table: Mapping[str, Mapping[str, tuple[Any, Any]]]) -> Iterator[str]:
    for kind, told in table.items():
        parts = ", ".join(f"{it} {told[it][0]:g}" for it in _JUDGED)
        yield f"{kind}: {parts} ms"


def _or(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:g}"
