"""Waivers, which accept a failure, and attestations, which state a fact."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance.config.declared import SCHEMAS, Assumption
from conformance.config.file_reader import PROMOTION, load
from conformance.model.criterion import Catalogue
from conformance.model.errors import BadInputError
from conformance.model.finding import Finding, Outcome


@dataclass(frozen=True)
class Waiver:
    """A FAIL that its owner accepts until a date."""

    environment: str
    criterion: str
    subject: str
    region: str
    observed: str
    """The observation that was accepted; the waiver lapses when another is made."""
    reason: str
    owner: str
    ticket: str
    expires: dt.date
    """The last day it holds, UTC."""

    def is_about(self, environment: str, finding: Finding) -> bool:
        """Return True if it names this criterion and subject here."""
        return (self.environment, self.criterion, self.subject, self.region) == (
            environment,
            finding.criterion,
            finding.subject,
            finding.region,
        )

    def excuses(self, environment: str, finding: Finding, today: dt.date) -> bool:
        """Return True if it accepts this failure, as it was observed, today."""
        return (
            finding.outcome is Outcome.FAIL
            and self.is_about(environment, finding)
            and self.observed == finding.observed
            and self.expires >= today
        )

    def __str__(self) -> str:
        """Return the waiver in words."""
        return (
            f"{self.reason} (waived by {self.owner} until {self.expires}, "
            f"{self.ticket})"
        )


def waived(
    finding: Finding, waivers: Iterable[Waiver], environment: str, today: dt.date
) -> Finding:
    """Return the finding, WAIVED if a waiver accepts its failure."""
    for waiver in waivers:
        if waiver.excuses(environment, finding, today):
            facts = f"Observed: {finding.observed}; declared: {finding.declared}."
            return replace(finding, outcome=Outcome.WAIVED, reason=f"{waiver} {facts}")
    return finding


@dataclass(frozen=True)
class Attestation:
    """The statement of a person about a criterion or an assumption."""

    environment: str
    subject: str
    """A criterion of kind `attest`, or an assumption."""
    statement: str
    who: str
    role: str
    date: dt.date
    evidence: str
    expires: dt.date
    """The last day it holds, UTC."""


def load_waivers(
    catalogue: Catalogue, path: Path = PROMOTION / "waivers.toml"
) -> tuple[Waiver, ...]:
    """Every waiver of the file.

    Raises:
        BadInputError: with every problem of the file.
    """
    entries = load(path, "waivers").get("waivers", [])
    problems = [
        *_wrong_days("waivers", entries, "expires"),
        *_unknown("waivers", "criterion", entries, catalogue),
    ]
    _refuse(path, problems)
    return tuple(Waiver(**entry) for entry in entries)


def load_attestations(
    catalogue: Catalogue,
    assumptions: Iterable[Assumption],
    path: Path = PROMOTION / "attestations.toml",
) -> tuple[Attestation, ...]:
    """Every attestation of the file; it may name assumptions of the shipped contract.

    Raises:
        BadInputError: with every problem of the file.
    """
    entries = load(path, "attestations").get("attestations", [])
    attestable = [
        criterion.id for criterion in catalogue.values() if criterion.kind == "attest"
    ]
    shipped = load(SCHEMAS, "schemas")["assumptions"]
    assumed = {
        *(assumption.id for assumption in assumptions),
        *(assumption["id"] for assumption in shipped),
    }
    problems = [
        *_wrong_days("attestations", entries, "date", "expires"),
        *_unknown("attestations", "subject", entries, {*attestable, *assumed}),
    ]
    _refuse(path, problems)
    return tuple(Attestation(**entry) for entry in entries)


_Entries = list[dict[str, Any]]


def _wrong_days(name: str, entries: _Entries, *days: str) -> Iterator[str]:
    """Yield values that are no date in TOML, and entries that end before they begin."""
    for n, entry in enumerate(entries):
        wrong = [day for day in days if type(entry[day]) is not dt.date]
        for day in wrong:
            yield (
                f"{name}[{n}].{day} is {str(entry[day])!r}; expected: a date without "
                "quotes and time, such as 2026-03-31"
            )
        if not wrong and entry["expires"] < entry.get("date", entry["expires"]):
            yield (
                f"{name}[{n}].expires is {entry['expires']}; expected: not before its "
                f"date, {entry['date']}"
            )


def _unknown(
    name: str, field: str, entries: _Entries, known: Iterable[str]
) -> Iterator[str]:
    """Yield entries for unknown criteria, or for criteria that a check decides."""
    known = sorted(known)
    for n, entry in enumerate(entries):
        if field in entry and entry[field] not in known:
            close = get_close_matches(entry[field], known, n=1)
            meant = f". Did you mean {close[0]!r}?" if close else ""
            yield (
                f"{name}[{n}].{field} is {entry[field]!r}; expected: a criterion of "
                f"promotion/criteria.toml that can be {_CAN[name]}{meant}"
            )


_CAN = {
    "waivers": "waived",
    "attestations": "attested (kind attest), or an assumption of the contract",
}


def _refuse(path: Path, problems: list[str]) -> None:
    if problems:
        raise BadInputError("\n".join(f"{path}: {problem}" for problem in problems))
