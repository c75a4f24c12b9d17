"""The decision of a gate: the result of each of its criteria, and one verdict."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from conformance.config.attestations import Attestation
from conformance.config.declared import Assumption
from conformance.config.waivers import Waiver
from conformance.gate.accepted_evidence import DatedFinding, newest_findings, refusals
from conformance.gate.expected_tests import ExpectedTest
from conformance.gate.previous_signoff import SitGate
from conformance.gate.sealed_run import SealedRun
from conformance.model.criterion import Criterion
from conformance.model.finding import Finding, Outcome, worst
from conformance.model.text import shortened
from conformance.run.inputs import Inputs
from conformance.run.verdict import FAILED, HOLDS, NOT_PROVEN, accepted

VERDICTS = {HOLDS: "GO", FAILED: "NO-GO", NOT_PROVEN: "NOT PROVEN"}
_SHOWN = 5


@dataclass(frozen=True)
class Gate:
    """A gate of an environment, by the files as they are now."""

    name: str
    inputs: Inputs
    expected: Mapping[str, Sequence[ExpectedTest]]
    """The tests that decide each criterion, by criterion."""
    sit: SitGate
    """The result of the SIT gate, for GOV-14."""
    now: datetime


@dataclass(frozen=True)
class CriterionResult:
    """The result of one criterion at the gate."""

    criterion: Criterion
    outcome: Outcome
    required: bool
    reason: str
    findings: tuple[Finding, ...]

    @property
    def blocks(self) -> bool:
        """True if the criterion keeps the gate from being GO."""
        if self.outcome is Outcome.ERROR:
            return True
        return self.required and self.outcome in (Outcome.FAIL, Outcome.NOT_ASSESSED)


@dataclass(frozen=True)
class GateResult:
    """Everything that the sign-off page shows, as values."""

    gate: Gate
    runs: tuple[SealedRun, ...]
    refused: Mapping[Path, tuple[str, ...]]
    """Run folders that do not count, with every reason."""
    stale: tuple[str, ...]
    criteria: Mapping[str, CriterionResult]
    lapsed_waivers: tuple[tuple[Waiver, str], ...]
    """Waivers that excuse nothing now, and why."""
    open_assumptions: tuple[Assumption, ...]

    @property
    def status(self) -> int:
        """The exit status: 0 GO, 1 NO-GO, 10 NOT PROVEN."""
        blocking = [result for result in self.criteria.values() if result.blocks]
        broken = (Outcome.FAIL, Outcome.ERROR)
        if any(result.outcome in broken for result in blocking):
            return FAILED
        return NOT_PROVEN if blocking or self.open_assumptions else HOLDS

    @property
    def verdict(self) -> str:
        """`GO`, `NO-GO` or `NOT PROVEN`."""
        return VERDICTS[self.status]


def judge(gate: Gate, runs: Iterable[SealedRun]) -> GateResult:
    """Judge the gate by these runs; evidence that is refused counts as absent."""
    inputs, runs = gate.inputs, tuple(runs)
    refused = {
        run.folder: reasons
        for run in runs
        if (reasons := tuple(refusals(run, inputs.environment, inputs.declared)))
    }
    counting = [run for run in runs if run.folder not in refused]
    newest, stale = newest_findings(counting, inputs.catalogue, gate.now)
    findings = _as_accepted(gate, newest)
    return GateResult(
        gate=gate,
        runs=runs,
        refused=refused,
        stale=tuple(stale),
        criteria={
            name: _criterion_result(gate, criterion, tuple(findings.get(name, ())))
            for name, criterion in inputs.catalogue.items()
            if gate.name in criterion.gates
        },
        lapsed_waivers=tuple(_lapsed_waivers(gate, newest)),
        open_assumptions=tuple(inputs.open_assumptions),
    )


def _as_accepted(
    gate: Gate, newest: Mapping[str, DatedFinding]
) -> dict[str, list[Finding]]:
    """Return the findings by their criterion, as people accept them today."""
    findings: dict[str, list[Finding]] = {}
    for dated in newest.values():
        finding = accepted(dated.finding, gate.inputs, gate.now.date())
        findings.setdefault(finding.criterion, []).append(finding)
    return findings


def _criterion_result(
    gate: Gate, criterion: Criterion, findings: tuple[Finding, ...]
) -> CriterionResult:
    required = gate.inputs.requires(criterion.id)
    if criterion.id == "GOV-14":
        sit = gate.sit
        return CriterionResult(criterion, sit.outcome, required, sit.reason, ())
    if criterion.kind == "attest":
        outcome, reason = _attested(gate, criterion)
        return CriterionResult(criterion, outcome, required, reason, ())
    found = {finding.test for finding in findings}
    expected = gate.expected.get(criterion.id, ())
    missing = [test for test in expected if test.id not in found]
    outcomes = [finding.outcome for finding in findings]
    if missing:
        outcomes.append(Outcome.NOT_ASSESSED)
    reason = _reason(findings, missing)
    return CriterionResult(criterion, worst(outcomes), required, reason, findings)


def _reason(findings: tuple[Finding, ...], missing: list[ExpectedTest]) -> str:
    if not findings and not missing:
        return "no accepted run decided it"
    if not missing:
        return ""
    subjects = sorted({test.where for test in missing})
    named = shortened(subjects, _SHOWN)
    return f"no accepted evidence from {len(missing)} tests, of {named}"


def _attested(gate: Gate, criterion: Criterion) -> tuple[Outcome, str]:
    """Return ATTESTED if an attestation of the criterion has not expired."""
    attestations = [
        attestation
        for attestation in gate.inputs.attestations
        if _is_about(attestation, gate, criterion.id)
    ]
    for attestation in attestations:
        if attestation.expires >= gate.now.date():
            return Outcome.ATTESTED, str(attestation)
    if attestations:
        expired = attestations[-1].expires
        return Outcome.NOT_ASSESSED, f"the attestation expired on {expired}"
    return Outcome.NOT_ASSESSED, f"nobody has attested it; {criterion.role} acts on it"


def _is_about(attestation: Attestation, gate: Gate, subject: str) -> bool:
    environment = gate.inputs.environment.name
    return (attestation.environment, attestation.subject) == (environment, subject)


def _lapsed_waivers(
    gate: Gate, newest: Mapping[str, DatedFinding]
) -> Iterable[tuple[Waiver, str]]:
    """Yield each waiver of this environment that excuses nothing now, and why."""
    today, name = gate.now.date(), gate.inputs.environment.name
    findings = [dated.finding for dated in newest.values()]
    for waiver in gate.inputs.waivers:
        if waiver.environment != name:
            continue
        about = [finding for finding in findings if waiver.is_about(name, finding)]
        if waiver.expires < today:
            yield waiver, f"it expired on {waiver.expires}"
        elif about and not any(
            waiver.excuses(name, finding, today) for finding in about
        ):
            observed = "; ".join(sorted({finding.observed for finding in about}))
            yield waiver, f"what it accepted is gone: now observed is {observed!r}"
