"""The criteria of latency: by target (PRF-3, PRF-4), by accepted baseline (PRF-6)."""

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.load.latency_histogram import percentiles_ms
from conformance.load.request_bodies import QUERY, Kind
from conformance.load.results_view import Latencies, View, latency_numbers, or_else
from conformance.model.finding import Finding, Outcome

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
) -> Finding:
    """Decide PRF-3 of a table, or PRF-4 of one of its indexes."""
    kinds = [kind for kind in view.kinds(name) if kind.index == index]
    if criterion == "PRF-3":
        kinds = [kind for kind in kinds if kind.operation != QUERY]
    table = {kind.name: _with_limits(view, kind) for kind in kinds}
    beyond = [
        f"{kind} {name} {measured:g} ms, declared: {limit:g} ms"
        for kind, percentiles in table.items()
        for name, (measured, limit) in percentiles.items()
        if measured is not None and limit is not None and measured > limit
    ]
    numbers = latency_numbers(table, view.steady(name), view.service(kinds))
    if index:
        del numbers["over_time"]  # that of the whole table stands with PRF-3

    def decided(outcome: Outcome, reason: str) -> Finding:
        return view.finding(
            criterion,
            subject,
            outcome,
            reason,
            observed=f"p99 {_worst(table)} ms",
            declared=_limits(view, kinds),
            numbers=numbers,
        )

    if beyond:
        return decided(Outcome.FAIL, "; ".join(beyond))
    if not table:
        return decided(Outcome.NOT_ASSESSED, "no request was made in a steady phase")
    for unknown in _unknown(table):
        return decided(Outcome.NOT_ASSESSED, unknown)
    return decided(Outcome.PASS, "; ".join(_within(table)))


def _unknown(table: Latencies) -> Iterator[str]:
    """Yield which percentile or target of a kind of request is not known."""
    for kind, percentiles in table.items():
        if any(percentiles[name][0] is None for name in JUDGED):
            yield f"{kind}: fewer than 100 samples"
        for name in JUDGED:
            if percentiles[name][1] is None:
                yield f"{kind}: no target for {name} is declared"


def _with_limits(
    view: View, kind: Kind
) -> dict[str, tuple[float | None, float | None]]:
    targets, of = view.declared.targets, _CLASSES[kind.operation]
    percentiles = percentiles_ms([view.measured.latency[kind]])
    return {
        name: (measured, targets.get(f"load_{of}_{name}_ms"))
        for name, measured in percentiles.items()
    }


def _limits(view: View, kinds: list[Kind]) -> str:
    targets = view.declared.targets
    classes = dict.fromkeys(_CLASSES[kind.operation] for kind in kinds)
    return "; ".join(
        f"{of} p99 {or_else(targets.get(f'load_{of}_p99_ms'), 'open')} ms"
        for of in classes
    )


def _worst(table: Latencies) -> str:
    measured = (percentiles["p99"][0] for percentiles in table.values())
    known = [p99 for p99 in measured if p99 is not None]
    return f"{max(known):g}" if known else "not known"


def _within(table: Latencies) -> Iterator[str]:
    for kind, percentiles in table.items():
        parts = ", ".join(f"{name} {percentiles[name][0]:g}" for name in JUDGED)
        yield f"{kind}: {parts} ms"


def measured_now(view: View) -> dict[str, Any]:
    """Return what the next run is compared with, once somebody accepts it."""
    return {
        name: {
            kind.name: _percentiles(view, kind)
            for kind in view.kinds(name)
            if _percentiles(view, kind)
        }
        for name in sorted(view.load.tables)
    }


def against_baseline(
    view: View, name: str, baseline: Mapping[str, Any] | None
) -> Finding:
    """Decide PRF-6 of a table."""
    now = measured_now(view)[name]
    numbers: dict[str, Any] = {"baseline_stored": now}

    def decided(outcome: Outcome, reason: str, observed: str = "") -> Finding:
        return view.finding(
            "PRF-6", name, outcome, reason, observed=observed, numbers=numbers
        )

    if baseline is None or name not in baseline:
        reason = (
            "stored, but no baseline was accepted yet: python -m conformance "
            "accept-baseline RUN_FOLDER"
        )
        return decided(Outcome.NOT_ASSESSED, reason)
    then = baseline[name]
    numbers["baseline_accepted"] = then
    missing = sorted(set(then) - set(now))
    if missing or not now:
        what = ", ".join(missing) or "any request"
        reason = f"too few samples of {what} to compare"
        return decided(Outcome.NOT_ASSESSED, reason)
    worse = list(_regressions(view, now, then))
    if worse:
        reason = "; ".join(worse)
        return decided(Outcome.FAIL, reason, reason)
    reason = f"{len(then)} kinds of request are no slower than the baseline"
    return decided(Outcome.PASS, reason, reason)


def _regressions(
    view: View, now: Mapping[str, Any], then: Mapping[str, Any]
) -> Iterator[str]:
    load = view.load
    for kind, percentiles in then.items():
        for name, before in percentiles.items():
            margin = max(before * load.baseline_percent / 100, load.baseline_ms)
            if now[kind].get(name, 0.0) > before + margin:
                yield f"{kind} {name} {now[kind][name]:g} ms, was {before:g} ms"


def _percentiles(view: View, kind: Kind) -> dict[str, float]:
    percentiles = percentiles_ms([view.measured.latency[kind]])
    known = ((name, percentiles[name]) for name in JUDGED)
    return {name: ms for name, ms in known if ms is not None}
