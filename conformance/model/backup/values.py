"""The words for backups: values with equality, declared and observed alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import total_ordering
from itertools import pairwise
from math import inf
from typing import Any

_MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@total_ordering
@dataclass(frozen=True, repr=False)
class Minutes:
    """A time span that is compared; where it comes from is told, not compared."""

    minutes: float
    """Infinite for what never was."""
    told: str = field(default="", compare=False)

    def __lt__(self, other: "Minutes") -> bool:
        """Shorter."""
        return self.minutes < other.minutes

    def __repr__(self) -> str:
        """Return the span in words."""
        span = "never" if self.minutes == inf else f"{self.minutes:.0f} min"
        return f"{span} ({self.told})" if self.told else span


@dataclass(frozen=True, repr=False)
class Retention:
    """The time for which a recovery point is kept."""

    days: int | None
    """None if it is kept for ever."""

    def __repr__(self) -> str:
        """Return the retention in words."""
        return "for ever" if self.days is None else f"{self.days} days"


@dataclass(frozen=True, repr=False)
class Copy:
    """The vault that recovery points are copied to, and the retention of the copies."""

    vault_arn: str
    retention: Retention

    def __repr__(self) -> str:
        """Return the copy in words."""
        return f"{self.vault_arn}, kept {self.retention}"


@dataclass(frozen=True, repr=False)
class VaultKind:
    """The type of a vault, and its state."""

    type: str
    state: str

    def __repr__(self) -> str:
        """Return the kind in words."""
        return f"{self.type}, {self.state}"


@dataclass(frozen=True, repr=False)
class Role:
    """A role, and whether AWS Backup can assume it."""

    name: str
    assumable: bool
    told: str = field(default="", compare=False)

    def __repr__(self) -> str:
        """Return the role in words."""
        able = "can" if self.assumable else "cannot"
        because = f": {self.told}" if self.told else ""
        return f"{self.name}, which AWS Backup {able} assume{because}"


@dataclass(frozen=True)
class Timeline:
    """The times at which a table was backed up in the 24 hours before a moment."""

    moments: Sequence[datetime]
    """The times of all recovery points that count, in order, older ones included."""
    since: datetime
    """The beginning of the plan if it is younger than 24 hours, else 24 hours ago."""
    now: datetime

    @property
    def age(self) -> Minutes:
        """The age of the newest recovery point."""
        if not self.moments:
            return Minutes(inf, "no recovery point")
        newest = self.moments[-1]
        told = f"newest {newest:%Y-%m-%d %H:%M:%S} UTC"
        return Minutes(max(0.0, (self.now - newest) / _MINUTE), told)

    @property
    def count(self) -> int:
        """The number of recovery points in the window."""
        return sum(moment > self.since for moment in self.moments)

    def missed(self, runs: Iterable[datetime], window: Minutes) -> list[datetime]:
        """Return the runs that left no recovery point of their own.

        A job starts within the window that begins with its run. Runs are in order, and
        each takes the first moment that no earlier run has taken.
        """
        free = list(self.moments)
        missed = []
        for run in runs:
            end = run + window.minutes * _MINUTE
            found = [moment for moment in free if run <= moment < end]
            if found:
                free.remove(found[0])
            else:
                missed.append(run)
        return missed

    @property
    def largest_gap(self) -> Minutes:
        """Between two neighbours of which the later lies in the window.

        Before the first of all, the window's beginning is its neighbour.
        """
        known = [*self.moments] if self._reaches_back else [self.since, *self.moments]
        gaps = [
            Minutes((later - earlier) / _MINUTE, f"after {earlier:%Y-%m-%d %H:%M} UTC")
            for earlier, later in pairwise(known)
            if later > self.since
        ]
        return max(gaps, default=Minutes(inf, "no recovery point"))

    @property
    def numbers(self) -> dict[str, Any]:
        """The timeline as evidence."""
        gap, age = self.largest_gap.minutes, self.age.minutes
        return {
            "newest_recovery_point_age_min": None if age == inf else round(age, 1),
            "recovery_points_24h": self.count,
            "largest_gap_min": None if gap == inf else round(gap, 1),
            "timeline": [
                moment.isoformat("T", "seconds")
                for moment in self.moments
                if moment > self.since
            ],
        }

    @property
    def _reaches_back(self) -> bool:
        return bool(self.moments) and self.moments[0] <= self.since
