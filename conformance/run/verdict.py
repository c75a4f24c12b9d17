"""From findings to criteria, and from criteria to a run's exit status."""

from collections.abc import Iterable, Mapping
from datetime import date

from conformance.config.environment import Environment
from conformance.config.waivers import Attestation
from conformance.model.criterion import Catalogue
from conformance.model.finding import Finding, Outcome, worst

HOLDS = 0
FAILED = 1
NOT_PROVEN = 10


def judge(
    findings: Iterable[Finding],
    catalogue: Catalogue,
    environment: Environment,
    attestations: Iterable[Attestation],
    today: date,
) -> dict[str, Outcome]:
    """The outcome of every criterion of the catalogue, the worst of its findings."""
    found: dict[str, list[Outcome]] = {}
    for finding in findings:
        found.setdefault(finding.criterion, []).append(finding.outcome)
    scope = {environment.scope(region) for region in environment.regions}
    for each in attestations:
        if each.environment == environment.name and each.expires >= today:
            found.setdefault(each.subject, []).append(Outcome.ATTESTED)
    return {
        name: worst(found[name])
        if name in found
        else Outcome.NOT_ASSESSED
        if criterion.scope & scope
        else Outcome.NOT_APPLICABLE
        for name, criterion in catalogue.items()
    }


def exit_status(findings: Iterable[Finding]) -> int:
    """What the run's findings mean to a CI job: 0, 1 or 10."""
    findings = list(findings)
    if any(_breaks(finding) for finding in findings):
        return FAILED
    unproven = (
        finding.outcome is Outcome.NOT_ASSESSED
        and finding.required
        and not finding.excused
        for finding in findings
    )
    return NOT_PROVEN if any(unproven) else HOLDS


def _breaks(finding: Finding) -> bool:
    failed = finding.outcome is Outcome.FAIL and finding.required
    return failed or finding.outcome is Outcome.ERROR


def counted(criteria: Mapping[str, Outcome]) -> dict[Outcome, list[str]]:
    """The criteria by outcome, worst first, without outcomes that none has."""
    return {
        outcome: [name for name, it in criteria.items() if it is outcome]
        for outcome in Outcome
        if outcome in criteria.values()
    }
