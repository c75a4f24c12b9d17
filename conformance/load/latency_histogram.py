"""Durations of requests: counts by bucket, and percentiles."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

from conformance.load.request_bodies import Kind

Durations = NDArray[np.int64]
"""Durations in microseconds."""
Buckets = NDArray[np.int64]
"""Numbers of buckets."""
Counts = NDArray[np.uint32]
"""Counts of durations, by bucket."""
_HIGHEST_US = 60_000_000
_DIGITS = 3
_EXACT_BITS = 11
"""Durations up to 2047 us are exact; longer ones have three digits (1 in 1024)."""
_COARSE_BITS = 5
"""Buckets of 3 %, in a fortieth of the memory: for every second of a run."""
_ONE = np.uint32(1)
"""A one of the type that is counted in: numpy adds that eight times as fast."""
_LEAST = 100
_LEAST_FOR_EXTREME = 1000
PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9}


def _buckets(us: Durations, exact_bits: int) -> Buckets:
    """Return the numbers of the buckets that an HdrHistogram has."""
    within = np.clip(us, 0, _HIGHEST_US)
    shift = np.maximum(np.frexp(within)[1] - exact_bits, 0).astype(np.int64)
    buckets: Buckets = (shift << (exact_bits - 1)) + (within >> shift)
    return buckets


def _shortest(bucket: int, exact_bits: int) -> int:
    """Return the shortest duration of a bucket."""
    shift = max(0, (bucket >> exact_bits - 1) - 1)
    return bucket - (shift << exact_bits - 1) << shift


def _bucket_count(exact_bits: int) -> int:
    return int(_buckets(np.array([_HIGHEST_US]), exact_bits)[0]) + 1


_ALL = _bucket_count(_EXACT_BITS)
_ALL_COARSE = _bucket_count(_COARSE_BITS)


def increment(counts: Counts, places: Buckets) -> None:
    """Add one at each place, as often as the place is named."""
    np.add.at(counts, places, _ONE)


class Samples:
    """Counts of durations in microseconds."""

    def __init__(self, counts: Counts | None = None) -> None:
        """Start empty, or count in a row of a larger table."""
        self._counts = np.zeros(_ALL, np.uint32) if counts is None else counts

    def record(self, us: Durations) -> None:
        """Count durations."""
        increment(self._counts, _buckets(us, _EXACT_BITS))

    def add(self, counts: Iterable[tuple[int, int]]) -> None:
        """Add pairs of a duration and its count."""
        us, often = np.array(list(counts), np.int64).reshape(-1, 2).T
        np.add.at(self._counts, _buckets(us, _EXACT_BITS), often.astype(np.uint32))

    def merge(self, other: "Samples") -> None:
        """Add the counts of other samples."""
        self._counts += other._counts  # noqa: SLF001 -- of its own kind

    @property
    def counts(self) -> dict[int, int]:
        """Return the counts by the shortest duration of each bucket, in us."""
        seen = np.flatnonzero(self._counts).tolist()
        return {
            _shortest(bucket, _EXACT_BITS): int(self._counts[bucket]) for bucket in seen
        }

    @property
    def total(self) -> int:
        """Return the number of samples."""
        return int(self._counts.sum())

    @property
    def histogram(self) -> HdrHistogram:
        """Return the samples as an HdrHistogram, which other tools read."""
        made = HdrHistogram(1, _HIGHEST_US, _DIGITS)
        for us, often in self.counts.items():
            made.record_value(max(us, 1), often)
        return made


class SamplesByKind(Mapping[Kind, Samples]):
    """The samples of each kind of request, in one table: many are counted at once."""

    def __init__(self) -> None:
        """Start empty."""
        self._rows: dict[Kind, int] = {}
        self._counts = np.zeros((1, _ALL), np.uint32)

    def record(
        self, kinds: Sequence[Kind], which: NDArray[np.intp], us: Durations
    ) -> None:
        """Count durations; `which` has the place in `kinds` of each duration's kind."""
        rows = np.zeros(len(kinds), np.intp)
        for place in np.unique(which).tolist():
            rows[place] = self._row(kinds[place])
        places = rows[which] * _ALL + _buckets(us, _EXACT_BITS)
        increment(self._counts.reshape(-1), places)

    def _row(self, kind: Kind) -> int:
        if kind not in self._rows:
            self._rows[kind] = len(self._rows)
            if len(self._rows) > len(self._counts):
                self._counts = np.concatenate([self._counts, self._counts * 0])
        return self._rows[kind]

    def add(self, kind: Kind, counts: Iterable[tuple[int, int]]) -> None:
        """Add pairs of a duration and its count to a kind."""
        row = self._row(kind)
        Samples(self._counts[row]).add(counts)

    def __getitem__(self, kind: Kind) -> Samples:
        """Return the samples of a kind."""
        return Samples(self._counts[self._rows[kind]])

    def __iter__(self) -> Iterator[Kind]:
        """Iterate over the kinds in the order of their first sample."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Return the number of kinds."""
        return len(self._rows)


def percentiles_ms(samples: Iterable[Samples]) -> dict[str, float | None]:
    """Return the percentiles of all samples together; None where there are too few."""
    together = Samples()
    for part in samples:
        together.merge(part)
    merged, total = together.histogram, together.total
    return {
        name: round(merged.get_value_at_percentile(at) / 1000, 3)
        if total >= (_LEAST_FOR_EXTREME if at > 99 else _LEAST)  # noqa: PLR2004 -- p99
        else None
        for name, at in PERCENTILES.items()
    }


def coarse_bucket(us: Durations) -> Buckets:
    """Return the number of the bucket of each duration, for one second of a run."""
    return _buckets(us, _COARSE_BITS)


def empty_histogram() -> Counts:
    """Return the counts of one second of a run in which nothing has ended yet."""
    return np.zeros(_ALL_COARSE, np.uint32)


def percentile_ms(counts: Counts, percent: float) -> float | None:
    """Return a percentile of one second, within 3 %; None if nothing was answered."""
    if not counts.any():
        return None
    wanted = math.ceil(counts.sum() * percent / 100)
    bucket = int(np.searchsorted(counts.cumsum(), wanted))
    return round(_shortest(bucket, _COARSE_BITS) * (1 + 0.5**_COARSE_BITS) / 1000, 2)
