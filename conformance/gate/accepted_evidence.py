"""The evidence that a gate accepts: the newest finding of each test."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from conformance.config.declared import Declared
from conformance.config.environment import Environment, is_aws_host
from conformance.gate.sealed_run import SealedRun
from conformance.model.criterion import Catalogue
from conformance.model.finding import Finding, Outcome

_DECISIVE = {Outcome.PASS, Outcome.FAIL, Outcome.ERROR, Outcome.NOT_APPLICABLE}


@dataclass(frozen=True)
class DatedFinding:
    """A finding with the run that dates it."""

    finding: Finding
    run: SealedRun


def refusals(
    run: SealedRun, environment: Environment, declared: Declared
) -> Iterator[str]:
    """Yield every reason why this run is no evidence here; none if it is."""
    yield from run.integrity_errors
    if run.replay:
        yield (
            f"it is a replay of answers recorded {run.replay['made']}: it did not ask "
            "AWS; run it without --replay"
        )
    judged = run.summary["environment"]
    if judged["name"] != environment.name and not _is_replica_of(run, environment):
        yield f"it judged {judged['name']!r}, not {environment.name!r}"
    if judged["account"] != environment.account:
        yield f"it judged account {judged['account']}, not {environment.account}"
    if not set(judged["regions"]) <= set(environment.regions):
        regions = ", ".join(judged["regions"])
        yield f"it judged {regions}, not {', '.join(environment.regions)}"
    if run.summary["contract_sha256"] != declared.sha256:
        yield (
            f"it judged by contract {run.summary['contract_sha256'][:12]}, the "
            f"contract now is {declared.sha256[:12]}"
        )
    if run.terraform_plan:
        return  # it sent no request: the account was compared when the plan was read
    host = urlsplit(judged["endpoint"]).hostname or ""
    if environment.is_aws and not (judged["is_aws"] and is_aws_host(host)):
        yield f"it sent its requests to {judged['endpoint']}, which is not AWS"


def newest_findings(
    runs: Iterable[SealedRun], catalogue: Catalogue, now: datetime
) -> tuple[dict[str, DatedFinding], list[str]]:
    """Return the newest decisive finding of each test, and what was too old, in words.

    A finding is decisive if its check has looked: a later run that could not assess a
    test does not take back what an earlier one proved. A waiver of the run is taken
    off, as the gate applies the waivers of its own day.
    """
    newest: dict[str, DatedFinding] = {}
    stale: dict[tuple[str, str], None] = {}
    for run in sorted(runs, key=lambda run: run.as_of):
        for finding in run.findings():
            criterion = catalogue.get(finding.criterion)
            if criterion is None:
                continue
            if (criterion.kind == "plan") != bool(run.terraform_plan):
                continue
            if now - run.as_of > criterion.maximum_age:
                stale[run.folder.name, criterion.id] = None
                continue
            known = newest.get(finding.test)
            if known is None or finding.outcome in (*_DECISIVE, Outcome.WAIVED):
                newest[finding.test] = DatedFinding(_without_waiver(finding), run)
    return newest, [
        f"{criterion} of {folder} is older than "
        f"{catalogue[criterion].maximum_age.days} days"
        for folder, criterion in stale
    ]


def _without_waiver(finding: Finding) -> Finding:
    if finding.outcome is Outcome.WAIVED:
        return replace(finding, outcome=Outcome.FAIL)
    return finding


def _is_replica_of(run: SealedRun, environment: Environment) -> bool:
    """Return True if the run judged a replica region of the PROD judged here."""
    return (
        run.summary["environment"]["judged_as"] == "dr"
        and environment.judged_as == "prod"
    )
