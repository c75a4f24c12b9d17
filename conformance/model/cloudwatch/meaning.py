"""The condition that raises an alarm, and whether it is as strict as another one."""

from dataclasses import dataclass
from math import ceil

_EXCLUSIVE, _INCLUSIVE = "GreaterThanThreshold", "GreaterThanOrEqualToThreshold"
_ABOVE = {_EXCLUSIVE: ">", _INCLUSIVE: ">="}
_COUNTS = frozenset({"SampleCount", "Sum"})
_NEVER_BELOW = {
    "Minimum": {"Minimum", "Average", "Maximum"},
    "Average": {"Average", "Maximum"},
    "Maximum": {"Maximum"},
    "Sum": {"Sum"},
    "SampleCount": {"SampleCount"},
}
"""The statistics of the same kind that are at least as high as another one.

A sum is none of them: of latencies it tells how many there were.
"""
_NOT_ZERO = frozenset({"Average", "Maximum", "SampleCount", "Sum"})
"""They are above 0 wherever any sample of a period is."""
_GROWING = frozenset({"Maximum", "SampleCount", "Sum"})
"""They are no lower over a longer period that contains the shorter one."""
_PUBLISHED_S = 60
"""The shortest time between two datapoints that AWS publishes."""


@dataclass(frozen=True, repr=False)
class Meaning:
    """The condition that raises an alarm."""

    statistic: str
    period_s: int
    datapoints: int
    """The number of periods that must breach."""
    comparison: str
    threshold: float

    def __repr__(self) -> str:
        """Return the meaning in words."""
        sign = _ABOVE.get(self.comparison, self.comparison)
        times = f", {self.datapoints} times" if self.datapoints > 1 else ""
        return f"{self.statistic} of {self.period_s} s {sign} {self.threshold:g}{times}"

    def misses(self, declared: "Meaning") -> str:
        """Return what is declared to raise it and would not; empty if all would."""
        if self.comparison not in _ABOVE:
            return f"{self.comparison} instead of {declared.comparison}"
        if self.statistic not in declared.at_least:
            return f"{self.statistic} instead of {declared.statistic}"
        if not self._periods_contain(declared):
            return f"period {self.period_s} s instead of {declared.period_s} s"
        most = ceil(declared.datapoints * declared.period_s / self.period_s)
        if self.datapoints > max(most, 1):
            return f"{self.datapoints} breaching periods, not {declared.datapoints}"
        if self._looser(declared):
            return f"threshold {self.threshold:g}, looser than {declared.threshold:g}"
        return ""

    def breached(self, value: float) -> bool:
        """Return True if one datapoint lies beyond the threshold."""
        at_limit = self.comparison == _INCLUSIVE
        return value >= self.threshold if at_limit else value > self.threshold

    @property
    def by_anything(self) -> bool:
        """True if any value but 0 raises it."""
        if self.comparison == _INCLUSIVE:
            return self.statistic in _COUNTS and 0 < self.threshold <= 1
        return self.comparison == _EXCLUSIVE and self.threshold == 0

    @property
    def at_least(self) -> frozenset[str]:
        """The statistics that are beyond a threshold wherever this one is."""
        same = frozenset(_NEVER_BELOW[self.statistic])
        return same | _NOT_ZERO if self.by_anything else same

    def _periods_contain(self, declared: "Meaning") -> bool:
        """Return True if a declared breach shows in a period of this one, too."""
        if self.period_s < _PUBLISHED_S:
            return False
        if self.period_s == declared.period_s:
            return True
        if declared.by_anything:
            return self.datapoints == 1 or self.period_s > declared.period_s
        if self.statistic == "Maximum" and self.datapoints == 1:
            return True
        longer = self.period_s % declared.period_s == 0
        return longer and self.statistic in _GROWING

    def _looser(self, declared: "Meaning") -> bool:
        if self.comparison == declared.comparison:
            return self.threshold > declared.threshold
        if self.comparison == _EXCLUSIVE:
            return self.threshold >= declared.threshold
        # Of whole events, `>= 11` means `> 10`.
        whole = declared.statistic in _COUNTS and self.statistic != "Average"
        return self.threshold > declared.threshold + whole
