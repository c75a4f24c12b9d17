"""The names of the tables, backups and recovery points that drills make.

A name holds its source table, the kind of restore, the time and the run. A later sweep
recognises what to remove by the name alone.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from conformance.model.suite_keys import PREFIX

KINDS = ("pitr", "backup", "point", "copy")
"""Restores as of a time, from an on-demand backup, a recovery point, and a copy."""
TAG = "conformance-suite"
"""The key of the tag whose value is the drill name."""
_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(
    rf"{PREFIX}(?P<table>.+)-(?P<kind>{'|'.join(KINDS)})"
    r"-(?P<made>\d{8}T\d{6}Z)-(?P<run>[0-9a-f]{8})"
)


@dataclass(frozen=True)
class DrillName:
    """The name of something that a drill makes of one table."""

    table: str
    """The deployed name of its source."""
    kind: str
    """One of KINDS."""
    made: datetime
    """The time at which the drill began, UTC."""
    run: str
    """The id of the run, eight hexadecimal digits."""

    @property
    def name(self) -> str:
        """Return the name of the table or backup, or the tag of the recovery point."""
        return f"{PREFIX}{self.table}-{self.kind}-{self.made:{_STAMP}}-{self.run}"

    @classmethod
    def parse(cls, name: str) -> Self | None:
        """Read a name; return None if this suite cannot have given it."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        try:
            made = datetime.strptime(match["made"], _STAMP).replace(tzinfo=UTC)
        except ValueError:
            return None
        return cls(match["table"], match["kind"], made, match["run"])
