"""One run as the criteria see it: measurements by table and phase, and their charts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.config.declared import Declared
from conformance.config.declared.load import Load, TableLoad
from conformance.load.latency_histogram import percentile_ms, percentiles_ms
from conformance.load.load_schedule import LoadSchedule, operation_rates
from conformance.load.measurements import STEADY, Meter, Second
from conformance.load.request_bodies import Kind
from conformance.model.finding import Finding, Outcome
from conformance.model.load_criteria import test_of

_POINTS = 300
"""The most points of a line; of more, each stands for the worst of some."""
_MILLION = 1_000_000
Latencies = Mapping[str, Mapping[str, tuple[float | None, float | None]]]
"""Percentiles by kind of request: measured, and limit."""


@dataclass(frozen=True)
class Scan:
    """A scan of a table, which may have been ended after some pages."""

    pages: int
    items: int
    seconds: float
    units: float
    table_bytes: int
    read_bytes: int
    usd_per_million_units: float | None
    error: str = ""


@dataclass(frozen=True)
class CloudWatchThrottles:
    """CloudWatch's throttle events of the steady phase, by table and index.

    The index is empty for the table itself.
    """

    throttled: Mapping[tuple[str, str], float] = field(default_factory=dict)
    reasons: Mapping[tuple[str, str], Mapping[str, float]] = field(default_factory=dict)
    """The same events by reason, where there were any."""
    missing: str = ""
    """Why CloudWatch could not be asked, or had nothing yet."""


@dataclass(frozen=True)
class RunContext:
    """Facts about a run beside its own measurements."""

    cloudwatch: CloudWatchThrottles = field(default_factory=CloudWatchThrottles)
    baseline: Mapping[str, Any] | None = None
    """The accepted baseline: latencies by table and kind of request."""
    scans: Mapping[str, Scan] = field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """The measurements of one run, by table and phase."""

    measured: Meter
    schedule: LoadSchedule
    declared: Declared
    begin: float
    """The begin of the first phase, in seconds since 1970."""
    region: str

    @property
    def load(self) -> Load:
        """The load that was scheduled."""
        return self.schedule.load

    def finding(
        self, criterion: str, subject: str, outcome: Outcome, reason: str, **rest: Any
    ) -> Finding:
        """Return a finding in the region of the load."""
        test = test_of(criterion, self.region, subject)
        return Finding(criterion, test, subject, self.region, outcome, reason, **rest)

    def kinds(self, name: str) -> list[Kind]:
        """Return the kinds of request that were measured, by name."""
        kinds = [kind for kind in self.measured.latency if kind.table == name]
        return sorted(kinds, key=lambda kind: kind.name)

    def service(self, kinds: list[Kind]) -> dict[str, Any]:
        """Return the percentiles of service times, from when a request was sent."""
        return {
            kind.name: percentiles_ms([self.measured.service[kind]]) for kind in kinds
        }

    def steady(self, name: str) -> dict[int, Second]:
        """Return the whole seconds of the steady phase."""
        begin, end = self.schedule.window(STEADY)
        first, last = int(self.begin + begin) + 1, int(self.begin + end)
        found = self.of(name, STEADY)
        if not found:
            return {}
        return {second: found.get(second, Second()) for second in range(first, last)}

    def of(self, name: str, phase: str) -> dict[int, Second]:
        """Return the seconds of a phase."""
        return {
            second: counts
            for (second, *of), counts in sorted(self.measured.seconds.items())
            if of == [phase, name]
        }

    def errors(self, name: str) -> dict[str, int]:
        """Return how often each error was met at the full rate."""
        found: dict[str, int] = {}
        for (phase, kind, error), count in self.measured.errors.items():
            if (phase, kind.table) == (STEADY, name):
                found[error] = found.get(error, 0) + count
        return found

    def dropped(self, cause: str) -> int:
        """Return how many requests at the full rate were not sent, for this cause."""
        return sum(
            count
            for (phase, _, why), count in self.measured.dropped.items()
            if (phase, why) == (STEADY, cause)
        )

    def consumed(self, name: str) -> dict[str, float]:
        """Return units by index and use, from answers that were read."""
        measured, found = self.measured, {}
        for (table, index, use), units in measured.consumed.items():
            if table == name:
                writes = use == "write"
                answers = measured.successes(name, writes=writes) or 1
                part = measured.read_answers[name, writes] / answers
                whole = round(units / part) if part else 0.0
                found[f"{index or 'table'} {use}"] = whole
        return found

    def slack(self, name: str) -> int:
        """Return by how many arrivals a second may differ: one of each kind."""
        table = self.declared.tables[name]
        return sum(1 for _ in operation_rates(table, self.load.tables[name]))

    def why(self, name: str) -> str:
        """Return in words what kept requests at the full rate from being answered."""
        counts = dict(self.errors(name))
        waiting = self.measured.dropped[STEADY, name, "waiting"]
        if waiting:
            counts["never sent, as every connection was waiting for an answer"] = (
                waiting
            )
        throttled = sum(
            count
            for (phase, table, *_), count in self.measured.throttles.items()
            if (phase, table) == (STEADY, name)
        )
        if throttled:
            counts["throttled"] = throttled
        return "".join(f"; {count} of {what}" for what, count in counts.items())


def total_of(seconds: Iterable[Second]) -> Second:
    """Return the sum of all counts."""
    total = Second()
    for second in seconds:
        total.add(second)
    return total


def or_else(value: float | None, otherwise: str) -> str:
    """Return the value in short, or what stands for none."""
    return otherwise if value is None else f"{value:g}"


def rate_numbers(seconds: Mapping[int, Second], load: TableLoad) -> dict[str, Any]:
    """Return offered and achieved rates, in sum and over time."""
    count, total = len(seconds) or 1, total_of(seconds.values())
    writes, answers = total.answered_writes / count, total.answered / count
    due, due_writes = total.due / count, total.due_writes / count
    return {
        "rates_per_s": {
            "writes": {"offered": round(due_writes, 2), "achieved": round(writes, 2)},
            "reads": {
                "offered": round(due - due_writes, 2),
                "achieved": round(answers - writes, 2),
            },
        },
        "declared_per_s": {"writes": load.writes_per_s, "reads": load.reads_per_s},
        "over_time": _over_time(
            "Offered and achieved",
            "/s",
            load.writes_per_s + load.reads_per_s,
            {
                "offered": _line(seconds, lambda at: at.due, max),
                "achieved": _line(seconds, lambda at: at.answered, min),
            },
        ),
    }


def latency_numbers(
    table: Latencies, seconds: Mapping[int, Second], service: Mapping[str, Any]
) -> dict[str, Any]:
    """Return percentiles with their limits, latency over time, and service times."""
    return {
        "latency_percentiles_ms": {
            kind: {
                name: [measured, limit]
                for name, (measured, limit) in percentiles.items()
                if measured is not None
            }
            for kind, percentiles in table.items()
        },
        "service_percentiles_ms": service,
        "over_time": _over_time(
            "Latency of all requests",
            "ms",
            None,
            {
                "p50": _line(
                    seconds, lambda at: percentile_ms(at.latency, 50) or 0, max
                ),
                "p99": _line(
                    seconds, lambda at: percentile_ms(at.latency, 99) or 0, max
                ),
            },
        ),
    }


def throttle_numbers(seconds: Mapping[int, Second]) -> dict[str, Any]:
    """Return throttles over time."""
    line = _line(seconds, lambda at: at.throttled, max)
    return {"over_time": _over_time("Throttled", "/s", 0, {"throttled": line})}


def ramp_numbers(seconds: Mapping[int, Second]) -> dict[str, Any]:
    """Return the rates of a ramp over time."""
    series = {
        "offered": _line(seconds, lambda at: at.due, max),
        "achieved": _line(seconds, lambda at: at.answered, min),
        "throttled": _line(seconds, lambda at: at.throttled, max),
    }
    return {"over_time": _over_time("Ramp", "/s", None, series)}


def scan_numbers(measured: Scan) -> dict[str, Any]:
    """Return what a scan took, and what one of the whole table would take."""
    part = measured.read_bytes / measured.table_bytes if measured.table_bytes else 1.0
    whole = measured.units / part if 0 < part < 1 else measured.units
    usd = measured.usd_per_million_units
    return {
        "pages": measured.pages,
        "items": measured.items,
        "seconds": round(measured.seconds, 3),
        "read_units": measured.units,
        "whole_table_units": round(whole, 1),
        "whole_table_usd": None if usd is None else round(whole * usd / _MILLION, 6),
    }


def _over_time(
    title: str, unit: str, limit: float | None, series: Mapping[str, Any]
) -> dict[str, Any]:
    return {"title": title, "unit": unit, "limit": limit, "series": series}


def _line(
    seconds: Mapping[int, Second],
    value: Callable[[Second], float],
    worst: Callable[[Iterable[float]], float],
) -> list[list[float]]:
    """Return points by the second since the first one."""
    times = sorted(seconds)
    width = max(1, -(-len(times) // _POINTS))
    return [
        [
            times[n] - times[0],
            worst(value(seconds[time]) for time in times[n : n + width]),
        ]
        for n in range(0, len(times), width)
    ]
