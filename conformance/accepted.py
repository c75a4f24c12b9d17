"""What people add to the facts: waivers accept a failure, attestations state a fact."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.criteria import Catalogue
from conformance.documents import PROMOTION, load
from conformance.errors import BadInputError


@dataclass(frozen=True)
class Waiver:
    """A FAIL that its owner accepts until a date."""

    environment: str
    criterion: str
    subject: str
    region: str
    reason: str
    owner: str
    ticket: str
    expires: dt.date
    """The last day it holds, UTC."""

    def covers(self, criterion: str, subject: str, region: str) -> bool:
        """Whether it was written for this criterion, of this subject, here."""
        return (self.criterion, self.subject, self.region) == (
            criterion,
            subject,
            region,
        )


@dataclass(frozen=True)
class Attestation:
    """What a person said, about a criterion or an assumption."""

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
    waivers = tuple(Waiver(**each) for each in _entries(path, "waivers", "expires"))
    _refuse_unknown(path, (it.criterion for it in waivers), catalogue)
    return waivers


def load_attestations(
    catalogue: Catalogue, path: Path = PROMOTION / "attestations.toml"
) -> tuple[Attestation, ...]:
    """Every attestation of the file.

    Raises:
        BadInputError: with every problem of the file.
    """
    entries = _entries(path, "attestations", "date", "expires")
    attestations = tuple(Attestation(**each) for each in entries)
    criteria = (it.subject for it in attestations if not it.subject.startswith("ASM"))
    _refuse_unknown(path, criteria, catalogue)
    return attestations


def _entries(path: Path, name: str, *days: str) -> list[dict[str, Any]]:
    """The entries of the file, with days that TOML knows as dates."""
    entries: list[dict[str, Any]] = load(path, name).get(name, [])
    problems = [
        f"{path}: {name}.{n}.{day} is {entry[day]!r}; expected: a date without quotes "
        "and time, such as 2026-03-31"
        for n, entry in enumerate(entries)
        for day in days
        if type(entry[day]) is not dt.date
    ]
    if problems:
        raise BadInputError("\n".join(problems))
    return entries


def _refuse_unknown(path: Path, ids: Iterable[str], catalogue: Catalogue) -> None:
    unknown = sorted(set(ids) - set(catalogue))
    if unknown:
        raise BadInputError(f"{path}: no such criterion: {', '.join(unknown)}")
