"""The caveats of a sign-off page: reasons why a PASS means less than it seems."""

from collections.abc import Iterator

from conformance.gate.decision import GateResult
from conformance.gate.sealed_run import SealedRun

_LOCAL = (
    "The target is a stand-in on this machine, not AWS. The page shows how a sign-off "
    "looks, and is none: it counts for no other environment. A stand-in cannot prove "
    "{}."
)
_CHANGED = (
    "The suite's files differed from their commit when it ran: the commit does not "
    "say what was checked."
)


def caveats(result: GateResult) -> list[tuple[str, str]]:
    """Return title and sentence of each caveat, the gravest first."""
    return [*_of_target(result), *_of_runs(result), *_of_waivers(result)]


def _of_target(result: GateResult) -> Iterator[tuple[str, str]]:
    environment = result.gate.inputs.environment
    if not environment.is_aws:
        unprovable = ", ".join(sorted(environment.cannot_prove)) or "nothing by name"
        yield "Local target", _LOCAL.format(unprovable)
    if not _accepted(result):
        yield ("No evidence", "No run folder was accepted: nothing is proven.")


def _of_runs(result: GateResult) -> Iterator[tuple[str, str]]:
    for folder, reasons in result.refused.items():
        because = "; ".join(reason.rstrip(".") for reason in reasons)
        yield f"Refused evidence: {folder.name}", f"It does not count: {because}."
    accepted = _accepted(result)
    for run in accepted:
        notes = run.summary.get("remarks", ())
        remarks = [f"{note.rstrip('.')}." for note in notes]
        if remarks:
            yield f"Remarks of run {run.folder.name}", " ".join(remarks)
        if run.summary.get("dirty"):
            yield f"Changed suite: {run.folder.name}", _CHANGED
    commits = {run.summary.get("commit", "") for run in accepted}
    if len(commits) > 1:
        named = ", ".join(sorted(commit[:12] or "unknown" for commit in commits))
        yield (
            "Several versions of the suite",
            f"The runs were made by different commits: {named}.",
        )


def _accepted(result: GateResult) -> list[SealedRun]:
    return [run for run in result.runs if run.folder not in result.refused]


def _of_waivers(result: GateResult) -> Iterator[tuple[str, str]]:
    for criterion in result.stale:
        yield "Too old", f"{criterion}, and counts as absent."
    for waiver, why in result.lapsed_waivers:
        where = f"{waiver.subject} in {waiver.region} ({waiver.ticket})"
        sentence = f"The waiver of {waiver.owner} for {where} excuses nothing: {why}."
        yield f"Waiver without effect: {waiver.criterion}", sentence
