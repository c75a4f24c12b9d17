"""The names of tables, backups and recovery points that a drill makes, and no others.

They say what of, what for, when and by which run, so that a later sweep knows them
without any memory of its own.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from conformance.model.suite_keys import PREFIX

KINDS = ("pitr", "backup", "point", "copy")
"""Restored to a time, from an on-demand backup, from a recovery point, from a copy."""
TAG = "conformance-suite"
"""The tag of what takes one; its value is the name."""
_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(
    rf"{PREFIX}(?P<table>.+)-(?P<kind>{'|'.join(KINDS)})"
    r"-(?P<made>\d{8}T\d{6}Z)-(?P<run>[0-9a-f]{8})"
)


@dataclass(frozen=True)
class Ours:
    """Something that a drill makes of one table."""

    table: str
    """The deployed name of its source."""
    kind: str
    made: datetime
    run: str

    @property
    def name(self) -> str:
        """The name of the table or backup, the tag of the recovery point."""
        return f"{PREFIX}{self.table}-{self.kind}-{self.made:{_STAMP}}-{self.run}"


def recognised(name: str) -> Ours | None:
    """What the name says, if only this suite can have given it."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        made = datetime.strptime(match["made"], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Ours(match["table"], match["kind"], made, match["run"])
