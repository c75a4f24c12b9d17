"""The result of one restore: its facts, or why there are none."""

from dataclasses import dataclass, field
from typing import Any

from conformance.aws.recorder import StepLog
from conformance.deployed import DeployedTable
from conformance.drills import phases
from conformance.drills.phases import Phases
from conformance.drills.restore_request import RestoreRequest
from conformance.drills.settings_repair import Shape, require_key
from conformance.model.errors import NotAssessedError
from conformance.model.text import shortened

NONE: tuple[str, ...] = ()
_LISTED = 10


@dataclass
class RestoreResult:
    """The facts of one restore, and the evidence for them."""

    request: RestoreRequest
    phases: Phases = field(default_factory=Phases)
    last_status: str = ""
    """`ACTIVE` once it is restored; else what AWS said of it."""
    shape: Shape | None = None
    source_shape: Shape | None = None
    present: frozenset[str] = frozenset()
    """The indexes that the restored table has."""
    settings: dict[str, str] = field(default_factory=dict)
    source_settings: dict[str, str] = field(default_factory=dict)
    not_restored: list[dict[str, str]] = field(default_factory=list)
    differing: tuple[str, ...] = NONE
    """The items that are not as they must be: by key, with what differs."""
    not_comparable: tuple[str, ...] = NONE
    """The differences that may be later writes of others."""
    compared: int = 0
    rpo_s: float | None = None
    numbers: dict[str, Any] = field(default_factory=dict)
    log: StepLog = field(default_factory=StepLog)

    @property
    def source(self) -> DeployedTable:
        """The table that is restored."""
        return self.request.source

    @property
    def ended(self) -> bool:
        """True once nothing more will come of it."""
        return self.log.error is not None or phases.REPAIRED in self.phases.ended

    @property
    def status(self) -> str:
        """`ACTIVE` once it was restored; else what AWS said.

        Raises:
            Exception: AWS said nothing about it.
        """
        if not self.last_status:
            self.log.require()
        return self.last_status

    @property
    def differences(self) -> tuple[str, ...]:
        """The items that are not as they must be.

        Raises:
            Exception: as the restore ended; NotAssessedError for what may be later
                writes of others.
        """
        self.log.require()
        if not self.differing and self.not_comparable:
            listed = shortened(self.not_comparable, _LISTED)
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
        self.log.require()
        if self.shape is None:
            raise NotAssessedError("the shape of the restored table was not read")
        if self.request.name.kind == "copy" and self.source_shape is not None:
            require_key(self.source_shape, self.shape, self.request.place)
        return self.shape

    @property
    def repaired_settings(self) -> dict[str, str]:
        """The restored table's settings after the repair."""
        self.log.require()
        return self.settings

    @property
    def rto_s(self) -> float:
        """The time from the request to the end of the last phase."""
        self.log.require()
        return round(self.phases.sum_s, 3)

    @property
    def lost_s(self) -> float:
        """The age of the newest write that came back.

        Raises:
            NotAssessedError: none came back that could tell.
        """
        self.log.require()
        if self.rpo_s is None:
            raise NotAssessedError("no write of the drill came back (RST-1, RST-2)")
        return self.rpo_s

    @property
    def comparison(self) -> dict[str, Any]:
        """The number of items compared, and what differs."""
        return {
            "items_compared": self.compared,
            "differences": list(self.differing),
            "not_comparable": list(self.not_comparable),
        }

    @property
    def loss(self) -> dict[str, Any]:
        """The writes around the loss, and what bounds it."""
        restored_to = self.request.moment
        return {
            **self.numbers,
            **self.request.facts,
            "restored_to": restored_to.isoformat() if restored_to else "",
            "rpo_s": self.rpo_s,
        }
