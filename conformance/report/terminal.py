"""The end of a run on the terminal: its criteria, failures first, and the verdict."""

import json
from collections.abc import Iterable

import pytest

from conformance.model.finding import Finding, Outcome, facts, grouped
from conformance.model.text import shortened
from conformance.run.run_folder import Run
from conformance.run.verdict import FAILED, NOT_PROVEN, counted, exit_status

_OPEN = (Outcome.FAIL, Outcome.ERROR, Outcome.WAIVED)
_SHOWN_ONE_BY_ONE = (*_OPEN, Outcome.NOT_ASSESSED)
_HELD = (Outcome.PASS, Outcome.WAIVED, Outcome.NOT_APPLICABLE)
_COLOURS = {
    Outcome.FAIL: "red",
    Outcome.ERROR: "red",
    Outcome.NOT_ASSESSED: "yellow",
    Outcome.WAIVED: "yellow",
}
_SHOWN = 6


def summary(reporter: pytest.TerminalReporter, run: Run) -> None:
    """Write the criteria of the run, failures first, and where the report is."""
    reporter.section(f"criteria of {run.inputs.environment.name}")
    for note in run.notes:
        reporter.write_line(f"! {note}", red=True)
    outcomes = run.criteria()
    decided = {finding.criterion for finding in run.findings}
    for outcome, criteria in counted(
        {name: outcomes[name] for name in outcomes if name in decided}
    ).items():
        if outcome in _OPEN or outcome is Outcome.NOT_ASSESSED:
            for criterion in criteria:
                _criterion(reporter, run, criterion, outcome)
        else:
            _list(reporter, f"{outcome} ({len(criteria)})", criteria)
    other = [name for name in outcomes if name not in decided]
    _list(reporter, f"no check ran ({len(other)})", other)
    _assumptions(reporter, run)
    if run.missing_rights:
        reporter.write_line("to read what was denied, its owner allows:")
        reporter.write_line(json.dumps(run.missing_rights, indent=2))
    reporter.write_line("")
    reporter.write_line(f"verdict : {verdict(run)}", bold=True)
    page = getattr(reporter.config.option, "htmlpath", run.folder / "run.json")
    reporter.write_line(f"report  : {page}")


def verdict(run: Run) -> str:
    """Return the run in one sentence, as its exit status says it."""
    if not run.complete:
        return "NOT CONFORMANT: the run is incomplete and proves nothing."
    if not run.findings:
        return "NOT ASSESSED: no check of a criterion ran."
    status = exit_status(run.findings)
    if status == FAILED:
        broken = _named(run, Outcome.FAIL, Outcome.ERROR)
        return f"NOT CONFORMANT: {broken} failed or could not be read."
    if status == NOT_PROVEN:
        unproven = _named(run, Outcome.NOT_ASSESSED)
        return f"NOT PROVEN: nothing failed, but {unproven} was not assessed."
    held = {one.criterion for one in run.findings if one.outcome in _HELD}
    excused = {one.criterion for one in run.findings if one.excused}
    here = f"; {len(excused)} cannot be proven on this target" if excused else ""
    if not held:
        return f"NOTHING PROVEN: no criterion was decided{here}."
    return f"CONFORMANT in the {len(held)} criteria that were decided{here}."


def _number(name: str) -> int:
    return int(name.partition("-")[2])


def ranges(names: Iterable[str]) -> str:
    """Shorten criteria such as TBL-1, TBL-2, TBL-3 and GSI-4 to "TBL-1 to 3, GSI-4"."""
    runs: list[list[tuple[str, int]]] = []
    for name in names:
        family, _, number = name.partition("-")
        here = (family, int(number))
        if runs and runs[-1][-1] == (family, here[1] - 1):
            runs[-1].append(here)
        else:
            runs.append([here])
    return ", ".join(
        f"{first}-{number}" + (f" to {more[-1][1]}" if more else "")
        for (first, number), *more in runs
    )


def _named(run: Run, *outcomes: Outcome) -> str:
    criteria = run.criteria()
    return ranges(
        name
        for name, outcome in criteria.items()
        if outcome in outcomes and _bears(run, name, outcomes)
    )


def _bears(run: Run, criterion: str, outcomes: tuple[Outcome, ...]) -> bool:
    """Return True if a finding with such an outcome changes the exit status."""
    findings = [
        finding
        for finding in run.findings
        if finding.criterion == criterion and finding.outcome in outcomes
    ]
    return any(
        finding.outcome is Outcome.ERROR or (finding.required and not finding.excused)
        for finding in findings
    )


def _criterion(
    reporter: pytest.TerminalReporter, run: Run, criterion: str, outcome: Outcome
) -> None:
    title = run.inputs.catalogue[criterion].title
    level = "" if run.inputs.requires(criterion) else ", advisory"
    colour = {_COLOURS[outcome]: True}
    reporter.write_line(f"{outcome:<13}{criterion:<7}{title}{level}", **colour)
    ours = (finding for finding in run.findings if finding.criterion == criterion)
    alike = grouped(
        (finding for finding in ours if finding.outcome in _SHOWN_ONE_BY_ONE), facts
    )
    for text, findings in list(alike.items())[:_SHOWN]:
        _alike(reporter, text, findings)
    if len(alike) > _SHOWN:
        reporter.write_line(f"{'':<20}… and {len(alike) - _SHOWN} more")


def _alike(
    reporter: pytest.TerminalReporter, text: str, findings: list[Finding]
) -> None:
    """Write once what was found about several subjects."""
    subjects = list(dict.fromkeys(finding.subject for finding in findings))
    regions = list(dict.fromkeys(one.region for one in findings if one.region))
    where = f" ({', '.join(regions)})" if regions else ""
    first, *rest = text.splitlines() or [""]
    reporter.write_line(f"{'':<20}{shortened(subjects, _SHOWN)}{where}: {first}")
    for line in rest:
        reporter.write_line(f"{'':<20}  {line}")


def _list(reporter: pytest.TerminalReporter, title: str, names: list[str]) -> None:
    if names:
        reporter.write_line(f"{title}: {ranges(names)}")


def _assumptions(reporter: pytest.TerminalReporter, run: Run) -> None:
    assumptions = run.inputs.open_assumptions
    if assumptions:
        ids = ranges(sorted((one.id for one in assumptions), key=_number))
        reporter.write_line(
            f"{len(assumptions)} assumptions of ours that nobody has confirmed: {ids} "
            "(schemas.json, surroundings.toml)"
        )
