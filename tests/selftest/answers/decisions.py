"""The members that no criterion notices, and why: `ignored.toml`."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

KINDS = ("elsewhere", "open", "ignored")
FILE = Path(__file__).with_name("ignored.toml")


@dataclass(frozen=True)
class Decision:
    """Why nobody notices some members."""

    kind: str
    """`ignored`, `elsewhere` or `open`: see the file."""
    reason: str
    members: tuple[str, ...]
    """As `Place` writes them; `*` stands for anything."""

    def covers(self, place):
        """Return True if the decision is about this member."""
        return any(_pattern(member).fullmatch(str(place)) for member in self.members)


@dataclass(frozen=True)
class Decisions:
    """All of them, and why some operations are asked of no conforming environment."""

    members: tuple[Decision, ...]
    not_asked: dict[str, str]

    def about(self, place):
        """Return the decision about a member, None if there is none."""
        return next((known for known in self.members if known.covers(place)), None)


def load_decisions(file=FILE):
    """Read the file."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    members = [
        Decision(kind, entry["reason"], tuple(entry["members"]))
        for kind in KINDS
        for entry in document.get(kind, [])
    ]
    return Decisions(tuple(members), document.get("not_asked", {}))


def _pattern(member):
    return re.compile(re.escape(member).replace(r"\*", ".*"))
