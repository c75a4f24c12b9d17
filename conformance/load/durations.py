"""How long requests took: as counts of durations, and as their percentiles."""

import math
from collections.abc import Iterable, Mapping

from hdrh.histogram import HdrHistogram

_HIGHEST_US = 60_000_000
_DIGITS = 3
_EXACT_BITS = 11
"""Up to 2047 us a duration is exact; above, to one part in 1024."""
FINENESS = 16
"""Buckets of the per-second latency for each doubling: within 5 %."""
_LEAST = 100
_LEAST_FOR_EXTREME = 1000
PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9}


class Samples:
    """How often each duration was seen, in microseconds, to three digits.

    Counted in a dictionary while requests are sent, as that takes a tenth of the time
    of a histogram; the buckets are those of an HdrHistogram of three digits.
    """

    def __init__(self) -> None:
        """Nothing has been seen."""
        self.counts: dict[int, int] = {}

    def record(self, seconds: float) -> None:
        """Count one duration."""
        us = int(seconds * 1e6)
        shift = us.bit_length() - _EXACT_BITS
        if shift > 0:
            us = us >> shift << shift
        self.counts[us] = self.counts.get(us, 0) + 1

    def add(self, counts: Iterable[tuple[int, int]]) -> None:
        """Take in counts from elsewhere."""
        for us, count in counts:
            self.counts[us] = self.counts.get(us, 0) + count

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def histogram(self) -> HdrHistogram:
        """The same as a histogram that others can read."""
        made = HdrHistogram(1, _HIGHEST_US, _DIGITS)
        for us, count in self.counts.items():
            made.record_value(min(max(us, 1), _HIGHEST_US), count)
        return made


def percentiles_ms(samples: Iterable[Samples]) -> dict[str, float | None]:
    """The percentiles of all samples together; None where there are too few."""
    together = Samples()
    for each in samples:
        together.add(each.counts.items())
    merged, count = together.histogram, together.total
    return {
        name: round(merged.get_value_at_percentile(at) / 1000, 3)
        if count >= (_LEAST_FOR_EXTREME if at > 99 else _LEAST)  # noqa: PLR2004 -- p99
        else None
        for name, at in PERCENTILES.items()
    }


def second_ms(latency: Mapping[int, int], percent: float) -> float | None:
    """A percentile of one second, within 5 %; None if nothing was answered."""
    wanted = math.ceil(sum(latency.values()) * percent / 100)
    for bucket in sorted(latency):
        wanted -= latency[bucket]
        if wanted <= 0:
            return round(float(2 ** ((bucket + 0.5) / FINENESS)) / 1000, 2)
    return None
