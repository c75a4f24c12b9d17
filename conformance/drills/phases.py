"""The phases of a restore, and how long each took."""

import time
from dataclasses import dataclass, field

ACCEPTED = "request accepted"
RESTORING = "restoring"
ACTIVE = "table ACTIVE"
INDEXES = "every index ACTIVE"
READ = "first consistent read"
VERIFIED = "data verified"
REPAIRED = "settings repaired"
ORDER = (ACCEPTED, RESTORING, ACTIVE, INDEXES, READ, VERIFIED, REPAIRED)
"""Events that each end a phase, which began where the one before it ended."""


@dataclass
class Phases:
    """The moments of one restore, in seconds of the monotonic clock."""

    began: float = field(default_factory=time.monotonic)
    ended: dict[str, float] = field(default_factory=dict)

    def end(self, phase: str) -> None:
        """End a phase now."""
        self.ended.setdefault(phase, time.monotonic())

    @property
    def now(self) -> str:
        """The phase that has not ended."""
        return next((phase for phase in ORDER if phase not in self.ended), "done")

    @property
    def elapsed_s(self) -> float:
        """The time from the request to now, or to the end of the last phase."""
        last = self.ended.get(ORDER[-1], time.monotonic())
        return last - self.began

    @property
    def sum_s(self) -> float:
        """All phases together: the measured RTO."""
        return max(self.ended.values(), default=self.began) - self.began

    @property
    def spans(self) -> list[tuple[str, float, float]]:
        """Each phase with its start and end, in seconds since the request."""
        listed, start = [], 0.0
        for phase in ORDER:
            if phase in self.ended:
                end = round(self.ended[phase] - self.began, 3)
                listed.append((phase, start, end))
                start = end
        return listed
