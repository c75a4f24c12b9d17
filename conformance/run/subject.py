"""The subject of a check: a region, or something in it that is declared by name."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Subject:
    """A region, a table, an index, or another part that is declared by name."""

    region: str
    """Empty for what is only declared."""
    table: str = ""
    index: str = ""
    part: str = ""
    """A service, an access pattern, an alarm or a kind of restore, by its name."""

    @property
    def name(self) -> str:
        """Return the subject as a finding names it."""
        return "/".join(filter(None, (self.table, self.index, self.part)))

    @property
    def id(self) -> str:
        """Return the subject as a test's id names it."""
        return "-".join(filter(None, (self.region, *self.name.split("/"))))
