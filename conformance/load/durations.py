"""How long requests took: as counts of durations, and as their percentiles."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

from conformance.load.bodies import Kind

Durations = NDArray[np.int64]
"""In microseconds."""
_HIGHEST_US = 60_000_000
_DIGITS = 3
_EXACT_BITS = 11
"""Up to 2047 us a duration is exact; above, to one part in 1024."""
_FINENESS = 16
"""Buckets of the per-second latency for each doubling: within 5 %."""
_LEAST = 100
_LEAST_FOR_EXTREME = 1000
PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9}


def _buckets(us: Durations) -> Durations:
    """Those of an HdrHistogram of three digits, by number."""
    within = np.clip(us, 0, _HIGHEST_US)
    shift = np.maximum(np.frexp(within)[1] - _EXACT_BITS, 0).astype(np.int64)
    buckets: Durations = (shift << (_EXACT_BITS - 1)) + (within >> shift)
    return buckets


_BUCKETS = int(_buckets(np.array([_HIGHEST_US]))[0]) + 1


def _shortest(bucket: int) -> int:
    """The shortest duration of a bucket."""
    shift = max(0, (bucket >> _EXACT_BITS - 1) - 1)
    return bucket - (shift << _EXACT_BITS - 1) << shift


class Samples:
    """How often each duration was seen, in microseconds, to three digits."""

    def __init__(self, counts: NDArray[np.uint32] | None = None) -> None:
        """Nothing has been seen; or count where others count, too."""
        self._counts = np.zeros(_BUCKETS, np.uint32) if counts is None else counts

    def record(self, us: Durations) -> None:
        """Count durations."""
        np.add.at(self._counts, _buckets(us), 1)

    def add(self, counts: Iterable[tuple[int, int]]) -> None:
        """Take in counts from elsewhere: durations, each with how often."""
        for us, count in counts:
            self._counts[_buckets(np.array([us]))] += count

    def merge(self, other: "Samples") -> None:
        """Take in all of another's."""
        self._counts += other._counts  # noqa: SLF001 -- of its own kind

    @property
    def counts(self) -> dict[int, int]:
        """How often, by the shortest duration of each bucket in microseconds."""
        seen = np.flatnonzero(self._counts).tolist()
        return {_shortest(it): int(self._counts[it]) for it in seen}

    @property
    def total(self) -> int:
        """How many there are."""
        return int(self._counts.sum())

    @property
    def histogram(self) -> HdrHistogram:
        """The same as a histogram that others can read."""
        made = HdrHistogram(1, _HIGHEST_US, _DIGITS)
        for us, count in self.counts.items():
            made.record_value(max(us, 1), count)
        return made


class SamplesByKind(Mapping[Kind, Samples]):
    """The samples of each kind of request, in one table: many are counted at once."""

    def __init__(self) -> None:
        """Nothing has been seen."""
        self._rows: dict[Kind, int] = {}
        self._counts = np.zeros((1, _BUCKETS), np.uint32)

    def record(
        self, kinds: Sequence[Kind], which: NDArray[np.intp], us: Durations
    ) -> None:
        """Count durations; `which` numbers the kind of each among `kinds`."""
        rows = np.array([self._row(it) for it in kinds], np.intp)
        places = rows[which] * _BUCKETS + _buckets(us)
        np.add.at(self._counts.reshape(-1), places, 1)

    def _row(self, kind: Kind) -> int:
        if kind not in self._rows:
            self._rows[kind] = len(self._rows)
            if len(self._rows) > len(self._counts):
                self._counts = np.concatenate([self._counts, self._counts * 0])
        return self._rows[kind]

    def __getitem__(self, kind: Kind) -> Samples:
        """What was seen of a kind; of a new one, nothing yet."""
        row = self._row(kind)
        return Samples(self._counts[row])

    def __iter__(self) -> Iterator[Kind]:
        """In the order in which they were first seen."""
        return iter(self._rows)

    def __len__(self) -> int:
        """How many kinds were seen."""
        return len(self._rows)


def rough(us: Durations) -> NDArray[np.int64]:
    """The bucket of each for `second_ms`, below `ROUGH`."""
    within = np.clip(us, 1, _HIGHEST_US)
    return (np.log2(within) * _FINENESS).astype(np.int64)


ROUGH = int(math.log2(_HIGHEST_US) * _FINENESS) + 1


def percentiles_ms(samples: Iterable[Samples]) -> dict[str, float | None]:
    """The percentiles of all samples together; None where there are too few."""
    together = Samples()
    for each in samples:
        together.merge(each)
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
            return round(float(2 ** ((bucket + 0.5) / _FINENESS)) / 1000, 2)
    return None
