"""Findings: an outcome about a subject, and the facts that support it."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self, TypeVar

K = TypeVar("K", bound=Hashable)


class Outcome(StrEnum):
    """The outcome of one criterion, worst first."""

    FAIL = "FAIL"
    """An assertion did not hold."""
    ERROR = "ERROR"
    """We could not look: denied, throttled, unreachable, or a defect of the check."""
    NOT_ASSESSED = "NOT_ASSESSED"
    """Not run, or this target cannot prove it."""
    WAIVED = "WAIVED"
    """A FAIL that an unexpired waiver accepts."""
    ATTESTED = "ATTESTED"
    """A person said so, dated, with evidence."""
    PASS = "PASS"  # noqa: S105 -- an outcome, no password
    NOT_APPLICABLE = "NOT_APPLICABLE"
    """The declaration says that there is nothing to check."""


HELD = (Outcome.PASS, Outcome.NOT_APPLICABLE)
"""The outcomes that nobody needs to accept, and that need no further look."""


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst outcome; NOT_ASSESSED if there is none."""
    order = list(Outcome)
    return min(outcomes, key=order.index, default=Outcome.NOT_ASSESSED)


@dataclass(frozen=True)
class Observation:
    """One request to AWS and how it ended. Holds no content of items, no secrets."""

    id: str
    """Unique in its run; findings refer to it."""
    service: str
    operation: str
    region: str
    parameters: dict[str, Any]
    status: int
    """HTTP status; 0 when no answer came."""
    request_id: str
    error: str
    """AWS's error code, or what kept the request from being answered."""
    time: str
    """The time at which it was sent, UTC, ISO 8601."""
    duration_ms: float
    answered_at: str = ""
    """The `Date` header of the answer, which is AWS's own time; empty without one."""
    host: str = ""
    """The host that answered; empty where nobody did."""
    settings: str = ""
    """The hash of the settings in the answer; empty if it tells none."""
    denied: str = ""
    """The right that AWS says is missing, and on what; empty if it says none."""


@dataclass(frozen=True)
class Finding:
    """A criterion decided for one subject in one region."""

    criterion: str
    test: str
    """The pytest id of the check."""
    subject: str
    """Table, `table/index`, or the environment's name."""
    region: str
    outcome: Outcome
    reason: str
    observed: str = ""
    declared: str = ""
    required: bool = True
    excused: bool = False
    """NOT_ASSESSED because this target, which is no AWS, cannot prove it."""
    seen: str = ""
    """The hash of the settings that it read and did not understand; or empty."""
    requirement: str = ""
    """The check's docstring."""
    numbers: dict[str, Any] = field(default_factory=dict)
    """The measurements, with the unit in the name."""
    observations: tuple[Observation, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the finding as it stands in `run.json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the finding that `as_json` gave."""
        observations = tuple(
            Observation(**observation) for observation in content["observations"]
        )
        outcome = Outcome(content["outcome"])
        return cls(**{**content, "observations": observations, "outcome": outcome})


def grouped(
    findings: Iterable[Finding], key: Callable[[Finding], K]
) -> dict[K, list[Finding]]:
    """Group findings by a key, in the order of the first of each group."""
    groups: dict[K, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(key(finding), []).append(finding)
    return groups


def facts(finding: Finding) -> str:
    """Return the text that describes a finding, the same for all that are alike."""
    if finding.outcome is Outcome.FAIL and finding.declared:
        return f"observed: {finding.observed}\ndeclared: {finding.declared}"
    return finding.reason
