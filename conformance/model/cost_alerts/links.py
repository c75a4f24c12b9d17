"""The links between a rise of costs and a person who is told of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.model.errors import DoubtError

ALERTED = "alerted"
_COUNTED = {
    "CalculatedSpend",
    "DimensionalValueCount",
    "HealthStatus",
    "LastEvaluatedDate",
    "LastUpdatedDate",
    "LastUpdatedTime",
    "NotificationState",
}


@dataclass(frozen=True)
class Broken:
    """A link that does not hold."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """A link of which AWS shows something that the suite does not understand."""

    reason: str


Link = Broken | Unknown | None
"""None is a link that holds."""


def judged(name: str, links: Iterable[Link], *shown: Mapping[str, Any]) -> str:
    """Return `alerted` if every link holds, or why one does not.

    Raises:
        DoubtError: none is broken, but at least one is not understood; `shown` is what
            AWS shows of the alert.
    """
    found = list(links)
    for link in found:
        if isinstance(link, Broken):
            return f"{name}: {link.reason}"
    unknown = [link.reason for link in found if isinstance(link, Unknown)]
    if unknown:
        told = "; ".join(unknown)
        raise DoubtError(f"{name}: {told}", [unknown, *map(_lasting, shown)])
    return ALERTED


def _lasting(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return what somebody has set, without what AWS counts day by day."""
    return {name: value for name, value in shown.items() if name not in _COUNTED}
