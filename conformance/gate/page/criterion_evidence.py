"""The evidence of each criterion: failures in full, the rest as short as possible."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.gate.decision import GateResult
from conformance.gate.page.aws_command import commands
from conformance.gate.page.criteria_table import Row
from conformance.model.finding import HELD, Finding, Observation, Outcome, grouped

IN_FULL = 60
"""The most checks of a criterion that are shown one by one if they hold."""
BROKEN = 100
"""The most checks of a criterion that are shown one by one if they do not hold."""
_COMMANDS, _REQUESTS, _NUMBERS, _LONG = 3, 3, 8, 600
_HELD_COMMANDS, _HELD_REQUESTS, _HELD_LONG = 1, 1, 160
"""The limits for a check that holds: all of its evidence is in the run's folder."""


@dataclass(frozen=True)
class ShownFinding:
    """A finding as the page shows it."""

    finding: Finding
    observed: str
    declared: str
    time: str
    request_ids: tuple[str, ...]
    more_requests: int
    commands: tuple[str, ...]
    numbers: str


@dataclass(frozen=True)
class CriterionEvidence:
    """The evidence of one criterion."""

    row: Row
    requirements: tuple[str, ...]
    broken: tuple[ShownFinding, ...]
    more_broken: int
    unassessed: dict[str, list[Finding]]
    """The findings that are NOT_ASSESSED, by their reason."""
    held: tuple[ShownFinding, ...]
    """Each check that holds, or one of many as an example."""
    held_subjects: dict[str, list[str]]
    """The subjects of those that are not shown one by one, by region."""


@dataclass(frozen=True)
class SubjectRow:
    """A table, index or region, over all criteria."""

    subject: str
    region: str
    held: int
    total: int
    open: tuple[tuple[str, Outcome], ...]


def criterion_evidence(row: Row) -> CriterionEvidence:
    """Return the evidence of a criterion that has findings."""
    findings = row.result.findings
    held = [finding for finding in findings if finding.outcome in HELD]
    unassessed = [
        finding for finding in findings if finding.outcome is Outcome.NOT_ASSESSED
    ]
    broken = [
        finding
        for finding in findings
        if finding.outcome not in (*HELD, Outcome.NOT_ASSESSED)
    ]
    broken.sort(key=lambda finding: list(Outcome).index(finding.outcome))
    many = len(held) > IN_FULL
    return CriterionEvidence(
        row=row,
        requirements=tuple(dict.fromkeys(finding.requirement for finding in findings)),
        broken=tuple(_shown(finding) for finding in broken[:BROKEN]),
        more_broken=max(0, len(broken) - BROKEN),
        unassessed=grouped(unassessed, lambda finding: finding.reason),
        held=tuple(_shown(finding) for finding in (held[:1] if many else held)),
        held_subjects=_by_region(held) if many else {},
    )


def subject_rows(result: GateResult) -> list[SubjectRow]:
    """Return a row for every subject over all criteria, open subjects first."""
    findings = [
        finding
        for criterion in result.criteria.values()
        for finding in criterion.findings
    ]
    groups = grouped(findings, lambda finding: (finding.subject, finding.region))
    rows = [_subject_row(*subject, found) for subject, found in groups.items()]
    return sorted(rows, key=lambda row: (not row.open, row.region, row.subject))


def _subject_row(subject: str, region: str, findings: list[Finding]) -> SubjectRow:
    open_ = {
        finding.criterion: finding.outcome
        for finding in findings
        if finding.outcome not in HELD
    }
    held = sum(finding.outcome in HELD for finding in findings)
    return SubjectRow(subject, region, held, len(findings), tuple(open_.items()))


def _by_region(findings: Iterable[Finding]) -> dict[str, list[str]]:
    regions: dict[str, dict[str, None]] = {}
    for finding in findings:
        regions.setdefault(finding.region, {})[finding.subject] = None
    return {region: sorted(subjects) for region, subjects in sorted(regions.items())}


def _shown(finding: Finding) -> ShownFinding:
    holds = finding.outcome in HELD
    most = _HELD_LONG if holds else _LONG
    requests = _HELD_REQUESTS if holds else _REQUESTS
    ids = [seen.request_id for seen in finding.observations if seen.request_id]
    return ShownFinding(
        finding=finding,
        observed=_cut(finding.observed or finding.reason, most),
        declared=_cut(finding.declared, most),
        time=_time(finding.observations),
        request_ids=tuple(ids[:requests]),
        more_requests=max(0, len(ids) - requests),
        commands=tuple(commands(finding)[: _HELD_COMMANDS if holds else _COMMANDS]),
        numbers="; ".join(_numbers(finding.numbers)),
    )


def _time(observations: tuple[Observation, ...]) -> str:
    """Return the time of the last request, to the second, UTC."""
    if not observations:
        return ""
    latest = max(observation.time for observation in observations)
    return latest[:19].replace("T", " ") + "Z"


def _numbers(numbers: dict[str, Any]) -> Iterator[str]:
    """Yield each measurement in words; a series is left out, as it is a chart."""
    simple = {
        name: value
        for name, value in numbers.items()
        if not isinstance(value, list | dict)
    }
    for name, value in list(simple.items())[:_NUMBERS]:
        yield f"{name.replace('_', ' ')} {value}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… (whole in run.json)"
