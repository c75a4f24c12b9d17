"""The numbers of findings, in the shapes that the sign-off page draws."""

from collections.abc import Mapping
from typing import Any

from conformance.config.declared.load import TableLoad
from conformance.load.durations import second_ms
from conformance.load.measurements import Second
from conformance.load.verdicts import Scan

_POINTS = 300
"""At most so many points of a line; of more, each stands for the worst of some."""
_MILLION = 1_000_000
Latencies = Mapping[str, Mapping[str, tuple[float | None, float | None]]]


def rates(seconds: Mapping[int, Second], load: TableLoad) -> dict[str, Any]:
    """Offered against achieved, in sum and over time."""
    count = len(seconds) or 1
    writes = sum(it.answered_writes for it in seconds.values()) / count
    answers = sum(it.answered for it in seconds.values()) / count
    due = sum(it.due for it in seconds.values()) / count
    due_writes = sum(it.due_writes for it in seconds.values()) / count
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
                "offered": _line(seconds, lambda it: it.due, max),
                "achieved": _line(seconds, lambda it: it.answered, min),
            },
        ),
    }


def latencies(
    table: Latencies, seconds: Mapping[int, Second], service: Mapping[str, Any]
) -> dict[str, Any]:
    """Percentiles with their limits, and latency over time; `service` beside it."""
    return {
        "latency_percentiles_ms": {
            kind: {
                name: [measured, limit]
                for name, (measured, limit) in told.items()
                if measured is not None
            }
            for kind, told in table.items()
        },
        "service_percentiles_ms": service,
        "over_time": _over_time(
            "Latency of all requests",
            "ms",
            None,
            {
                "p50": _line(seconds, lambda it: second_ms(it.latency, 50) or 0, max),
                "p99": _line(seconds, lambda it: second_ms(it.latency, 99) or 0, max),
            },
        ),
    }


def throttled(seconds: Mapping[int, Second]) -> dict[str, Any]:
    """Throttles over time."""
    line = _line(seconds, lambda it: it.throttled, max)
    return {"over_time": _over_time("Throttled", "/s", 0, {"throttled": line})}


def ramp(seconds: Mapping[int, Second]) -> dict[str, Any]:
    """The rate of a ramp, and what was throttled of it."""
    series = {
        "offered": _line(seconds, lambda it: it.due, max),
        "achieved": _line(seconds, lambda it: it.answered, min),
        "throttled": _line(seconds, lambda it: it.throttled, max),
    }
    return {"over_time": _over_time("Ramp", "/s", None, series)}


def scan(measured: Scan) -> dict[str, Any]:
    """What a scan took, and what one of the whole table would."""
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


def _line(seconds: Mapping[int, Second], value: Any, worst: Any) -> list[list[float]]:
    """Points by the second since the first one."""
    times = sorted(seconds)
    width = max(1, -(-len(times) // _POINTS))
    return [
        [times[n] - times[0], worst(value(seconds[it]) for it in times[n : n + width])]
        for n in range(0, len(times), width)
    ]
