"""Decides whether anything was throttled at the full rate (PRF-2)."""

from conformance.load import charts
from conformance.load.measurements import STEADY
from conformance.load.verdicts import Around, Said
from conformance.load.view import View, or_else, total_of
from conformance.model.finding import Outcome


def throttling(view: View, name: str, index: str, around: Around) -> Said:
    """PRF-2 of a table, or of one of its indexes."""
    subject = f"{name}/{index}" if index else name
    known = view.declared.tables[name].indexes
    reasons: dict[str, int] = {}
    for (phase, table, where, reason), count in view.measured.throttles.items():
        about = where if where in known else ""
        if (phase, table, about) == (STEADY, name, index):
            reasons[reason] = reasons.get(reason, 0) + count
    ours = sum(reasons.values())
    theirs = around.counted.throttled.get((name, index))
    by = around.counted.reasons.get((name, index), {})
    numbers = {
        "throttled": ours,
        "reasons": reasons,
        "cloudwatch_throttle_events": theirs,
        "cloudwatch_reasons": by,
    } | ({} if index else charts.throttled(view.steady(name)))
    observed = f"{ours} throttled; CloudWatch: {or_else(theirs, 'not known')}"

    def said(outcome: Outcome, reason: str) -> Said:
        return Said("PRF-2", subject, outcome, reason, observed, "0", numbers)

    if ours or theirs:
        told = ", ".join(f"{count:g} of {it}" for it, count in (reasons or by).items())
        differ = theirs is not None and bool(ours) != bool(theirs)
        agree = "; client and CloudWatch do not agree" if differ else ""
        return said(Outcome.FAIL, f"{observed}{f' ({told})' if told else ''}{agree}")
    if not total_of(view.steady(name).values()).answered:
        return said(Outcome.NOT_ASSESSED, "nothing was answered in a steady phase")
    if theirs is None:
        return said(
            Outcome.NOT_ASSESSED,
            f"no request of ours was throttled, but {around.counted.missing}",
        )
    return said(Outcome.PASS, observed)
