"""The criteria as a signer reads them: settled or open, why, and who acts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.gate.decision import Decided, Decision
from conformance.model.finding import HELD, Outcome

CAUSES = {
    "failed": "Failed: deployed or measured otherwise than declared",
    "error": "Could not be looked at: denied, throttled or unreachable",
    "part": "Only a part of the checks has evidence, or was allowed to run",
    "target": "This target is no AWS and cannot prove it",
    "nothing": "No accepted run has decided it",
    "person": "A person must say it, and nobody has",
}
"""Why a criterion is open, in the order in which they are told."""


@dataclass(frozen=True)
class Row:
    """One criterion at the gate."""

    decided: Decided
    held: int
    total: int
    """How many checks there are, by the files as they are now."""
    cause: str
    """Why it is open, of `CAUSES`; empty if it is settled or does not block."""
    change: str
    """What the previous sign-off said, if it said something else."""

    @property
    def id(self) -> str:
        """The criterion's id, which is also its anchor."""
        return self.decided.criterion.id


def rows(decision: Decision, previous: Mapping[str, Any] | None) -> list[Row]:
    """Every criterion of the gate, in the order of the plan."""
    before = previous["criteria"] if previous else None
    return [
        Row(
            decided=decided,
            held=sum(it.outcome in HELD for it in decided.findings),
            total=len(
                {test.id for test in decision.gate.expected.get(name, ())}
                | {finding.test for finding in decided.findings}
            ),
            cause=_cause(decision, decided),
            change="" if before is None else _change(decided, before.get(name)),
        )
        for name, decided in decision.criteria.items()
    ]


def grouped_by_cause(table: Iterable[Row]) -> dict[str, list[Row]]:
    """What blocks, by why it is open; causes that nothing has are left out."""
    table = list(table)
    groups = {
        words: [it for it in table if it.cause == cause]
        for cause, words in CAUSES.items()
    }
    return {words: found for words, found in groups.items() if found}


def acting(table: Iterable[Row]) -> dict[str, list[Row]]:
    """What blocks, by the role that acts on it."""
    roles: dict[str, list[Row]] = {}
    for row in table:
        if row.cause:
            roles.setdefault(row.decided.criterion.role, []).append(row)
    return dict(sorted(roles.items(), key=lambda it: -len(it[1])))


def shown_sha256(digest: str) -> str:
    """A digest in groups of eight, so that people can compare it."""
    return " ".join(digest[n : n + 8] for n in range(0, len(digest), 8))


def _cause(decision: Decision, decided: Decided) -> str:
    criterion = decided.criterion
    if not decided.blocks:
        return ""
    if decided.outcome is Outcome.FAIL:
        return "failed"
    if decided.outcome is Outcome.ERROR:
        return "error"
    if criterion.kind == "attest":
        return "person"
    if criterion.id in decision.gate.environment.cannot_prove:
        return "target"
    return "part" if decided.findings else "nothing"


def _change(decided: Decided, before: Mapping[str, Any] | None) -> str:
    if before is None:
        return "new"
    was = str(before["outcome"])
    return "" if was == decided.outcome else f"was {was.replace('_', ' ')}"
