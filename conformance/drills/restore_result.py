"""What became of one restore: its facts, or why there are none."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from conformance.aws.recorder import collecting
from conformance.deployed import DeployedTable
from conformance.drills import phases
from conformance.drills.phases import Phases
from conformance.drills.restore_request import Asking, NotRestorableError
from conformance.drills.settings_repair import Shape, require_key
from conformance.model.errors import NotAssessedError
from conformance.model.finding import Observation
from conformance.model.table import Table

NONE: tuple[str, ...] = ()
_LISTED = 10


@dataclass
class Restored:
    """What became of one restore, and what it rests on."""

    declared: Table
    asking: Asking
    tolerance: timedelta
    phases: Phases = field(default_factory=Phases)
    said: str = ""
    """`ACTIVE` once it is restored; else what AWS said of it."""
    shape: Shape | None = None
    source_shape: Shape | None = None
    present: frozenset[str] = frozenset()
    """The indexes that the restored table has."""
    unseen: tuple[str, ...] = NONE
    settings: dict[str, str] = field(default_factory=dict)
    source_settings: dict[str, str] = field(default_factory=dict)
    not_restored: list[dict[str, str]] = field(default_factory=list)
    differing: tuple[str, ...] = NONE
    """Items that are not as they must be: by key, with what differs."""
    not_comparable: tuple[str, ...] = NONE
    """Differences that may be later writes of others."""
    compared: int = 0
    rpo_s: float | None = None
    numbers: dict[str, Any] = field(default_factory=dict)
    observations: list[Observation] = field(default_factory=list)
    error: Exception | None = None

    @property
    def source(self) -> DeployedTable:
        """The table that is restored."""
        return self.asking.source

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.error is not None or phases.REPAIRED in self.phases.ended

    @property
    def status(self) -> str:
        """`ACTIVE` once it was restored; else what AWS said.

        Raises:
            Exception: AWS said nothing about it.
        """
        if not self.said:
            self._require()
        return self.said

    @property
    def differences(self) -> tuple[str, ...]:
        """What is not as it must be.

        Raises:
            Exception: as the restore ended; NotAssessedError for what may be later
                writes of others.
        """
        self._require()
        if not self.differing and self.not_comparable:
            listed = ", ".join(self.not_comparable[:_LISTED])
            raise NotAssessedError(
                f"{len(self.not_comparable)} differences may be later writes of "
                f"others, as the source was not quiet: {listed}"
            )
        return self.differing

    @property
    def restored_shape(self) -> Shape:
        """The restored table's shape.

        Raises:
            Exception: as the restore ended; NotAssessedError where a copy's key would
                have to be declared.
        """
        self._require()
        assert self.shape is not None  # noqa: S101 -- restored
        if self.asking.ours.kind == "copy" and self.source_shape is not None:
            require_key(self.source_shape, self.shape, self.asking.place)
        return self.shape

    @property
    def repaired_settings(self) -> dict[str, str]:
        """The restored table's settings after the repair."""
        self._require()
        return self.settings

    @property
    def rto_s(self) -> float:
        """From the request to the end of the last phase."""
        self._require()
        return round(self.phases.sum_s, 3)

    @property
    def lost_s(self) -> float:
        """How old the newest write is that came back.

        Raises:
            NotAssessedError: none came back that could tell.
        """
        self._require()
        if self.rpo_s is None:
            raise NotAssessedError("no write of the drill came back (RST-1, RST-2)")
        return self.rpo_s

    @property
    def comparison(self) -> dict[str, Any]:
        """How much was compared, and what differs."""
        return {
            "items_compared": self.compared,
            "differences": list(self.differing),
            "not_comparable": list(self.not_comparable),
        }

    @property
    def loss(self) -> dict[str, Any]:
        """The writes around the loss, and what bounds it."""
        restored_to = self.asking.moment
        return {
            **self.numbers,
            **self.asking.facts,
            "restored_to": restored_to.isoformat() if restored_to else "",
            "rpo_s": self.rpo_s,
        }

    def _require(self) -> None:
        if self.error:
            raise self.error.with_traceback(None)

    def attempt(self, step: Callable[[], None]) -> None:
        """Take a step; keep what it rests on, and its error if it is the first."""
        if self.error:
            return
        with collecting() as observations:
            try:
                step()
            except NotRestorableError as problem:
                self.said = str(problem)
                self.error = NotAssessedError(f"not restored: {problem}")
            except Exception as problem:  # noqa: BLE001 -- waits for its reader
                self.error = problem
        self.observations += observations
