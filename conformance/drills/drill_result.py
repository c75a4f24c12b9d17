"""What became of one run's restores: of each table its facts, or why there are none."""

from dataclasses import dataclass, field

from conformance.aws.recorder import add_evidence
from conformance.drills.leftovers import Left
from conformance.drills.restore import Restore
from conformance.model.drill_names import DrillName
from conformance.model.finding import Observation


@dataclass
class Drilled:
    """One run's restores in one region, and what it left."""

    restores: dict[tuple[str, str], Restore] = field(default_factory=dict, kw_only=True)
    """By declared table and kind."""
    errors: dict[str, Exception] = field(default_factory=dict, kw_only=True)
    """Why a table could not be drilled, by declared name; the others were."""
    unseen: dict[str, Exception] = field(default_factory=dict, kw_only=True)
    """Why nobody knows how a table was left, though it was drilled."""
    remains: list[Left] = field(default_factory=list, kw_only=True)
    """What is still there after everything was removed."""
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict, kw_only=True)
    """What became different of a source table, by declared name."""
    observations: list[Observation] = field(default_factory=list, kw_only=True)
    error: Exception | None = field(default=None, kw_only=True)
    """Why none could be drilled."""

    def of(self, table: str, kind: str) -> Restore:
        """What became of one restore.

        Raises:
            UnreadableError, NotAssessedError: as it was.
        """
        self._require(self.error, self.errors.get(table))
        restore = self.restores[table, kind]
        add_evidence(restore.observations)
        return restore

    def remains_of(self, table: str, deployed: str) -> tuple[str, ...]:
        """What is still there of the drill of a table, by its deployed name.

        Raises:
            UnreadableError, NotAssessedError: it was not drilled, or what it left
                could not be looked for, or removed.
        """
        self._require(self.error, self.errors.get(table), self.unseen.get(table))
        return tuple(str(it) for it in self.remains if _is_of(it, deployed))

    def changes_of(self, table: str) -> tuple[str, ...]:
        """What became different of a source table.

        Raises:
            UnreadableError, NotAssessedError: it was not drilled, or not seen after.
        """
        self._require(self.error, self.errors.get(table), self.unseen.get(table))
        return self.changed.get(table, ())

    def _require(self, *problems: Exception | None) -> None:
        add_evidence(self.observations[-1:])
        for problem in filter(None, problems):
            raise problem.with_traceback(None)


def _is_of(left: Left, deployed: str) -> bool:
    """Whether it is of this table; a job bears the table's name itself."""
    ours = DrillName.parse(left.name)
    return deployed == (ours.table if ours else left.name)
