"""What became of one switch of writers to another region, and what is not known."""

from dataclasses import dataclass
from typing import Any

from conformance.model.errors import NotAssessedError


@dataclass
class Switch:
    """What became of the writes of one region when its writers went to the other."""

    how: str = ""
    seconds: float = 0.0
    """From the last acknowledged write here to the first one there."""
    lag_s: float = 0.0
    """The longest that a write took which arrived before the switch."""
    writes: int = 0
    missing: int = 0
    gone: tuple[str, ...] = ()
    """Acknowledged writes that never arrived though older than the lag at the switch,
    and those after the switch that do not stand in a region, whatever undid them."""
    unsettled: tuple[str, ...] = ()
    """Conflicts whose earlier write never arrived where the later one was made."""
    contested: int = 0
    """Items that were written before the switch and went on with after it."""
    conflicts: int = 0
    """Those whose write before it had not arrived when the one after it was made."""
    undone: int = 0
    """Writes after it that do not stand, by region."""

    @property
    def lost(self) -> tuple[str, ...]:
        """The acknowledged writes that are gone.

        Raises:
            NotAssessedError: none is, but how a conflict ends was never seen.
        """
        if self.unsettled and not self.gone:
            raise NotAssessedError(
                f"how the conflict of {', '.join(self.unsettled)} ends was not seen: "
                "the earlier write never arrived where the later one was made"
            )
        return self.gone

    @property
    def numbers(self) -> dict[str, Any]:
        """As evidence."""
        return {
            "how": self.how,
            "switch_s": round(self.seconds, 3),
            "measured_lag_ms": round(self.lag_s * 1000, 1),
            "writes_acknowledged": self.writes,
            "writes_missing": self.missing,
            "items_contested": self.contested,
            "conflicts": self.conflicts,
            "conflicts_unsettled": len(self.unsettled),
            "writes_undone": self.undone,
        }
