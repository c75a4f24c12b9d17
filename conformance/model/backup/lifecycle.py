"""The lifecycle of recovery points: their retention, and what AWS refuses of it.

Source: AWS Backup API, Lifecycle and BackupVaultListMember (MinRetentionDays and
MaxRetentionDays of a vault's lock).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from conformance.model.backup.values import Retention
from conformance.model.errors import NotUnderstoodError

_NEVER = -1
"""In both members: "to keep your recovery points indefinitely, specify -1"."""
_LONGEST = 36_500
"""Days; AWS says so in its refusal of other numbers."""
_COLD_DAYS = 90
"""The least number of days that a recovery point stays in cold storage."""


def retention(lifecycle: Mapping[str, Any]) -> Retention:
    """Return the retention of a lifecycle.

    Raises:
        NotUnderstoodError: an event ends it, too.
    """
    if lifecycle.get("DeleteAfterEvent"):
        event = lifecycle["DeleteAfterEvent"]
        raise NotUnderstoodError(f"the lifecycle has DeleteAfterEvent {event}")
    # No Lifecycle, or none with DeleteAfterDays: kept until somebody deletes it.
    days = lifecycle.get("DeleteAfterDays", _NEVER)
    return Retention(None if days == _NEVER else days)


def refusal(lifecycle: Mapping[str, Any]) -> str:
    """Return why AWS Backup refuses a lifecycle, "" if it takes it."""
    kept = lifecycle.get("DeleteAfterDays", _NEVER)
    cold = lifecycle.get("MoveToColdStorageAfterDays", _NEVER)
    if kept != _NEVER and not 1 <= kept <= _LONGEST:
        return f"AWS Backup keeps a recovery point 1 to {_LONGEST} days, not {kept}"
    if _NEVER not in (kept, cold) and kept - cold < _COLD_DAYS:
        return (
            f"deleted after {kept} days, moved to cold storage after {cold}: AWS "
            f"Backup keeps it there for {_COLD_DAYS} days at least"
        )
    return ""


@dataclass(frozen=True)
class VaultLock:
    """The retentions that a vault's lock admits; None is no bound."""

    shortest: int | None = None
    longest: int | None = None

    def refusal(self, kept: Retention) -> str:
        """Return why the vault fails jobs with a retention, "" if it takes them."""
        days = inf if kept.days is None else kept.days
        if self.shortest is not None and days < self.shortest:
            return f"its lock wants {self.shortest} days at least, not {kept}"
        if self.longest is not None and days > self.longest:
            return f"its lock wants {self.longest} days at most, not {kept}"
        return ""
