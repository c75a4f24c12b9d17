"""The window of point-in-time recovery: how far it reaches back, how recent it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from conformance.model.errors import NotAssessedError

LONGEST_DAYS = 35
"""The period where none is described: "If no value is provided, the value will default
to 35" (API_PointInTimeRecoverySpecification)."""
_SETUP = timedelta(minutes=20)
"""Recovery is enabled after the table is made, and AWS may refuse it for minutes."""
_PROMPT = timedelta(seconds=75)
_YOUNG = timedelta(hours=1)
_SHARE = 4
"""The window of a young table misses no more than this part of the table's life."""
_AHEAD = timedelta(minutes=1)
"""The `Date` header has whole seconds."""


@dataclass(frozen=True)
class RecoveryWindow:
    """The window that AWS says can be restored, at one moment of AWS's own clock."""

    earliest: datetime
    latest: datetime
    days: int
    """The recovery period."""
    table_made: datetime
    now: datetime

    @property
    def lag_s(self) -> int:
        """The seconds from the latest restorable time until now.

        Raises:
            NotAssessedError: it lies in the future, which is not documented.
        """
        if self.latest > self.now + _AHEAD:
            raise NotAssessedError(
                f"the latest restorable time, {self.latest:%Y-%m-%d %H:%M:%S} UTC, is "
                f"later than AWS's own time of the answer, {self.now:%H:%M:%S}"
            )
        return int((self.now - self.latest).total_seconds())

    @property
    def whole(self) -> str:
        """The reach of a window in which nothing is missing."""
        return "over the whole period, or since the table was made"

    @property
    def reach(self) -> str:
        """`whole`, or how far the window reaches back and what that may mean.

        AWS starts a new window when recovery is switched off and on again:
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html

        Raises:
            NotAssessedError: the table is so young that it may have been set up just
                now.
        """
        period = timedelta(days=self.days)
        age = self.now - self.table_made
        late = self.earliest - max(self.table_made, self.now - period)
        if late <= (_SETUP if age < period else _rounding(period)):
            self._refuse_young(age, late)
            return self.whole
        return (
            f"only to {self.earliest:%Y-%m-%d %H:%M} UTC: recovery was enabled, "
            "restarted or lengthened then"
        )

    def _refuse_young(self, age: timedelta, late: timedelta) -> None:
        if age < _YOUNG and late > max(_PROMPT, age / _SHARE):
            raise NotAssessedError(
                f"the table is {_minutes(age)} minutes old, and its recovery began "
                f"{_minutes(late)} minutes after it: set up slowly, or restarted; this "
                "is decided when the table is an hour old"
            )


def _rounding(period: timedelta) -> timedelta:
    """Return a tolerance: the end of a full period moves in steps nobody documents."""
    return min(period / 10, timedelta(days=1))


def _minutes(span: timedelta) -> int:
    return round(span.total_seconds() / 60)
