"""The criteria of rates: PRF-1, the rate is reached, and PRF-5, no ramp throttles."""

from collections.abc import Mapping

from conformance.load.latency_histogram import percentiles_ms
from conformance.load.measurements import STEADY, Second
from conformance.load.results_view import View, ramp_numbers, rate_numbers, total_of
from conformance.model.finding import Finding, Outcome

_OFFERED_WITHIN = 0.001
_ARRIVALS = 10
"""Arrivals that must go unanswered before silence counts, at a small rate."""


def rate(view: View, name: str) -> Finding:
    """Decide PRF-1 of a table."""
    load, seconds = view.load.tables[name], view.steady(name)
    total = total_of(view.of(name, STEADY).values())
    begin, end = view.schedule.window(STEADY)
    declared = f"{load.writes_per_s:g} writes/s and {load.reads_per_s:g} reads/s"
    numbers = rate_numbers(seconds, load) | {
        "dropped_waiting": view.measured.dropped[STEADY, name, "waiting"],
        "dropped_late": view.measured.dropped[STEADY, name, "late"],
        "failed": total.failed,
        "errors": view.errors(name),
        "send_lag_ms": percentiles_ms([view.measured.lag]),
        "consumed_units": view.consumed(name),
    }

    def decided(outcome: Outcome, reason: str) -> Finding:
        return view.finding(
            "PRF-1",
            name,
            outcome,
            reason,
            observed=_reached(total, end - begin),
            declared=declared,
            numbers=numbers,
        )

    rate = load.writes_per_s + load.reads_per_s
    if not seconds or not total.due:
        return decided(Outcome.NOT_ASSESSED, "nothing was due in a steady phase")
    if total.due < (end - begin) * rate * (1 - _OFFERED_WITHIN) - view.slack(name):
        offered = f"{total.due / (end - begin):.1f} of {rate:g} requests/s"
        return decided(Outcome.NOT_ASSESSED, f"only {offered} were offered")
    outcome, reason = _achieved(view, name, seconds, total)
    return decided(outcome, reason)


def _achieved(
    view: View, name: str, seconds: Mapping[int, Second], total: Second
) -> tuple[Outcome, str]:
    load = view.load.tables[name]
    rate = load.writes_per_s + load.reads_per_s
    percent = 100 * total.answered / total.due
    if percent < view.load.achieved_percent:
        return Outcome.FAIL, (
            f"{percent:.2f} % of what was due was answered, declared: "
            f"{view.load.achieved_percent:g} %{view.why(name)}"
        )
    begin, end = (view.begin + moment for moment in view.schedule.window(STEADY))
    times = view.measured.answer_times.get((STEADY, name))
    silent = times.within(begin, end) if times else end - begin
    if silent > view.load.silence_s + _ARRIVALS / rate:
        return Outcome.FAIL, (
            f"no answer for {silent:.2f} s, declared: no more than "
            f"{view.load.silence_s:g} s of silence"
        )
    least = rate * view.load.each_second_percent / 100 - view.slack(name)
    low = [second for second, at in seconds.items() if at.answered < least]
    if low:
        worst = min(low, key=lambda second: seconds[second].answered)
        return Outcome.FAIL, (
            f"{seconds[worst].answered} answers in second "
            f"{worst - min(seconds)} of the steady phase, declared: "
            f"{view.load.each_second_percent:g} % of {rate:g} in each; so in "
            f"{len(low)} seconds"
        )
    return Outcome.PASS, f"{percent:.3f} % answered over {len(seconds)} s"


def _reached(total: Second, seconds: float) -> str:
    if not seconds:
        return "nothing"
    writes = total.answered_writes / seconds
    reads = (total.answered - total.answered_writes) / seconds
    return f"{writes:.1f} writes/s and {reads:.1f} reads/s"


def ramp(view: View, name: str) -> Finding:
    """Decide PRF-5 of a table."""
    seconds = view.of(name, "ramp")
    begin, end = view.schedule.window("ramp")
    load = view.load.tables[name]
    full = load.writes_per_s + load.reads_per_s
    numbers = ramp_numbers(seconds)
    spike = total_of(view.of(name, "spike").values())
    numbers["spike"] = {"due": spike.due, "throttled": spike.throttled}

    def decided(outcome: Outcome, reason: str, observed: str) -> Finding:
        return view.finding(
            "PRF-5",
            name,
            outcome,
            reason,
            observed=observed,
            declared=f"no throttling up to {full:g} requests/s",
            numbers=numbers,
        )

    if begin == end or not total_of(seconds.values()).answered:
        return decided(Outcome.NOT_ASSESSED, "no ramp was run", "nothing")
    throttled = (second for second, at in seconds.items() if at.throttled)
    first = min(throttled, default=None)
    if first is None:
        reached = max(at.due for at in seconds.values())
        reason = f"none up to {reached} requests/s"
        return decided(Outcome.PASS, reason, reason)
    reason = (
        f"throttling began at {seconds[first].due} requests/s, "
        f"{first - min(seconds)} s into the ramp"
    )
    return decided(Outcome.FAIL, reason, reason)
