"""Which evidence a gate accepts, and the newest word on each test."""

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
class Evidence:
    """A finding, and the run that found it."""

    finding: Finding
    run: SealedRun


def refusals(
    run: SealedRun, environment: Environment, declared: Declared
) -> Iterator[str]:
    """Why nothing of this run counts here; nothing is said if it does."""
    yield from run.damages
    if run.replay:
        yield (
            f"it is a replay of answers recorded {run.replay['made']}: it did not ask "
            "AWS; run it without --replay"
        )
    of = run.summary["environment"]
    if of["name"] != environment.name and not _is_replica_of(run, environment):
        yield f"it judged {of['name']!r}, not {environment.name!r}"
    if of["account"] != environment.account:
        yield f"it judged account {of['account']}, not {environment.account}"
    if not set(of["regions"]) <= set(environment.regions):
        yield f"it judged {', '.join(of['regions'])}, which is another set of regions"
    if run.summary["contract_sha256"] != declared.sha256:
        yield (
            f"it judged by contract {run.summary['contract_sha256'][:12]}, the "
            f"contract now is {declared.sha256[:12]}"
        )
    host = urlsplit(of["endpoint"]).hostname or ""
    if run.plan:
        return  # it asked nobody: what the plan is for was compared when it was read
    if environment.is_aws and not (of["is_aws"] and is_aws_host(host)):
        yield f"it asked {of['endpoint']}, which is no AWS"


def merged(
    runs: Iterable[SealedRun], catalogue: Catalogue, now: datetime
) -> tuple[dict[str, Evidence], list[str]]:
    """The newest decisive evidence of each test, and what was too old, in words.

    Decisive is whatever looked: a later run that could not assess a test does not
    take back what an earlier one proved. Waivers are for the gate to apply anew.
    """
    newest: dict[str, Evidence] = {}
    stale: dict[tuple[str, str], None] = {}
    for run in sorted(runs, key=lambda it: it.as_of):
        for finding in run.findings():
            criterion = catalogue.get(finding.criterion)
            if criterion is None or (criterion.kind == "plan") != bool(run.plan):
                continue
            if now - run.as_of > criterion.maximum_age:
                stale[run.folder.name, criterion.id] = None
                continue
            known = newest.get(finding.test)
            if known is None or finding.outcome in (*_DECISIVE, Outcome.WAIVED):
                newest[finding.test] = Evidence(_without_waiver(finding), run)
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
    """Whether it judged the replica region alone of the prod that is judged here."""
    return (
        run.summary["environment"]["judged_as"] == "dr"
        and environment.judged_as == "prod"
    )
