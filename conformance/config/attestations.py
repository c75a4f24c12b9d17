"""Attestations: what a person states about what no check can decide."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.config.dated_entries import Entries, refuse, unknown, wrong_days
from conformance.config.declared import SCHEMAS, Assumption
from conformance.config.file_reader import PROMOTION, load
from conformance.model.criterion import Catalogue
from conformance.model.finding import Finding, Outcome

_CAN = "attested, or an assumption of the contract"
_OF_FINDING = ("about", "region", "seen")


@dataclass(frozen=True)
class Attestation:
    """The statement of a person about what no check can decide."""

    environment: str
    subject: str
    """A criterion, or an assumption."""
    statement: str
    who: str
    role: str
    date: dt.date
    evidence: str
    expires: dt.date
    """The last day it holds, UTC."""
    about: str = ""
    """The subject of a finding whose check did not understand a setting."""
    region: str = ""
    seen: str = ""
    """The hash of that setting; the attestation lapses when it changes."""

    def is_about(self, environment: str, finding: Finding) -> bool:
        """Return True if it names this finding, whatever setting was seen."""
        return bool(self.seen) and (
            (self.environment, self.subject, self.about, self.region)
            == (environment, finding.criterion, finding.subject, finding.region)
        )

    def __str__(self) -> str:
        """Return the attestation in words."""
        return f"{self.role} {self.who}, {self.date}: {self.statement}"


def attested(
    finding: Finding,
    attestations: Iterable[Attestation],
    environment: str,
    today: dt.date,
) -> Finding:
    """Return the finding, ATTESTED if its owner decides what was not understood.

    An attestation holds for one setting: of another one it says nothing.
    """
    if finding.outcome is not Outcome.NOT_ASSESSED or not finding.seen:
        return finding
    lapsed = ""
    for attestation in attestations:
        if not attestation.is_about(environment, finding):
            continue
        if attestation.seen == finding.seen and attestation.expires >= today:
            reason = f"{attestation} Not understood: {finding.reason}"
            return replace(finding, outcome=Outcome.ATTESTED, reason=reason)
        why = "expired" if attestation.seen == finding.seen else "is about another one"
        lapsed = f"; the attestation of {attestation.date} {why}"
    return replace(finding, reason=f"{finding.reason}{lapsed}")


def load_attestations(
    catalogue: Catalogue,
    assumptions: Iterable[Assumption],
    path: Path = PROMOTION / "attestations.toml",
) -> tuple[Attestation, ...]:
    """Return every attestation of the file.

    It may name assumptions of the shipped contract, whatever contract is judged.

    Raises:
        BadInputError: with every problem of the file.
    """
    entries = load(path, "attestations").get("attestations", [])
    shipped = load(SCHEMAS, "schemas")["assumptions"]
    assumed = {
        *(assumption.id for assumption in assumptions),
        *(assumption["id"] for assumption in shipped),
    }
    problems = [
        *wrong_days("attestations", entries, "date", "expires"),
        *unknown("attestations", "subject", entries, {*catalogue, *assumed}, _CAN),
        *_half_named(entries, catalogue),
    ]
    refuse(path, problems)
    return tuple(Attestation(**entry) for entry in entries)


def _half_named(entries: Entries, catalogue: Catalogue) -> Iterator[str]:
    """Yield entries that do not say which finding they decide, or need not say it."""
    for n, entry in enumerate(entries):
        criterion = catalogue.get(entry["subject"])
        checked = criterion is not None and criterion.kind != "attest"
        named = [field for field in _OF_FINDING if field in entry]
        if checked and len(named) < len(_OF_FINDING):
            yield (
                f"attestations[{n}] is about {entry['subject']}, which a check decides;"
                f" expected: {', '.join(_OF_FINDING)} of the finding whose setting the "
                "check did not understand"
            )
        if named and not checked:
            yield (
                f"attestations[{n}] is about {entry['subject']}, which no check "
                f"decides; expected: no {', '.join(named)}"
            )
