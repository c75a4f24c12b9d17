"""What the terminal says before and after the checks."""

import json
from collections.abc import Iterable

import pytest

from conformance.model.finding import Finding, Outcome, facts, grouped
from conformance.run.run_folder import Run
from conformance.run.verdict import FAILED, NOT_PROVEN, counted, exit_status

_OPEN = (Outcome.FAIL, Outcome.ERROR, Outcome.WAIVED)
_TOLD = (*_OPEN, Outcome.NOT_ASSESSED)
_HELD = (Outcome.PASS, Outcome.WAIVED, Outcome.NOT_APPLICABLE)
_COLOURS = {
    Outcome.FAIL: "red",
    Outcome.ERROR: "red",
    Outcome.NOT_ASSESSED: "yellow",
    Outcome.WAIVED: "yellow",
}
_SHOWN = 6


def header(run: Run) -> list[str]:
    """The ground of the run: whose account, where, as whom, allowed what."""
    suite, environment = run.suite, run.suite.environment
    return [
        f"environment: {environment.name}, from {environment.source}",
        f"judged as: {environment.judged_as}",
        *(_reviewed(run) if suite.plan else _asked(run)),
        f"contract: {suite.declared.sha256[:12]}",
        f"evidence: {run.folder}",
    ]


def _asked(run: Run) -> list[str]:
    suite, environment = run.suite, run.suite.environment
    clients, caller = suite.clients, suite.caller
    assert clients is not None  # noqa: S101 -- a run has opened its environment
    assert caller is not None  # noqa: S101 -- the same
    kind = "" if environment.is_aws else "  (a local target: this is no AWS)"
    by = clients.credentials_from
    return [
        f"account: {environment.account} as {caller.arn} (by {by})",
        f"regions: {', '.join(environment.regions)}; endpoint: {run.endpoint}{kind}",
        f"allows: {', '.join(sorted(environment.allows))}",
    ]


def _reviewed(run: Run) -> list[str]:
    suite, environment = run.suite, run.suite.environment
    assert suite.plan is not None  # noqa: S101 -- a review has a plan
    told = suite.plan.document.told
    made = f", made {told['made']}" if told["made"] else ""
    by = f"Terraform {told['terraform_version']}{made}; nobody is asked"
    return [
        f"account: {environment.account}; region: {environment.regions[0]}",
        f"plan: {suite.plan.document.path} by {by}",
        f"plan sha256: {told['sha256']}",
    ]


def summary(reporter: pytest.TerminalReporter, run: Run) -> None:
    """The criteria of the run, failures first, and where the report is."""
    reporter.section(f"criteria of {run.suite.environment.name}")
    for remark in run.remarks:
        reporter.write_line(f"! {remark}", red=True)
    outcomes = run.criteria()
    decided = {finding.criterion for finding in run.findings}
    for outcome, criteria in counted(
        {name: it for name, it in outcomes.items() if name in decided}
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
    reporter.write_line(f"report  : {run.folder / 'report.html'}")


def verdict(run: Run) -> str:
    """The run in one sentence, as its exit status says it."""
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
    held = {it.criterion for it in run.findings if it.outcome in _HELD}
    excused = {it.criterion for it in run.findings if it.excused}
    here = f"; {len(excused)} cannot be proven on this target" if excused else ""
    if not held:
        return f"NOTHING PROVEN: no criterion was decided{here}."
    return f"CONFORMANT in the {len(held)} criteria that were decided{here}."


def _number(name: str) -> int:
    return int(name.partition("-")[2])


def ranges(names: Iterable[str]) -> str:
    """Criteria such as TBL-1, TBL-2, TBL-3 and GSI-4 as "TBL-1 to 3, GSI-4"."""
    runs: list[list[tuple[str, int]]] = []
    for name in names:
        family, _, number = name.partition("-")
        here = (family, int(number))
        if runs and runs[-1][-1] == (family, here[1] - 1):
            runs[-1].append(here)
        else:
            runs.append([here])
    return ", ".join(
        f"{each[0][0]}-{each[0][1]}" + (f" to {each[-1][1]}" if each[1:] else "")
        for each in runs
    )


def _named(run: Run, *outcomes: Outcome) -> str:
    return ranges(
        name for name, it in run.criteria().items() if _counts(run, name, it, outcomes)
    )


def _counts(run: Run, name: str, outcome: Outcome, wanted: tuple[Outcome, ...]) -> bool:
    """Whether the criterion was decided so, and bears on the exit status."""
    ours = [it for it in run.findings if it.criterion == name and it.outcome in wanted]
    bears = (
        it.outcome is Outcome.ERROR or (it.required and not it.excused) for it in ours
    )
    return outcome in wanted and any(bears)


def _criterion(
    reporter: pytest.TerminalReporter, run: Run, criterion: str, outcome: Outcome
) -> None:
    about = run.suite.catalogue[criterion]
    level = "" if about.required_in(run.suite.environment.stage) else ", advisory"
    colour = {_COLOURS[outcome]: True}
    reporter.write_line(f"{outcome:<13}{criterion:<7}{about.title}{level}", **colour)
    ours = (it for it in run.findings if it.criterion == criterion)
    told = grouped((it for it in ours if it.outcome in _TOLD), facts)
    for said, findings in list(told.items())[:_SHOWN]:
        _same(reporter, said, findings)
    if len(told) > _SHOWN:
        reporter.write_line(f"{'':<20}… and {len(told) - _SHOWN} more")


def _same(
    reporter: pytest.TerminalReporter, said: str, findings: list[Finding]
) -> None:
    """Say once what was found about several subjects."""
    subjects = list(dict.fromkeys(it.subject for it in findings))
    regions = list(dict.fromkeys(it.region for it in findings if it.region))
    more = f" and {len(subjects) - _SHOWN} more" if len(subjects) > _SHOWN else ""
    where = f" ({', '.join(regions)})" if regions else ""
    first, *rest = said.splitlines() or [""]
    reporter.write_line(f"{'':<20}{', '.join(subjects[:_SHOWN])}{more}{where}: {first}")
    for line in rest:
        reporter.write_line(f"{'':<20}  {line}")


def _list(reporter: pytest.TerminalReporter, title: str, names: list[str]) -> None:
    if names:
        reporter.write_line(f"{title}: {ranges(names)}")


def _assumptions(reporter: pytest.TerminalReporter, run: Run) -> None:
    open_ones = run.suite.open_assumptions
    if open_ones:
        ids = ranges(sorted((it.id for it in open_ones), key=_number))
        reporter.write_line(
            f"{len(open_ones)} assumptions of ours that nobody has confirmed: {ids} "
            "(schemas.json, surroundings.toml)"
        )
