"""Decides latencies by target (PRF-3, PRF-4) and by the accepted baseline (PRF-6)."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.load import charts
from conformance.load.durations import percentiles_ms
from conformance.load.request_bodies import QUERY, Kind
from conformance.load.verdicts import Said
from conformance.load.view import View, or_else
from conformance.model.finding import Outcome

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
JUDGED = ("p50", "p95", "p99")


def latency(
    view: View, criterion: str, subject: str, name: str, index: str = ""
) -> Said:
    """PRF-3 of a table, or PRF-4 of one of its indexes."""
    kinds = [kind for kind in view.kinds(name) if kind.index == index]
    if criterion == "PRF-3":
        kinds = [kind for kind in kinds if kind.operation != QUERY]
    table = {kind.name: _with_limits(view, kind) for kind in kinds}
    beyond = [
        f"{kind} {name} {measured:g} ms, declared: {limit:g} ms"
        for kind, told in table.items()
        for name, (measured, limit) in told.items()
        if measured is not None and limit is not None and measured > limit
    ]
    numbers = charts.latencies(table, view.steady(name), view.service(kinds))
    if index:
        del numbers["over_time"]  # that of the whole table stands with PRF-3

    def said(outcome: Outcome, reason: str) -> Said:
        observed = f"p99 {_worst(table)} ms"
        limits = _limits(view, kinds)
        return Said(criterion, subject, outcome, reason, observed, limits, numbers)

    if beyond:
        return said(Outcome.FAIL, "; ".join(beyond))
    if not table:
        return said(Outcome.NOT_ASSESSED, "no request was made in a steady phase")
    for kind, told in table.items():
        few = [it for it in JUDGED if told[it][0] is None]
        if few:
            return said(Outcome.NOT_ASSESSED, f"{kind}: fewer than 100 samples")
        open_ = [it for it in JUDGED if told[it][1] is None]
        if open_:
            return said(
                Outcome.NOT_ASSESSED,
                f"{kind}: no target for {open_[0]} is declared",
            )
    return said(Outcome.PASS, "; ".join(_within(table)))


def _with_limits(
    view: View, kind: Kind
) -> dict[str, tuple[float | None, float | None]]:
    targets, of = view.declared.targets, _CLASSES[kind.operation]
    told = percentiles_ms([view.measured.latency[kind]])
    return {
        name: (measured, targets.get(f"load_{of}_{name}_ms"))
        for name, measured in told.items()
    }


def _limits(view: View, kinds: list[Kind]) -> str:
    targets = view.declared.targets
    classes = dict.fromkeys(_CLASSES[kind.operation] for kind in kinds)
    return "; ".join(
        f"{of} p99 {or_else(targets.get(f'load_{of}_p99_ms'), 'open')} ms"
        for of in classes
    )


def _worst(table: Mapping[str, Mapping[str, tuple[Any, Any]]]) -> str:
    known = [told["p99"][0] for told in table.values() if told["p99"][0] is not None]
    return f"{max(known):g}" if known else "not known"


def _within(table: Mapping[str, Mapping[str, tuple[Any, Any]]]) -> Iterator[str]:
    for kind, told in table.items():
        parts = ", ".join(f"{it} {told[it][0]:g}" for it in JUDGED)
        yield f"{kind}: {parts} ms"


def measured_now(view: View) -> dict[str, Any]:
    """What the next run is compared with, once somebody accepts it."""
    return {
        name: {
            kind.name: _percentiles(view, kind)
            for kind in view.kinds(name)
            if _percentiles(view, kind)
        }
        for name in sorted(view.load.tables)
    }


def against_baseline(view: View, name: str, baseline: Mapping[str, Any] | None) -> Said:
    """PRF-6 of a table."""
    now = measured_now(view)[name]
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
    worse = list(_regressions(view, now, then))
    if worse:
        told = "; ".join(worse)
        return Said("PRF-6", name, Outcome.FAIL, told, told, "", numbers)
    told = f"{len(then)} kinds of request are no slower than the baseline"
    return Said("PRF-6", name, Outcome.PASS, told, told, "", numbers)


def _regressions(
    view: View, now: Mapping[str, Any], then: Mapping[str, Any]
) -> Iterator[str]:
    load = view.load
    for kind, told in then.items():
        for name, before in told.items():
            margin = max(before * load.baseline_percent / 100, load.baseline_ms)
            if now[kind].get(name, 0.0) > before + margin:
                yield f"{kind} {name} {now[kind][name]:g} ms, was {before:g} ms"


def _percentiles(view: View, kind: Kind) -> dict[str, float]:
    told = percentiles_ms([view.measured.latency[kind]])
    return {name: it for name in JUDGED if (it := told[name]) is not None}
