"""The status of a table, an index or a replica at a moment."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aws_standin.clock import Clock
from aws_standin.dynamodb.settings import Settings
from aws_standin.dynamodb.tables import Phase, Table

ACTIVE = "ACTIVE"


@dataclass
class Statuses:
    """Begins statuses that pass by themselves, and says which one holds."""

    clock: Clock
    settings: Settings

    def begin(
        self, table: Table, status: str, setting: str, part: str = ""
    ) -> Phase | None:
        """Let a status hold for as long as a setting says; None when that is 0."""
        seconds = self.settings.of(table.name, setting)
        if not seconds:
            return None
        phase = Phase(status, self.clock.now() + timedelta(seconds=seconds))
        table.phases[part] = phase
        return phase

    def of(self, table: Table, part: str = "") -> str:
        """Return the status of a table, or of "index/NAME" or "replica/REGION"."""
        held = self.settings.held_status(table.name, part)
        if held:
            return held
        phase = self.phase(table, part)
        return phase.status if phase else ACTIVE

    def phase(self, table: Table, part: str = "") -> Phase | None:
        """Return the phase that lasts; a finished one is forgotten.

        DELETING of a table lasts until the table is gone.
        """
        phase = table.phases.get(part)
        if phase and not part and phase.status == "DELETING":
            return phase
        if phase and phase.until <= self.clock.now():
            del table.phases[part]
            return None
        return phase

    def leaving(self, table: Table) -> list[dict[str, Any]]:
        """Return the descriptions of indexes that are still being deleted."""
        parts = [part for part in table.phases if part.startswith("index/")]
        phases = [phase for part in parts if (phase := self.phase(table, part))]
        return [phase.description for phase in phases if phase.description]
