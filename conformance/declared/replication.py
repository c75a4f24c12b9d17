"""What is declared about replication between the regions of one environment."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any


@dataclass(frozen=True)
class Markers:
    """How replication lag is measured: items that are written here and sought there."""

    count: int
    """How many items, each put, updated and deleted."""
    writes_per_s: float
    percentile: float
    """Which percentile of the lags is judged."""
    patience: timedelta
    """How long after the last write an item is sought before it counts as lost."""


@dataclass(frozen=True)
class Latency:
    """The alarm on ReplicationLatency, and over which window it is looked back at."""

    threshold_ms: float
    statistic: str
    period: timedelta
    window: timedelta


@dataclass(frozen=True)
class Replication:
    """The section `replication` of surroundings.toml."""

    markers: Markers
    latency: Latency


def declared_replication(section: dict[str, Any]) -> Replication:
    """The section as a value."""
    markers, latency = section["markers"], section["latency"]
    return Replication(
        Markers(
            count=markers["count"],
            writes_per_s=markers["writes_per_s"],
            percentile=markers["percentile"],
            patience=timedelta(seconds=markers["patience_s"]),
        ),
        Latency(
            threshold_ms=latency["threshold_ms"],
            statistic=latency["statistic"],
            period=timedelta(seconds=latency["period_s"]),
            window=timedelta(hours=latency["window_hours"]),
        ),
    )
