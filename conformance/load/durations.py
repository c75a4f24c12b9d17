"""How long requests took: as counts of durations, and as their percentiles."""

import math
from array import array
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

    The buckets are those of an HdrHistogram of three digits; counting in a plain array
    takes a tenth of its time, and less of the processor's cache than a dictionary.
    """

    def __init__(self) -> None:
        """Nothing has been seen."""
        self._counts = array("I", bytes(4 * (_bucket(_HIGHEST_US) + 1)))

    def record(self, us: int, count: int = 1) -> None:
        """Count one duration, or more of them."""
        self._counts[_bucket(us)] += count

    def add(self, counts: Iterable[tuple[int, int]]) -> None:
        """Take in counts from elsewhere."""
        for us, count in counts:
            self.record(us, count)

    @property
    def counts(self) -> dict[int, int]:
        """How often, by the shortest duration of each bucket in microseconds."""
        return {_shortest(it): count for it, count in enumerate(self._counts) if count}

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self._counts)

    @property
    def histogram(self) -> HdrHistogram:
        """The same as a histogram that others can read."""
        made = HdrHistogram(1, _HIGHEST_US, _DIGITS)
        for us, count in self.counts.items():
            made.record_value(max(us, 1), count)
        return made


def _bucket(us: int) -> int:
    shift = us.bit_length() - _EXACT_BITS
    if shift <= 0:
        return us
    if us > _HIGHEST_US:
        return _bucket(_HIGHEST_US)
    return (shift << _EXACT_BITS - 1) + (us >> shift)


def _shortest(bucket: int) -> int:
    """The shortest duration of a bucket."""
    shift = max(0, (bucket >> _EXACT_BITS - 1) - 1)
    return bucket - (shift << _EXACT_BITS - 1) << shift


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
