"""Waivers, which accept a failure until a date."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.config.dated_entries import refuse, unknown, wrong_days
from conformance.config.file_reader import PROMOTION, load
from conformance.model.criterion import Catalogue
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


def load_waivers(
    catalogue: Catalogue, path: Path = PROMOTION / "waivers.toml"
) -> tuple[Waiver, ...]:
    """Every waiver of the file.

    Raises:
        BadInputError: with every problem of the file.
    """
    entries = load(path, "waivers").get("waivers", [])
    problems = [
        *wrong_days("waivers", entries, "expires"),
        *unknown("waivers", "criterion", entries, catalogue, "waived"),
    ]
    refuse(path, problems)
    return tuple(Waiver(**entry) for entry in entries)
