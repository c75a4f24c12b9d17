"""Metric data: what was put, by exact dimensions, and its statistics per period.

Source: CloudWatch User Guide, "Metrics concepts": each combination of dimensions is
a metric of its own; nothing is aggregated over dimensions that are left out.
"""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

SAMPLES = 1000
"""Samples kept a minute for percentiles; beyond, percentiles are of the first ones."""

MINUTE = 60


@dataclass(frozen=True)
class Metric:
    """A metric's identity."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()


@dataclass
class Datum:
    """The statistics of one metric in one minute, or in one longer period."""

    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    count: float = 0.0
    unit: str = "None"
    samples: list[float] = field(default_factory=list)

    def add(self, other: Datum) -> None:
        """Take up another set of samples."""
        self.total += other.total
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        self.count += other.count
        self.unit = other.unit
        self.samples.extend(other.samples[: SAMPLES - len(self.samples)])

    def statistic(self, name: str) -> float | None:
        """Return Sum, Average, …, or a percentile such as p99; None if unknown."""
        match name:
            case "Sum":
                return self.total
            case "Average":
                return self.total / self.count
            case "Minimum":
                return self.low
            case "Maximum":
                return self.high
            case "SampleCount":
                return self.count
        return self._percentile(name)

    def _percentile(self, name: str) -> float | None:
        try:
            share = float(name.removeprefix("p")) / 100
        except ValueError:
            return None
        if not name.startswith("p") or not self.samples:
            return None
        rank = math.ceil(share * len(self.samples))
        return sorted(self.samples)[max(rank, 1) - 1]


def sample(value: float, unit: str = "None", count: float = 1.0) -> Datum:
    """Return a datum of `count` equal samples."""
    repeated = [value] * min(int(count), SAMPLES)
    return Datum(value * count, value, value, count, unit, repeated)


@dataclass
class Store:
    """The metric data of one account and region."""

    minutes: dict[Metric, dict[int, Datum]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    """Metric → seconds since 1970 of the minute's beginning → datum."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def put(self, metric: Metric, moment: datetime, datum: Datum) -> None:
        """Add to the metric's minute."""
        minute = int(moment.timestamp()) // MINUTE * MINUTE
        with self.lock:
            self.minutes[metric].setdefault(minute, Datum()).add(datum)

    def known(self, since: float) -> list[Metric]:
        """Return the metrics with data since a time, in seconds since 1970.

        Sorted by namespace, name and dimensions.
        """
        with self.lock:
            found = [one for one, data in self.minutes.items() if max(data) >= since]
        return sorted(found, key=lambda m: (m.namespace, m.name, sorted(m.dimensions)))

    def periods(
        self, metric: Metric, start: datetime, end: datetime, seconds: int
    ) -> dict[datetime, Datum]:
        """Return the data in [start, end) by period, oldest first.

        Periods begin at multiples of their length. Empty ones are absent.
        """
        found: dict[int, Datum] = {}
        first, last = start.timestamp() // seconds * seconds, end.timestamp()
        with self.lock:
            for minute, datum in sorted(self.minutes.get(metric, {}).items()):
                if first <= minute < last:
                    at = minute // seconds * seconds
                    found.setdefault(at, Datum()).add(datum)
        return {datetime.fromtimestamp(at, UTC): one for at, one in found.items()}
