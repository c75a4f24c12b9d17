"""The decision of a gate: every criterion it names, and one verdict."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from conformance.config.declared import Assumption, Declared
from conformance.config.environment import Environment
from conformance.config.waivers import Attestation, Waiver, waived
from conformance.gate.accepted_evidence import Evidence, merged, refusals
from conformance.gate.expected_tests import ExpectedTest
from conformance.gate.previous_signoff import SitGate
from conformance.gate.sealed_run import SealedRun
from conformance.model.criterion import Catalogue, Criterion
from conformance.model.finding import Finding, Outcome, worst
from conformance.model.text import shortened
from conformance.run.verdict import FAILED, HOLDS, NOT_PROVEN

VERDICTS = {HOLDS: "GO", FAILED: "NO-GO", NOT_PROVEN: "NOT PROVEN"}
_SHOWN = 5


@dataclass(frozen=True)
class Gate:
    """What is asked: one gate, of one environment, by the files as they are now."""

    name: str
    environment: Environment
    declared: Declared
    catalogue: Catalogue
    waivers: tuple[Waiver, ...]
    attestations: tuple[Attestation, ...]
    expected: Mapping[str, Sequence[ExpectedTest]]
    """The tests that decide each criterion, by criterion."""
    sit: SitGate
    """What the SIT gate decided, for GOV-14."""
    now: datetime


@dataclass(frozen=True)
class Decided:
    """One criterion at the gate."""

    criterion: Criterion
    outcome: Outcome
    required: bool
    reason: str
    findings: tuple[Finding, ...]

    @property
    def blocks(self) -> bool:
        """Whether it keeps the gate from being green."""
        if self.outcome is Outcome.ERROR:
            return True
        return self.required and self.outcome in (Outcome.FAIL, Outcome.NOT_ASSESSED)


@dataclass(frozen=True)
class Decision:
    """Everything that the page tells, as values."""

    gate: Gate
    runs: tuple[SealedRun, ...]
    refused: Mapping[Path, tuple[str, ...]]
    """Run folders that do not count, with every reason."""
    stale: tuple[str, ...]
    criteria: Mapping[str, Decided]
    lapsed_waivers: tuple[tuple[Waiver, str], ...]
    """Waivers that excuse nothing now, and why."""
    open_assumptions: tuple[Assumption, ...]

    @property
    def status(self) -> int:
        """0 go, 1 no-go, 10 not proven."""
        decided = self.criteria.values()
        broken = (Outcome.FAIL, Outcome.ERROR)
        if any(it.blocks and it.outcome in broken for it in decided):
            return FAILED
        if any(it.blocks for it in decided) or self.open_assumptions:
            return NOT_PROVEN
        return HOLDS

    @property
    def verdict(self) -> str:
        """`GO`, `NO-GO` or `NOT PROVEN`."""
        return VERDICTS[self.status]


def decide(gate: Gate, runs: Iterable[SealedRun]) -> Decision:
    """Judge the gate by these runs; evidence that is refused counts as absent."""
    runs = tuple(runs)
    refused = {
        run.folder: reasons
        for run in runs
        if (reasons := tuple(refusals(run, gate.environment, gate.declared)))
    }
    accepted = [run for run in runs if run.folder not in refused]
    newest, stale = merged(accepted, gate.catalogue, gate.now)
    evidence = _with_waivers(gate, newest)
    return Decision(
        gate=gate,
        runs=runs,
        refused=refused,
        stale=tuple(stale),
        criteria={
            name: _decided(gate, criterion, tuple(evidence.get(name, ())))
            for name, criterion in gate.catalogue.items()
            if gate.name in criterion.gates
        },
        lapsed_waivers=tuple(_lapsed(gate, newest)),
        open_assumptions=tuple(_open_assumptions(gate)),
    )


def _with_waivers(
    gate: Gate, newest: Mapping[str, Evidence]
) -> dict[str, list[Finding]]:
    """The findings by their criterion, WAIVED where a waiver excuses them."""
    today, name = gate.now.date(), gate.environment.name
    found: dict[str, list[Finding]] = {}
    for it in newest.values():
        finding = waived(it.finding, gate.waivers, name, today)
        found.setdefault(finding.criterion, []).append(finding)
    return found


def _decided(
    gate: Gate, criterion: Criterion, findings: tuple[Finding, ...]
) -> Decided:
    required = criterion.required_in(gate.environment.stage)
    if criterion.id == "GOV-14":
        return Decided(criterion, gate.sit.outcome, required, gate.sit.reason, ())
    if criterion.kind == "attest":
        outcome, reason = _attested(gate, criterion)
        return Decided(criterion, outcome, required, reason, ())
    found = {finding.test for finding in findings}
    expected = gate.expected.get(criterion.id, ())
    missing = [test for test in expected if test.id not in found]
    outcomes = [finding.outcome for finding in findings]
    if missing:
        outcomes.append(Outcome.NOT_ASSESSED)
    reason = _reason(findings, missing)
    return Decided(criterion, worst(outcomes), required, reason, findings)


def _reason(findings: tuple[Finding, ...], missing: list[ExpectedTest]) -> str:
    if not findings and not missing:
        return "no accepted run decided it"
    if not missing:
        return ""
    subjects = sorted({test.where for test in missing})
    named = shortened(subjects, _SHOWN)
    return f"no accepted evidence from {len(missing)} tests, of {named}"


def _attested(gate: Gate, criterion: Criterion) -> tuple[Outcome, str]:
    said = [it for it in gate.attestations if _speaks(it, gate, criterion.id)]
    for each in said:
        if each.expires >= gate.now.date():
            words = f"{each.role} {each.who}, {each.date}: {each.statement}"
            return Outcome.ATTESTED, words
    if said:
        return Outcome.NOT_ASSESSED, f"the attestation expired on {said[-1].expires}"
    return Outcome.NOT_ASSESSED, f"nobody has attested it; {criterion.role} acts on it"


def _speaks(said: Attestation, gate: Gate, subject: str) -> bool:
    return (said.environment, said.subject) == (gate.environment.name, subject)


def _open_assumptions(gate: Gate) -> Iterable[Assumption]:
    for assumption in gate.declared.assumptions:
        confirmed = any(
            _speaks(it, gate, assumption.id) and it.expires >= gate.now.date()
            for it in gate.attestations
        )
        if not confirmed:
            yield assumption


def _lapsed(gate: Gate, newest: Mapping[str, Evidence]) -> Iterable[tuple[Waiver, str]]:
    today, name = gate.now.date(), gate.environment.name
    for waiver in gate.waivers:
        if waiver.environment != name:
            continue
        about = [
            it.finding for it in newest.values() if waiver.is_about(name, it.finding)
        ]
        if waiver.expires < today:
            yield waiver, f"it expired on {waiver.expires}"
        elif about and not any(waiver.excuses(name, it, today) for it in about):
            observed = "; ".join(sorted({it.observed for it in about}))
            yield waiver, f"what it accepted is gone: now observed is {observed!r}"
