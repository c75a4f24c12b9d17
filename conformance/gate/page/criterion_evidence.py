"""What each criterion rests on: failures in full, the rest as short as it can be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from conformance.gate.decision import Decision
from conformance.gate.page.aws_command import commands
from conformance.gate.page.criteria_table import Row
from conformance.model.finding import HELD, Finding, Observation, Outcome, grouped

IN_FULL = 60
"""Checks of a criterion that are shown one by one if they hold."""
BROKEN = 100
"""Checks of a criterion that are shown one by one if they do not."""
_COMMANDS, _REQUESTS, _NUMBERS, _LONG = 3, 3, 8, 600
_HELD_COMMANDS, _HELD_REQUESTS, _HELD_LONG = 1, 1, 160
"""Of a check that holds less is shown: all of it is in the run's folder."""


@dataclass(frozen=True)
class Shown:
    """One finding as the page shows it."""

    finding: Finding
    observed: str
    declared: str
    time: str
    request_ids: tuple[str, ...]
    more_requests: int
    commands: tuple[str, ...]
    numbers: str


@dataclass(frozen=True)
class Evidence:
    """The evidence of one criterion."""

    row: Row
    requirements: tuple[str, ...]
    broken: tuple[Shown, ...]
    more_broken: int
    unassessed: dict[str, list[Finding]]
    """What was not assessed, by the reason."""
    held: tuple[Shown, ...]
    """Every check that holds, or one of many as an example."""
    held_subjects: dict[str, list[str]]
    """The subjects of those that are not shown one by one, by region."""


@dataclass(frozen=True)
class SubjectRow:
    """One table, index or region, over all criteria."""

    subject: str
    region: str
    held: int
    total: int
    open: tuple[tuple[str, Outcome], ...]


def evidence(row: Row) -> Evidence:
    """The evidence of a criterion that has findings."""
    findings = row.decided.findings
    held = [it for it in findings if it.outcome in HELD]
    broken = [it for it in findings if it.outcome not in (*HELD, Outcome.NOT_ASSESSED)]
    broken.sort(key=lambda it: list(Outcome).index(it.outcome))
    many = len(held) > IN_FULL
    return Evidence(
        row=row,
        requirements=tuple(dict.fromkeys(it.requirement for it in findings)),
        broken=tuple(_shown(it) for it in broken[:BROKEN]),
        more_broken=max(0, len(broken) - BROKEN),
        unassessed=grouped(
            (it for it in findings if it.outcome is Outcome.NOT_ASSESSED),
            lambda it: it.reason,
        ),
        held=tuple(_shown(it) for it in (held[:1] if many else held)),
        held_subjects=_by_region(held) if many else {},
    )


def subject_rows(decision: Decision) -> list[SubjectRow]:
    """Every subject with what is open about it, open ones first."""
    findings = (it for each in decision.criteria.values() for it in each.findings)
    found = grouped(findings, lambda it: (it.subject, it.region))
    return sorted(
        (_subject_row(name, region, each) for (name, region), each in found.items()),
        key=lambda it: (not it.open, it.region, it.subject),
    )


def _subject_row(subject: str, region: str, found: list[Finding]) -> SubjectRow:
    held = [it for it in found if it.outcome in HELD]
    not_held = {it.criterion: it.outcome for it in found if it.outcome not in HELD}
    return SubjectRow(subject, region, len(held), len(found), tuple(not_held.items()))


def _by_region(findings: Iterable[Finding]) -> dict[str, list[str]]:
    regions: dict[str, dict[str, None]] = {}
    for finding in findings:
        regions.setdefault(finding.region, {})[finding.subject] = None
    return {region: sorted(subjects) for region, subjects in sorted(regions.items())}


def _shown(finding: Finding) -> Shown:
    holds = finding.outcome in HELD
    most = _HELD_LONG if holds else _LONG
    requests = _HELD_REQUESTS if holds else _REQUESTS
    ids = [it.request_id for it in finding.observations if it.request_id]
    return Shown(
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
    """When the last request was sent, to the second, UTC."""
    if not observations:
        return ""
    return max(it.time for it in observations)[:19].replace("T", " ") + "Z"


def _numbers(numbers: dict[str, Any]) -> Iterator[str]:
    """What was measured, without series: those are charts."""
    simple = {
        name: value
        for name, value in numbers.items()
        if not isinstance(value, list | dict)
    }
    for name, value in list(simple.items())[:_NUMBERS]:
        yield f"{name.replace('_', ' ')} {value}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… (whole in run.json)"
