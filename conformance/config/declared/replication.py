"""The declared replication between the regions of one environment."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from conformance.model.errors import BadInputError

_ALARM = "replication_lag"


@dataclass(frozen=True)
class Markers:
    """The measurement of replication lag by items that are written in one region."""

    count: int
    """The number of items, each put, updated and deleted."""
    writes_per_s: float
    percentile: float
    """The percentile of the lags that is judged."""
    patience: timedelta
    """The time after the last write at which a missing item counts as lost."""


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


def declared_replication(surroundings: dict[str, Any]) -> Replication:
    """Read the section `replication`, with the alarm for replication lag.

    Raises:
        BadInputError: that alarm is not declared.
    """
    section = surroundings["replication"]
    alarm = surroundings["monitoring"]["alarms"].get(_ALARM)
    if alarm is None:
        raise BadInputError(
            f"surroundings.toml: monitoring.alarms.{_ALARM} is missing; "
            "REP-5 looks back by it"
        )
    markers = section["markers"]
    return Replication(
        Markers(
            count=markers["count"],
            writes_per_s=markers["writes_per_s"],
            percentile=markers["percentile"],
            patience=timedelta(seconds=markers["patience_s"]),
        ),
        Latency(
            threshold_ms=alarm["threshold"],
            statistic=alarm["statistic"],
            period=timedelta(seconds=alarm["period_s"]),
            window=timedelta(hours=section["latency"]["window_hours"]),
        ),
    )
