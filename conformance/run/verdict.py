"""The outcome of each criterion by its findings, and the exit status of a run."""

import datetime as dt
from collections.abc import Iterable, Mapping

from conformance.config.attestations import attested
from conformance.config.waivers import waived
from conformance.model.finding import Finding, Outcome, worst
from conformance.run.inputs import Inputs

HOLDS = 0
FAILED = 1
NOT_PROVEN = 10


def judge(findings: Iterable[Finding], inputs: Inputs) -> dict[str, Outcome]:
    """Return the outcome of every criterion: the worst of its findings."""
    found: dict[str, list[Outcome]] = {}
    for finding in findings:
        found.setdefault(finding.criterion, []).append(finding.outcome)
    environment = inputs.environment
    scope = {environment.scope(region) for region in environment.regions}
    for one in inputs.attestations:
        mine = one.environment == environment.name and not one.seen
        if mine and one.expires >= inputs.today:
            found.setdefault(one.subject, []).append(Outcome.ATTESTED)
    return {
        name: worst(found[name])
        if name in found
        else Outcome.NOT_ASSESSED
        if criterion.scope & scope
        else Outcome.NOT_APPLICABLE
        for name, criterion in inputs.catalogue.items()
    }


def accepted(finding: Finding, inputs: Inputs, today: dt.date) -> Finding:
    """Return the finding as people accept it: WAIVED, ATTESTED, or as it is."""
    name = inputs.environment.name
    finding = waived(finding, inputs.waivers, name, today)
    return attested(finding, inputs.attestations, name, today)


def exit_status(findings: Iterable[Finding]) -> int:
    """Return the status by which a CI job knows these findings: 0, 1 or 10."""
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
    """Return the criteria by outcome, worst first, without empty outcomes."""
    return {
        outcome: [name for name in criteria if criteria[name] is outcome]
        for outcome in Outcome
        if outcome in criteria.values()
    }
