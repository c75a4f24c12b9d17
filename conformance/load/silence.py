"""How long a table answered nobody."""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(slots=True)
class Answers:
    """When a table answered; seconds since 1970."""

    first: float
    last: float
    silence: float = 0.0
    """The longest time between two answers, in seconds."""

    def heard(self, moments: list[float]) -> None:
        """Take in later answers, in their order."""
        gaps = (after - before for before, after in pairwise([self.last, *moments]))
        self.silence = max(self.silence, *gaps)
        self.last = moments[-1]

    def add(self, other: "Answers") -> None:
        """Take in what another process heard meanwhile.

        Nobody was answered only while no process was; one that heard nothing before
        its first answer, or after its last one, met silence then, too.
        """
        first, last = min(self.first, other.first), max(self.last, other.last)
        self.silence = min(it.within(first, last) for it in (self, other))
        self.first, self.last = first, last

    def within(self, begin: float, end: float) -> float:
        """The longest silence of a longer time."""
        return max(self.silence, self.first - begin, end - self.last)
