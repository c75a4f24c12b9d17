"""How long requests took: as counts of durations, and as their percentiles."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from hdrh.histogram import HdrHistogram
from numpy.typing import NDArray

from conformance.load.bodies import Kind

Durations = NDArray[np.int64]
"""In microseconds."""
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


def _buckets(us: Durations, exact_bits: int) -> Durations:
    """Those of an HdrHistogram, by number."""
    within = np.clip(us, 0, _HIGHEST_US)
    shift = np.maximum(np.frexp(within)[1] - exact_bits, 0).astype(np.int64)
    buckets: Durations = (shift << (exact_bits - 1)) + (within >> shift)
    return buckets


def _shortest(bucket: int, exact_bits: int) -> int:
    """The shortest duration of a bucket."""
    shift = max(0, (bucket >> exact_bits - 1) - 1)
    return bucket - (shift << exact_bits - 1) << shift


def _none(exact_bits: int) -> Counts:
    """No duration in any bucket."""
    last = _buckets(np.array([_HIGHEST_US]), exact_bits)[0]
    return np.zeros(last + 1, np.uint32)


def tally(counts: Counts, places: NDArray[np.int64]) -> None:
    """One more at each place, as often as it is there."""
    np.add.at(counts, places, _ONE)


class Samples:
    """How often each duration was seen, in microseconds."""

    def __init__(self, counts: Counts | None = None) -> None:
        """Nothing has been seen; or count where others count, too."""
        self._counts = _none(_EXACT_BITS) if counts is None else counts

    def record(self, us: Durations) -> None:
        """Count durations."""
        tally(self._counts, _buckets(us, _EXACT_BITS))

    def add(self, counts: Iterable[tuple[int, int]]) -> None:
        """Take in counts from elsewhere: durations, each with how often."""
        for us, often in counts:
            self._counts[_buckets(np.array([us]), _EXACT_BITS)] += often

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
        self._counts = _none(_EXACT_BITS)[np.newaxis]

    def record(
        self, kinds: Sequence[Kind], which: NDArray[np.intp], us: Durations
    ) -> None:
        """Count durations; `which` numbers the kind of each among `kinds`."""
        rows = np.array([self._row(it) for it in kinds], np.intp)
        places = rows[which] * self._counts.shape[1] + _buckets(us, _EXACT_BITS)
        tally(self._counts.reshape(-1), places)

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


def rough(us: Durations) -> NDArray[np.int64]:
    """The bucket of each among those of one second of a run."""
    return _buckets(us, _ROUGH_BITS)


def no_rough() -> Counts:
    """One second of a run, before anything has ended in it."""
    return _none(_ROUGH_BITS)


def second_ms(counts: Counts, percent: float) -> float | None:
    """A percentile of one second, within 3 %; None if nothing was answered."""
    if not counts.any():
        return None
    wanted = math.ceil(counts.sum() * percent / 100)
    bucket = int(np.searchsorted(counts.cumsum(), wanted))
    return round(_shortest(bucket, _ROUGH_BITS) * (1 + 0.5**_ROUGH_BITS) / 1000, 2)
