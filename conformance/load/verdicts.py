"""What a load run says, and what it knows beside its own measurements."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.model.finding import Outcome


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
class Counted:
    """What CloudWatch counted in the steady phase, by table and index (empty: none)."""

    throttled: Mapping[tuple[str, str], float] = field(default_factory=dict)
    reasons: Mapping[tuple[str, str], Mapping[str, float]] = field(default_factory=dict)
    """The same events by reason, where there were any."""
    missing: str = ""
    """Why it could not be asked, or had nothing yet."""


@dataclass(frozen=True)
class Around:
    """What else is known once a load is over."""

    counted: Counted = field(default_factory=Counted)
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
