"""Whatever makes a pass on the page mean less than it seems."""

from collections.abc import Iterator

from conformance.config.waivers import Waiver
from conformance.gate.decision import Decision
from conformance.gate.sealed_run import SealedRun

_LOCAL = (
    "The target is a stand-in on this machine and no AWS. The page shows how a "
    "sign-off looks, and is none: it counts for no other environment. A stand-in "
    "cannot prove {}."
)
_CHANGED = (
    "The suite's files differed from their commit when it ran: the commit does not "
    "say what was checked."
)


def doubts(decision: Decision) -> list[tuple[str, str]]:
    """Title and sentence of each doubt, the gravest first."""
    return [*_target(decision), *_runs(decision), *_accepted_things(decision)]


def _target(decision: Decision) -> Iterator[tuple[str, str]]:
    environment = decision.gate.environment
    if not environment.is_aws:
        unprovable = ", ".join(sorted(environment.cannot_prove)) or "nothing by name"
        yield (
            "Local target",
            _LOCAL.format(unprovable),
        )
    if not _accepted(decision):
        yield ("No evidence", "No run folder was accepted: nothing is proven.")


def _runs(decision: Decision) -> Iterator[tuple[str, str]]:
    for folder, reasons in decision.refused.items():
        because = "; ".join(it.rstrip(".") for it in reasons)
        yield f"Refused evidence: {folder.name}", f"It does not count: {because}."
    accepted = _accepted(decision)
    for run in accepted:
        remarks = [f"{it.rstrip('.')}." for it in run.summary.get("remarks", ())]
        if remarks:
            yield f"Remarks of run {run.folder.name}", " ".join(remarks)
        if run.summary.get("dirty"):
            yield (
                f"Changed suite: {run.folder.name}",
                _CHANGED,
            )
    commits = {run.summary.get("commit", "") for run in accepted}
    if len(commits) > 1:
        named = ", ".join(sorted(it[:12] or "unknown" for it in commits))
        yield (
            "Several versions of the suite",
            f"The runs were made by different commits: {named}.",
        )


def _accepted(decision: Decision) -> list[SealedRun]:
    return [run for run in decision.runs if run.folder not in decision.refused]


def _accepted_things(decision: Decision) -> Iterator[tuple[str, str]]:
    for each in decision.stale:
        yield "Too old", f"{each}, and counts as absent."
    for waiver, why in decision.lapsed_waivers:
        yield (
            f"Waiver without effect: {waiver.criterion}",
            f"{_whose(waiver)} excuses nothing: {why}.",
        )


def _whose(waiver: Waiver) -> str:
    where = f"{waiver.subject} in {waiver.region}"
    return f"What {waiver.owner} accepted for {where} ({waiver.ticket})"
