"""Lags of writes, as intervals: a reader looks only now and then."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from conformance.model.errors import NotAssessedError

_SHOWN = (50, 95, 99, 100)


@dataclass(frozen=True, repr=False)
class Interval:
    """A lag, from the last look that missed it to the first that saw it."""

    lower_ms: float
    upper_ms: float
    """Infinite for what was never seen."""

    def __le__(self, limit_ms: float) -> bool:
        """Return True if the lag is within the limit.

        Raises:
            NotAssessedError: it may be, and may not be.
        """
        if self.lower_ms <= limit_ms < self.upper_ms:
            raise NotAssessedError(
                f"measured {self}, which straddles the limit of {limit_ms:g} ms: "
                "measure again, from nearer to both regions"
            )
        return self.upper_ms <= limit_ms

    def __repr__(self) -> str:
        """Both bounds."""
        upper = "never seen" if math.isinf(self.upper_ms) else f"{self.upper_ms:.1f} ms"
        return f"{self.lower_ms:.1f} to {upper}"


@dataclass(frozen=True)
class Lags:
    """The lags of all writes, by what the writes did."""

    by_kind: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)

    def __add__(self, more: "Lags") -> "Lags":
        """Join these lags with more, such as those to another region."""
        kinds = {**self.by_kind, **more.by_kind}
        return Lags(
            {
                kind: self.by_kind.get(kind, ()) + more.by_kind.get(kind, ())
                for kind in kinds
            }
        )

    @cached_property
    def all(self) -> list[Interval]:
        """The lags of all kinds."""
        return [lag for lags in self.by_kind.values() for lag in lags]

    @property
    def lost(self) -> Mapping[str, int]:
        """The number of writes that never arrived, by kind, without zeros."""
        counts = {
            kind: sum(math.isinf(lag.upper_ms) for lag in lags)
            for kind, lags in self.by_kind.items()
        }
        return {kind: count for kind, count in counts.items() if count}

    def percentile(self, percent: float) -> Interval:
        """Return the bounds of this percentile of the lags, whatever each lag was."""
        return Interval(
            _nearest_rank((lag.lower_ms for lag in self.all), percent),
            _nearest_rank((lag.upper_ms for lag in self.all), percent),
        )

    @property
    def numbers(self) -> dict[str, Any]:
        """Count, percentiles and every interval, as evidence; None is never."""
        numbers: dict[str, Any] = {"lag_count": len(self.all)}
        for percent in _SHOWN:
            name = "max" if percent == _SHOWN[-1] else f"p{percent}"
            interval = self.percentile(percent)
            numbers[f"{name}_lag_lower_ms"] = _rounded(interval.lower_ms)
            numbers[f"{name}_lag_upper_ms"] = _rounded(interval.upper_ms)
        for kind, lags in self.by_kind.items():
            numbers[f"{kind}_lags_ms"] = [
                [_rounded(lag.lower_ms), _rounded(lag.upper_ms)] for lag in lags
            ]
        return numbers


def _nearest_rank(values: Iterable[float], percent: float) -> float:
    """Return the smallest value that this percentage of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def _rounded(value: float) -> float | None:
    return None if math.isinf(value) else round(value, 2)
