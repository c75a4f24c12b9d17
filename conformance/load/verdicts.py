"""What a load run says, and what it knows beside its own measurements."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.finding import Outcome


@dataclass(frozen=True)
class Scan:
    """What reading a whole table by scan took."""

    pages: int
    items: int
    seconds: float
    units: float
    table_bytes: int
    read_bytes: int
    usd_per_million_units: float | None
    error: str = ""


@dataclass(frozen=True)
class Around:
    """What else is known once a load is over."""

    throttle_events: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """CloudWatch's, in the steady phase, by table and index (empty: the table)."""
    no_metrics: str = ""
    """Why CloudWatch could not be asked, or had nothing yet."""
    baseline: Mapping[str, Any] | None = None
    """The accepted one: latencies by table and kind of request."""
    scans: Mapping[str, Scan] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """A criterion decided for one table or index."""

    criterion: str
    subject: str
    outcome: Outcome
    reason: str
    observed: str = ""
    declared: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)
