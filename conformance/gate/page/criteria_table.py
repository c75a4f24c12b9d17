"""The table of the criteria: settled or open, why, and who acts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.config.environment import Environment
from conformance.gate.decision import CriterionResult, GateResult
from conformance.model.finding import HELD, Outcome

CAUSES = {
    "failed": "Failed: deployed or measured otherwise than declared",
    "error": "Could not be looked at: denied, throttled or unreachable",
    "part": "Only a part of the checks has evidence, or was allowed to run",
    "target": "This target is not AWS and cannot prove it",
    "nothing": "No accepted run has decided it",
    "person": "A person must attest it, and nobody has",
}
"""The causes for which a criterion is open, in the order of the page."""


@dataclass(frozen=True)
class Row:
    """A row of the table: one criterion at the gate."""

    result: CriterionResult
    held: int
    total: int
    """The number of its checks, by the files as they are now."""
    cause: str
    """One of `CAUSES`; empty if the criterion is settled or does not block."""
    change: str
    """The outcome in the previous sign-off, if it was another one."""

    @property
    def id(self) -> str:
        """The criterion's id, which is also its anchor."""
        return self.result.criterion.id


def criteria_table(result: GateResult, previous: Mapping[str, Any] | None) -> list[Row]:
    """Return a row for every criterion of the gate, in the order of the catalogue."""
    before = previous["criteria"] if previous else None
    return [
        Row(
            result=criterion,
            held=sum(finding.outcome in HELD for finding in criterion.findings),
            total=len(
                {test.id for test in result.gate.expected.get(name, ())}
                | {finding.test for finding in criterion.findings}
            ),
            cause=_cause(criterion, result.gate.inputs.environment),
            change="" if before is None else _change(criterion, before.get(name)),
        )
        for name, criterion in result.criteria.items()
    ]


def open_by_cause(table: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows that block, by the words of their cause."""
    groups = {
        words: [row for row in table if row.cause == cause]
        for cause, words in CAUSES.items()
    }
    return {words: rows for words, rows in groups.items() if rows}


def open_by_role(table: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows that block, by the role that acts on them, most rows first."""
    roles: dict[str, list[Row]] = {}
    for row in table:
        if row.cause:
            roles.setdefault(row.result.criterion.role, []).append(row)
    return dict(sorted(roles.items(), key=lambda role: -len(role[1])))


def shown_sha256(digest: str) -> str:
    """Return a digest in groups of eight, so that people can compare it."""
    return " ".join(digest[n : n + 8] for n in range(0, len(digest), 8))


def _cause(result: CriterionResult, environment: Environment) -> str:
    if not result.blocks:
        return ""
    if result.outcome is Outcome.FAIL:
        return "failed"
    if result.outcome is Outcome.ERROR:
        return "error"
    if result.criterion.kind == "attest":
        return "person"
    if result.criterion.id in environment.cannot_prove:
        return "target"
    return "part" if result.findings else "nothing"


def _change(result: CriterionResult, before: Mapping[str, Any] | None) -> str:
    if before is None:
        return "new"
    was = str(before["outcome"])
    return "" if was == result.outcome else f"was {was.replace('_', ' ')}"
