"""How long requests took: as counts of durations, and as their percentiles."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

from conformance.load.request_bodies import Kind

Durations = NDArray[np.int64]
"""In microseconds."""
Buckets = NDArray[np.int64]
"""By number."""
Counts = NDArray[np.uint32]
"""Of durations, by bucket."""
_HIGHEST_US = 60_000_000
_DIGITS = 3
_EXACT_BITS = 11
"""Up to 2047 us a duration is exact; above, to one part in 1024: three digits."""
_ROUGH_BITS = 5
"""Within 3 %, in a fortieth of the memory: for every second of a run."""
_ONE = np.uint32(1)
"""Of the type that is counted in: numpy adds that eight times as fast."""
_LEAST = 100
_LEAST_FOR_EXTREME = 1000
PERCENTILES = {"p50": 50.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9}


def _buckets(us: Durations, exact_bits: int) -> Buckets:
    """Those of an HdrHistogram, by number."""
    within = np.clip(us, 0, _HIGHEST_US)
    shift = np.maximum(np.frexp(within)[1] - exact_bits, 0).astype(np.int64)
    buckets: Buckets = (shift << (exact_bits - 1)) + (within >> shift)
    return buckets


def _shortest(bucket: int, exact_bits: int) -> int:
    """The shortest duration of a bucket."""
    shift = max(0, (bucket >> exact_bits - 1) - 1)
    return bucket - (shift << exact_bits - 1) << shift


def _how_many(exact_bits: int) -> int:
    return int(_buckets(np.array([_HIGHEST_US]), exact_bits)[0]) + 1


_ALL = _how_many(_EXACT_BITS)
_ALL_ROUGH = _how_many(_ROUGH_BITS)


def tally(counts: Counts, places: Buckets) -> None:
    """One more at each place, as often as it is there."""
    np.add.at(counts, places, _ONE)


class Samples:
    """How often each duration was seen, in microseconds."""

    def __init__(self, counts: Counts | None = None) -> None:
        """Nothing has been seen; or count where others count, too."""
        self._counts = np.zeros(_ALL, np.uint32) if counts is None else counts

    def record(self, us: Durations) -> None:
        """Count durations."""
        tally(self._counts, _buckets(us, _EXACT_BITS))

    def add(self, counts: Iterable[tuple[int, int]]) -> None:
        """Take in counts from elsewhere: durations, each with how often."""
        us, often = np.array(list(counts), np.int64).reshape(-1, 2).T
        np.add.at(self._counts, _buckets(us, _EXACT_BITS), often.astype(np.uint32))

    def merge(self, other: "Samples") -> None:
        """Take in all of another's."""
        self._counts += other._counts  # noqa: SLF001 -- of its own kind

    @property
    def counts(self) -> dict[int, int]:
        """How often, by the shortest duration of each bucket in microseconds."""
        seen = np.flatnonzero(self._counts).tolist()
        return {_shortest(it, _EXACT_BITS): int(self._counts[it]) for it in seen}

    @property
    def total(self) -> int:
        """How many there are."""
        return int(self._counts.sum())

    @property
    def histogram(self) -> HdrHistogram:
        """The same as a histogram that others can read."""
        made = HdrHistogram(1, _HIGHEST_US, _DIGITS)
        for us, often in self.counts.items():
            made.record_value(max(us, 1), often)
        return made


class SamplesByKind(Mapping[Kind, Samples]):
    """The samples of each kind of request, in one table: many are counted at once."""

    def __init__(self) -> None:
        """Nothing has been seen."""
        self._rows: dict[Kind, int] = {}
        self._counts = np.zeros((1, _ALL), np.uint32)

    def record(
        self, kinds: Sequence[Kind], which: NDArray[np.intp], us: Durations
    ) -> None:
        """Count durations; `which` numbers the kind of each among `kinds`."""
        rows = np.zeros(len(kinds), np.intp)
        for it in np.unique(which).tolist():
            rows[it] = self._row(kinds[it])
        places = rows[which] * _ALL + _buckets(us, _EXACT_BITS)
        tally(self._counts.reshape(-1), places)

    def _row(self, kind: Kind) -> int:
        if kind not in self._rows:
            self._rows[kind] = len(self._rows)
            if len(self._rows) > len(self._counts):
                self._counts = np.concatenate([self._counts, self._counts * 0])
        return self._rows[kind]

    def add(self, kind: Kind, counts: Iterable[tuple[int, int]]) -> None:
        """Take in counts from elsewhere."""
        row = self._row(kind)
        Samples(self._counts[row]).add(counts)

    def __getitem__(self, kind: Kind) -> Samples:
        """What was seen of a kind so far."""
        return Samples(self._counts[self._rows[kind]])

    def __iter__(self) -> Iterator[Kind]:
        """In the order in which they were first seen."""
        return iter(self._rows)

    def __len__(self) -> int:
        """How many kinds were seen."""
        return len(self._rows)


def percentiles_ms(samples: Iterable[Samples]) -> dict[str, float | None]:
    """The percentiles of all samples together; None where there are too few."""
    together = Samples()
    for each in samples:
        together.merge(each)
    merged, total = together.histogram, together.total
    return {
        name: round(merged.get_value_at_percentile(at) / 1000, 3)
        if total >= (_LEAST_FOR_EXTREME if at > 99 else _LEAST)  # noqa: PLR2004 -- p99
        else None
        for name, at in PERCENTILES.items()
    }


def rough(us: Durations) -> Buckets:
    """The bucket of each among those of one second of a run."""
    return _buckets(us, _ROUGH_BITS)


def no_rough() -> Counts:
    """One second of a run, before anything has ended in it."""
    return np.zeros(_ALL_ROUGH, np.uint32)


def second_ms(counts: Counts, percent: float) -> float | None:
    """A percentile of one second, within 3 %; None if nothing was answered."""
    if not counts.any():
        return None
    wanted = math.ceil(counts.sum() * percent / 100)
    bucket = int(np.searchsorted(counts.cumsum(), wanted))
    return round(_shortest(bucket, _ROUGH_BITS) * (1 + 0.5**_ROUGH_BITS) / 1000, 2)
