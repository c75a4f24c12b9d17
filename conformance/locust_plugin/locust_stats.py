"""What was measured, in locust's own statistics: its console, web UI and report.

Locust counts by an event for each request, which at 6000 a second takes a tenth of a
core from what sends them. Its statistics can be added to each other, as a master adds
those of its workers; so what was answered meanwhile becomes one entry a kind.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from locust.stats import RequestStats, StatsEntry, bucket_response_time

from conformance.load.in_flight import Ended

if TYPE_CHECKING:
    from conformance.load.request_bodies import Kind


def show(stats: RequestStats, told: Sequence[Ended]) -> None:
    """Add requests that have ended to the statistics."""
    for entry in _entries(stats, told):
        stats.get(entry.name, entry.method).extend(entry)
        stats.total.extend(entry)
    for each in told:
        for place, problem in each.problems.items():
            kind = each.kinds[place]
            stats.log_error(kind.table, kind.name, problem)


def _entries(stats: RequestStats, told: Sequence[Ended]) -> Iterator[StatsEntry]:
    """One for each kind of request."""
    now = time.time()
    latencies: dict[Kind, list[float]] = defaultdict(list)
    for each in told:
        for kind, latency in zip(each.kinds, each.latencies_ms(), strict=True):
            latencies[kind].append(latency)
    for kind, times in latencies.items():
        # Its fields are typed as int, and hold floats.
        entry: Any = StatsEntry(stats, kind.name, kind.table)
        entry.num_requests = len(times)
        entry.total_response_time = sum(times)
        entry.min_response_time, entry.max_response_time = min(times), max(times)
        entry.response_times = Counter(map(bucket_response_time, times))
        entry.num_reqs_per_sec = {int(now): len(times)}
        entry.last_request_timestamp = now
        yield entry
